//! `/v1/members`: who belongs to the organisation.

pub mod end_session;
pub mod get;
pub mod list;
pub mod remove;
pub mod sessions;
pub mod transfer;
pub mod update;
mod view;

pub use view::MemberView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(get::handler, update::handler, remove::handler))
        .routes(routes!(transfer::handler))
        .routes(routes!(sessions::handler))
        .routes(routes!(end_session::handler))
}
