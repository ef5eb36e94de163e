//! `PATCH /v1/budgets/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::budgets::BudgetPatch;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{BudgetView, view::limit};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
    money::Money,
};

/// The fields to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBudget {
    /// Its name.
    name: Option<String>,
    /// The most that a period may cost.
    limit: Option<Money>,
    /// Whether it counts.
    active: Option<bool>,
}

/// Change a budget
#[utoipa::path(
    patch,
    path = "/v1/budgets/{id}",
    operation_id = "update_budget",
    tag = "usage",
    params(
        ("id" = Uuid, Path, description = "The budget"),
        ("If-Match" = String, Header, description = "The ETag of the budget as you have read it"),
    ),
    request_body = UpdateBudget,
    responses(
        (status = 200, description = "The budget", body = BudgetView, headers(("ETag" = String))),
        (status = 404, description = "No such budget", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteBudgets>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateBudget>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let change = body.value;
    let patch = BudgetPatch {
        name: change.name,
        limit_nano: change.limit.as_ref().map(limit).transpose()?,
        active: change.active,
    };
    let mut tx = caller.store().begin().await?;
    let budget = tx.budgets().update(id.into(), &patch, expected).await?;
    tx.commit().await?;
    Ok(BudgetView::from(budget).respond(StatusCode::OK))
}
