//! `/v1/security-events`: what somebody should see, and who signed in.

pub mod list;
pub mod logins;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(logins::handler))
}
