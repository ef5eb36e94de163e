//! `/v1/settings/retention`: for how long the organisation keeps things.

pub mod get;
pub mod put;
mod view;

pub use view::RetentionView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::handler, put::handler))
}
