//! `GET /v1/opportunities/{id}/win/history`.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use crm_store::Cursor;
use crm_tools::{predictions::movers::Moved, win::PastScore};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        page::{Page, PageQuery},
    },
    state::AppState,
};

/// What was said of a deal at a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastWin {
    /// The score.
    id: Uuid,
    /// Between 0 and 1.
    #[schema(example = 0.62)]
    probability: f64,
    /// The lower end of its 90 % interval.
    low: f64,
    /// Its upper end.
    high: f64,
    /// `model` or `prior`.
    #[schema(example = "model")]
    state: &'static str,
    /// The model that gave it; null where the prior spoke.
    model_id: Option<Uuid>,
    /// What was known then is what it rests on.
    as_of: DateTime<Utc>,
    scored_at: DateTime<Utc>,
    /// What moved since the score before; null for the first.
    moved: Option<Moved>,
}

impl From<PastScore> for PastWin {
    fn from(past: PastScore) -> Self {
        Self {
            id: past.score.id,
            probability: past.score.probability,
            low: past.score.low,
            high: past.score.high,
            state: past.score.state.as_str(),
            model_id: past.score.model_id,
            as_of: past.score.as_of,
            scored_at: past.score.scored_at,
            moved: past.moved,
        }
    }
}

/// What was said of a deal before
///
/// Latest first. A score is kept when it changed and once a day; each says what moved since the one before.
#[utoipa::path(
    get,
    path = "/v1/opportunities/{id}/win/history",
    operation_id = "list_opportunity_win_history",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The opportunity"), PageQuery),
    responses(
        (status = 200, description = "A page, latest first", body = Page<PastWin>),
        (status = 404, description = "No such opportunity", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<PastWin>>, Problem> {
    let wanted = page.wanted::<Cursor>()?;
    let advisor = &state.services.advisor;
    let past = advisor
        .history(caller.store(), id, wanted.after, wanted.limit.into())
        .await?;
    let past = past.ok_or_else(|| Problem::not_found("opportunity"))?;
    Ok(Json(Page {
        data: past.items.into_iter().map(Into::into).collect(),
        next_cursor: past.next.map(|cursor| cursor.to_string()),
    }))
}
