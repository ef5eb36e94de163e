//! `/v1/me`: who the caller is.

pub mod end_session;
pub mod get;
pub mod sessions;

pub use sessions::SessionList;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler))
        .routes(routes!(sessions::handler))
        .routes(routes!(end_session::handler))
}
