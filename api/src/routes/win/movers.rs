//! `GET /v1/win/movers`.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use crm_tools::win::MovedDeal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
    state::AppState,
};

/// The longest time that is looked back.
const MOST_DAYS: u32 = 90;

/// Since when, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MoversQuery {
    /// How many days to look back, 1 to 90.
    #[param(minimum = 1, maximum = 90, default = 7)]
    days: Option<u32>,
    /// How many deals at the most, 1 to 200; 20 when not given.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// The deals that moved most.
#[derive(Debug, Serialize, ToSchema)]
pub struct Movers {
    /// Since when.
    since: DateTime<Utc>,
    /// The furthest first.
    data: Vec<MoverView>,
}

/// A deal that moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoverView {
    /// The deal.
    opportunity_id: Uuid,
    /// Its name, stage, amount, owner and close date, as your role may see them.
    #[schema(value_type = Object)]
    opportunity: Map<String, Value>,
    /// The probability then.
    from: f64,
    /// The probability now.
    to: f64,
    /// How many percentage points that is.
    points: f64,
    /// What moved it, in words.
    cause: String,
    /// The feature that moved it most; null when none stands out, or you may not see what it rests on.
    feature: Option<String>,
}

impl From<MovedDeal> for MoverView {
    fn from(deal: MovedDeal) -> Self {
        Self {
            opportunity_id: deal.id,
            opportunity: deal.record,
            from: deal.moved.from,
            to: deal.moved.to,
            points: deal.moved.points,
            cause: deal.moved.sentence,
            feature: deal.moved.feature,
        }
    }
}

/// List the deals whose chances moved most
///
/// Open deals that you may see, the furthest first, each with what moved it. Deals that moved by less than five points are
/// left out. Only what one and the same model said is compared: a new model moves no deal.
#[utoipa::path(
    get,
    path = "/v1/win/movers",
    operation_id = "list_win_movers",
    tag = "predictions",
    params(MoversQuery),
    responses(
        (status = 200, description = "The deals", body = Movers),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<MoversQuery>,
) -> Result<Json<Movers>, Problem> {
    let days = query.days.unwrap_or(7);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::field(
            "?days",
            format!("must be between 1 and {MOST_DAYS}"),
        ));
    }
    let limit = crate::http::page::check_limit(Some(query.limit.unwrap_or(20)))?;
    let since = caller.store().clock().now() - chrono::TimeDelta::days(days.into());
    let found = state
        .services
        .advisor
        .movers(caller.store(), since, limit.into())
        .await?;
    Ok(Json(Movers {
        since,
        data: found.into_iter().map(Into::into).collect(),
    }))
}
