//! `/v1/usage`: what was spent, and on what.

pub mod ledger;
pub mod report;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(report::handler))
        .routes(routes!(ledger::handler))
}
