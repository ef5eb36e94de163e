//! `/v1/leads/{id}/score`: how likely a lead converts.

pub mod all;
pub mod get;
pub mod now;
mod view;

pub use view::{LeadScoreView, ScoringAsked};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler, now::handler))
        .routes(routes!(all::handler))
}
