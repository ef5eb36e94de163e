//! `/v1/api-keys`: keys for programs.

pub mod create;
pub mod list;
pub mod revoke;
mod view;

pub use view::KeyView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(revoke::handler))
}
