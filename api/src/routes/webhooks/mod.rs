//! `/v1/webhooks`: who is told of events, and what came of it.

pub mod create;
pub mod delete;
pub mod deliveries;
pub mod get;
pub mod list;
pub mod replay;
pub mod rotate;
pub mod update;
mod view;

pub use view::{DeliveryView, WebhookView, WebhookWithSecret};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, update::handler, delete::handler))
        .routes(routes!(rotate::handler))
        .routes(routes!(deliveries::handler))
        .routes(routes!(replay::handler))
}
