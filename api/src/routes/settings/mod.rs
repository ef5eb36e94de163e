//! `/v1/settings`: what the organisation decides about itself.

pub mod get;
pub mod update;
mod view;

pub use view::SettingsView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::handler, update::handler))
}
