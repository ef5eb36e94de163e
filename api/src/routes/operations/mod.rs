//! How the service is: health, readiness, metrics.

pub mod health;
pub mod live;
pub mod metrics;
pub mod ready;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::handler))
        .routes(routes!(live::handler))
        .routes(routes!(ready::handler))
        .routes(routes!(metrics::handler))
}
