//! `/v1/inbound/{channel}/{site}`: where providers deliver. No credential of ours: their signature decides.

pub mod receive;
pub mod verify;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(receive::handler, verify::handler))
}
