//! `/v1/imports`: files of other systems into records, in the background.

pub mod cancel;
pub mod create;
pub mod errors;
mod form;
pub mod get;
pub mod list;
mod upload;
mod view;

pub use view::ImportView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler))
        .routes(routes!(errors::handler))
        .routes(routes!(cancel::handler))
}
