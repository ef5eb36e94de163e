//! `/v1/views`: how people look at lists.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod update;
mod view;

pub use view::SavedView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, update::handler, delete::handler))
}
