//! `/v1/runs`: reading, following, stopping and deciding on runs.

pub mod cancel;
pub mod decide;
pub mod events;
pub mod get;
pub mod list;
pub mod stream;
mod view;

pub use view::{AnswerView, ApprovalView, CitationView, RunView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(get::handler))
        .routes(routes!(events::handler))
        .routes(routes!(cancel::handler))
        .routes(routes!(decide::handler))
}
