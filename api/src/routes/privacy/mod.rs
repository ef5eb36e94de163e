//! `/v1/privacy`: what is stored about a person, and that it is forgotten.

pub mod download;
pub mod erase;
pub mod erasure;
pub mod erasures;
pub mod export;
pub mod exported;
mod view;

pub use view::{AboutWhom, ErasureView, ExportView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(erasures::handler, erase::handler))
        .routes(routes!(erasure::handler))
        .routes(routes!(export::handler))
        .routes(routes!(exported::handler))
        .routes(routes!(download::handler))
}
