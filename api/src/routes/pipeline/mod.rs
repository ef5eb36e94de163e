//! `/v1/pipeline`: questions about the numbers.

mod csv;
pub mod query;
pub mod questions;
pub mod reach;
pub mod schema;
pub mod vocabulary;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(schema::handler))
        .routes(routes!(query::handler))
        .merge(questions::router())
        .merge(vocabulary::router())
}
