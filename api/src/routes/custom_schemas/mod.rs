//! `/v1/custom-schemas`: the fields that an organisation adds to its records.

pub mod delete;
pub mod get;
pub mod list;
pub mod put;
mod view;

pub use view::CustomSchemaView;

use crm_store::catalog::{self, Object};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Problem, state::AppState};

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(get::handler, put::handler, delete::handler))
}

/// The object that a path names: `leads` or `lead`.
fn object(name: &str) -> Result<&'static Object, Problem> {
    catalog::object(name).ok_or_else(|| Problem::not_found("object"))
}
