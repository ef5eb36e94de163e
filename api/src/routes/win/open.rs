//! `GET /v1/win/open`.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use crm_store::scores::RankOrder;
use crm_tools::{
    predictions::reasons::Reason,
    whose::Whose,
    win::{Change, DealOrder, OpenDeals, RankedDeal},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, check_limit},
    },
    state::AppState,
};

/// Whose deals, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OpenQuery {
    /// `me`, `team` (the members whose roles are below yours) or the id of a member; everybody's that you may see when not
    /// given.
    owner: Option<String>,
    /// `-probability` (the default), `probability`, `-amount`, `amount`, `close_date` or `-close_date`. A field without a value
    /// sorts as the highest, as in every list.
    sort: Option<String>,
    /// Deals on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An open deal with what is said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenDealView {
    /// The deal.
    opportunity_id: Uuid,
    /// Its name, stage, amount, close date, owner and account, as your role may see them.
    #[schema(value_type = Object)]
    opportunity: Map<String, Value>,
    /// Its latest score; null before the first.
    score: Option<ChanceView>,
    /// How it moved in the last seven days; null for deals without an earlier score, with none since, or where another model
    /// gave the earlier one.
    change: Option<ChanceChangeView>,
    /// What speaks for or against it most.
    reason: Option<Reason>,
}

/// A probability with its interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChanceView {
    /// `model`, or `prior` while no model is active.
    #[schema(example = "model")]
    state: &'static str,
    /// Between 0 and 1.
    #[schema(example = 0.62)]
    probability: f64,
    /// The lower end of its 90 % interval.
    low: f64,
    /// Its upper end.
    high: f64,
    scored_at: DateTime<Utc>,
}

/// How far a probability moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChanceChangeView {
    /// When the earlier score was written.
    since: DateTime<Utc>,
    /// The probability then.
    from: f64,
    /// How many percentage points it moved.
    points: f64,
}

impl From<Change> for ChanceChangeView {
    fn from(change: Change) -> Self {
        Self {
            since: change.since,
            from: change.from,
            points: change.points,
        }
    }
}

impl From<RankedDeal> for OpenDealView {
    fn from(deal: RankedDeal) -> Self {
        Self {
            opportunity_id: deal.id,
            opportunity: deal.record,
            score: deal.score.map(|score| ChanceView {
                state: score.state.as_str(),
                probability: score.probability,
                low: score.low,
                high: score.high,
                scored_at: score.scored_at,
            }),
            change: deal.change.map(Into::into),
            reason: deal.reason,
        }
    }
}

/// List open deals by how likely they are won
///
/// Those that you may see, each with its latest score, how that moved in a week, and the reason that counts most. Deals that
/// were not scored yet come last. Sorting by a field that your role masks is refused.
#[utoipa::path(
    get,
    path = "/v1/win/open",
    operation_id = "list_open_deals",
    tag = "predictions",
    params(OpenQuery),
    responses(
        (status = 200, description = "A page", body = Page<OpenDealView>),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<OpenQuery>,
) -> Result<Json<Page<OpenDealView>>, Problem> {
    let whose = query.owner.as_deref().map(str::parse::<Whose>).transpose();
    let wanted = OpenDeals {
        whose: whose
            .map_err(|why| Problem::field("?owner", why))?
            .unwrap_or_default(),
        order: order(query.sort.as_deref())?,
        limit: check_limit(query.limit)?.into(),
        cursor: query.cursor,
    };
    let (deals, next_cursor) = state.services.advisor.open_deals(caller.store(), &wanted).await?;
    Ok(Json(Page {
        data: deals.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

fn order(sort: Option<&str>) -> Result<DealOrder, Problem> {
    match sort.unwrap_or("-probability") {
        "-probability" => Ok(DealOrder::Chance(RankOrder::Highest)),
        "probability" => Ok(DealOrder::Chance(RankOrder::Lowest)),
        field @ ("amount" | "-amount" | "close_date" | "-close_date") => {
            Ok(DealOrder::Field(field.to_owned()))
        }
        _ => Err(Problem::field(
            "?sort",
            "must be probability, amount or close_date, descending with a minus sign before it",
        )),
    }
}
