//! `/v1/articles`: what the knowledge base is made of.

pub mod answers;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod publish;
mod turn;
pub mod update;
pub mod version;
pub mod versions;
mod view;
pub mod withdraw;

pub use view::{ArticleSummary, ArticleView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(get::handler, update::handler, delete::handler))
        .routes(routes!(publish::handler))
        .routes(routes!(withdraw::handler))
        .routes(routes!(versions::handler))
        .routes(routes!(version::handler))
        .routes(routes!(answers::handler))
}
