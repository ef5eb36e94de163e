//! `/v1/budgets`: limits that hold.

pub mod create;
pub mod list;
pub mod update;
mod view;

pub use view::BudgetView;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, create::handler))
        .routes(routes!(update::handler))
}
