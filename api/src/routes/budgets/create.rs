//! `POST /v1/budgets`.

use axum::{http::StatusCode, response::Response};
use crm_store::budgets::{BudgetPeriod, NewBudget};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{BudgetView, view::limit};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
    money::Money,
};

/// A budget to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBudget {
    /// Its name.
    #[schema(example = "monthly")]
    name: String,
    /// The agent that it limits; all when left out.
    agent: Option<String>,
    /// The most that a period may cost.
    limit: Money,
    /// `day`, `month` or `total`.
    #[schema(value_type = String, example = "month")]
    period: BudgetPeriod,
    /// The time zone of its days.
    #[serde(default = "utc")]
    #[schema(example = "Europe/Berlin", default = "UTC")]
    timezone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Make a budget
///
/// It counts every call from now on; what its present period has cost already is its opening balance.
#[utoipa::path(
    post,
    path = "/v1/budgets",
    operation_id = "create_budget",
    tag = "usage",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateBudget,
    responses(
        (status = 201, description = "The budget", body = BudgetView, headers(("ETag" = String))),
        (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteBudgets>,
    once: Once,
    body: Json<CreateBudget>,
) -> Result<Response, Problem> {
    let new = body.value;
    let new = NewBudget {
        limit_nano: limit(&new.limit)?,
        name: new.name,
        agent: new.agent,
        period: new.period,
        timezone: new.timezone,
    };
    let mut tx = caller.store().begin().await?;
    let id = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let id = tx.budgets().create(&new).await?;
            once.done(&mut tx, 201, Some(id.uuid())).await?;
            id
        }
        Entered::Before { resource, .. } => resource.ok_or_else(|| Problem::not_found("budget"))?.into(),
    };
    let budget = tx
        .budgets()
        .get(id)
        .await?
        .ok_or_else(|| Problem::not_found("budget"))?;
    tx.commit().await?;
    Ok(BudgetView::from(budget).respond(StatusCode::CREATED))
}
