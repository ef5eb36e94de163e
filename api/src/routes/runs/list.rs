//! `GET /v1/runs`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::runs::Run;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// A run in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunSummary {
    /// The run.
    id: Uuid,
    /// The agent.
    #[schema(example = "answer")]
    agent: String,
    /// `queued`, `running`, `awaiting_approval` or `finished`.
    #[schema(example = "finished")]
    state: String,
    /// How it ended.
    #[schema(example = "completed")]
    outcome: Option<String>,
    /// Whether the floor stood in for a model.
    degraded: bool,
    /// When it was started.
    created_at: DateTime<Utc>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Run> for RunSummary {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.uuid(),
            agent: run.agent,
            state: run.state.as_str().to_owned(),
            outcome: run.outcome,
            degraded: run.degraded,
            created_at: run.created_at,
            finished_at: run.finished_at,
        }
    }
}

/// List runs, newest first
#[utoipa::path(
    get,
    path = "/v1/runs",
    operation_id = "list_runs",
    tag = "agents",
    params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<RunSummary>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRuns>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<RunSummary>>, Problem> {
    let wanted = query.wanted::<Uuid>()?;
    let mut tx = caller.store().begin().await?;
    let runs = tx
        .runs()
        .list(wanted.after.map(Into::into), wanted.rows())
        .await?;
    Ok(Json(Page::cut(runs, &wanted, |run| run.id.uuid())))
}
