//! `/v1/feed`: what changes, as it changes.

pub mod follow;
mod socket;
mod stream;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(follow::handler))
}
