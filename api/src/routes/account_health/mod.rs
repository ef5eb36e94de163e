//! The health of customers: how likely they leave.

pub mod get;
pub mod list;
mod view;

pub use view::{AccountHealthView, CustomerView, HealthChangeView, HealthView, PastHealthView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(get::handler))
}
