//! One folder for each resource, one file for each endpoint.

pub mod agents;
pub mod articles;
pub mod budgets;
pub mod feed;
pub mod feedback;
pub mod keys;
pub mod knowledge;
pub mod me;
pub mod operations;
pub mod prices;
pub mod records;
pub mod runs;
pub mod usage;
pub mod webhooks;

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// Every documented route.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(articles::router())
        .merge(knowledge::router())
        .merge(agents::router())
        .merge(runs::router())
        .merge(feed::router())
        .merge(feedback::router())
        .merge(usage::router())
        .merge(budgets::router())
        .merge(prices::router())
        .merge(records::router())
        .merge(me::router())
        .merge(keys::router())
        .merge(webhooks::router())
        .merge(operations::router())
}
