//! What a period is likely to bring.

pub mod cases;
pub mod get;
pub mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler))
        .routes(routes!(cases::handler))
}
