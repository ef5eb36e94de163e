//! `/v1/pipeline/questions`: questions that people keep, and alerts on them.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod update;
mod view;

pub use view::SavedQuestionView;
pub(super) use view::below;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, update::handler, delete::handler))
}
