//! `/v1/invites`: invitations that were sent.

pub mod list;
pub mod revoke;
mod view;

pub use view::InviteView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(revoke::handler))
}
