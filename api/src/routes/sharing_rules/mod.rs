//! `/v1/sharing-rules`: records that are open to a role beyond what their owners open to it.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod replace;
mod view;

pub use view::{NewRule, RuleView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, replace::handler, delete::handler))
}
