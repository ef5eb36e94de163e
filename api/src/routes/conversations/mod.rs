//! `/v1/conversations`: what is said with people, on any channel.

pub mod create;
pub mod get;
pub mod list;
pub mod messages;
pub mod post;
pub mod update;
mod view;

pub use view::{ConversationView, MessageView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, update::handler))
        .routes(routes!(messages::handler, post::handler))
}
