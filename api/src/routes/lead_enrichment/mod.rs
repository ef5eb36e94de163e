//! `/v1/leads/{id}/enrichment`: what was found about a lead, to be accepted or declined.

pub mod decide;
pub mod get;
mod view;

pub use view::EnrichmentView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler))
        .routes(routes!(decide::accept))
        .routes(routes!(decide::decline))
}
