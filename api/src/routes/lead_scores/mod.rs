//! `/v1/leads/{id}/score`: how likely a lead converts.

pub mod all;
pub mod get;
pub mod judge;
pub mod now;
pub mod qualify;
pub mod ranked;
pub mod similar;
mod view;

pub use view::{LeadScoreView, ScoringAsked};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler, now::handler, judge::set, judge::clear))
        .routes(routes!(all::handler))
        .routes(routes!(ranked::handler))
        .routes(routes!(qualify::handler))
        .routes(routes!(similar::handler))
}
