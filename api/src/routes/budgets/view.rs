//! A budget as clients see it.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{budgets::Budget, prices::NanoUsd};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Problem, http::etag, money::Money};

/// A budget and where it stands in its present period.
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetView {
    /// The budget.
    id: Uuid,
    /// Its name.
    #[schema(example = "monthly")]
    name: String,
    /// The agent that it limits; all when null.
    agent: Option<String>,
    /// The most that a period may cost.
    limit: Money,
    /// `day`, `month` or `total`.
    #[schema(example = "month")]
    period: &'static str,
    /// The time zone of its days.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
    /// Whether it counts.
    active: bool,
    /// What calls that are under way may still cost.
    held: Money,
    /// What the period has cost.
    spent: Money,
    /// When it renews; never, when null.
    renews_at: Option<DateTime<Utc>>,
    /// Counts every change; the `ETag`.
    version: i64,
}

impl From<Budget> for BudgetView {
    fn from(budget: Budget) -> Self {
        Self {
            id: budget.id.uuid(),
            name: budget.name,
            agent: budget.agent,
            limit: budget.limit_nano.into(),
            period: budget.period.as_str(),
            timezone: budget.timezone,
            active: budget.active,
            held: budget.held_nano.into(),
            spent: budget.spent_nano.into(),
            renews_at: budget.renews_at,
            version: budget.version,
        }
    }
}

impl BudgetView {
    /// The response with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

/// A limit in the currency that models are paid in.
pub(super) fn limit(money: &Money) -> Result<NanoUsd, Problem> {
    money.nano_usd().ok_or_else(|| {
        Problem::field(
            "/limit",
            "must be an amount such as {\"amount\": \"25.00\", \"currency\": \"USD\"}",
        )
    })
}
