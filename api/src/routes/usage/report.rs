//! `GET /v1/usage`.

use axum::Json;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use crm_store::{prices::NanoUsd, usage::UsageRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
    money::Money,
};

/// The longest span of one report.
const MAX_DAYS: u64 = 366;

/// Which days, in UTC.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// The first day; 30 days before the last when not given.
    #[param(example = "2026-11-01")]
    from: Option<NaiveDate>,
    /// The last day, inclusive; today when not given.
    #[param(example = "2026-11-30")]
    to: Option<NaiveDate>,
}

/// What was spent.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageReport {
    /// The first day.
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    /// All of it.
    total: UsageTotal,
    /// By day, agent, provider and model, newest day first.
    data: Vec<UsageLine>,
}

/// A sum.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct UsageTotal {
    /// Calls of models.
    #[schema(example = 42)]
    calls: i64,
    /// Tokens read.
    #[schema(example = 61_000)]
    input_tokens: i64,
    /// Tokens written.
    #[schema(example = 5_400)]
    output_tokens: i64,
    /// What it cost.
    cost: Option<Money>,
}

/// What one agent spent on one model on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageLine {
    /// The day.
    day: NaiveDate,
    /// The agent.
    #[schema(example = "answer")]
    agent: String,
    /// The provider.
    #[schema(example = "openai")]
    provider: String,
    /// The model.
    #[schema(example = "gpt-4.1-mini")]
    model: String,
    /// Calls of the model.
    calls: i64,
    /// Tokens read.
    input_tokens: i64,
    /// Tokens written.
    output_tokens: i64,
    /// Tokens read that the provider had in its cache.
    cached_input_tokens: i64,
    /// What it cost.
    cost: Money,
}

impl From<UsageRow> for UsageLine {
    fn from(row: UsageRow) -> Self {
        Self {
            day: row.day,
            agent: row.agent,
            provider: row.provider,
            model: row.model,
            calls: row.calls,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cached_input_tokens: row.cached_input_tokens,
            cost: row.cost_nano.into(),
        }
    }
}

/// What was spent
#[utoipa::path(
    get,
    path = "/v1/usage",
    operation_id = "get_usage",
    tag = "usage",
    params(UsageQuery),
    responses(
        (status = 200, description = "The report", body = UsageReport),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadUsage>,
    Query(query): Query<UsageQuery>,
) -> Result<Json<UsageReport>, Problem> {
    let to = query
        .to
        .unwrap_or_else(|| caller.store().clock().now().date_naive());
    let out_of_range = || {
        Problem::field(
            "?from",
            format!("must be at most {MAX_DAYS} days before `to`, and not after it"),
        )
    };
    let from = query
        .from
        .map_or_else(|| to.checked_sub_days(Days::new(29)), Some)
        .ok_or_else(out_of_range)?;
    let end = to.checked_add_days(Days::new(1)).ok_or_else(out_of_range)?;
    let days = u64::try_from((end - from).num_days()).map_err(|_| out_of_range())?;
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(out_of_range());
    }
    let mut tx = caller.store().begin().await?;
    let rows = tx.usage().by_day(midnight(from), midnight(end)).await?;
    let mut total = UsageTotal::default();
    let mut cost = NanoUsd::ZERO;
    for row in &rows {
        total.calls += row.calls;
        total.input_tokens += row.input_tokens;
        total.output_tokens += row.output_tokens;
        cost = cost.plus(row.cost_nano);
    }
    total.cost = Some(cost.into());
    Ok(Json(UsageReport {
        from,
        to,
        total,
        data: rows.into_iter().map(UsageLine::from).collect(),
    }))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
