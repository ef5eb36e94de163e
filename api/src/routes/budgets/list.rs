//! `GET /v1/budgets`.

use axum::Json;

use super::BudgetView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
};

/// List budgets and where they stand
#[utoipa::path(
    get,
    path = "/v1/budgets",
    operation_id = "list_budgets",
    tag = "usage",
    responses((status = 200, description = "All budgets by name", body = Page<BudgetView>)),
)]
pub async fn handler(caller: Allowed<scopes::ReadUsage>) -> Result<Json<Page<BudgetView>>, Problem> {
    let mut tx = caller.store().begin().await?;
    let budgets = tx.budgets().list().await?;
    Ok(Json(Page::whole(budgets)))
}
