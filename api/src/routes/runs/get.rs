//! `GET /v1/runs/{id}`.

use axum::Json;
use uuid::Uuid;

use super::RunView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a run, with its answer once there is one
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    operation_id = "get_run",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 404, description = "No such run", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRuns>,
    Path(id): Path<Uuid>,
) -> Result<Json<RunView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let run = tx
        .runs()
        .get(id.into())
        .await?
        .ok_or_else(|| Problem::not_found("run"))?;
    let answer = match tx.answers().of_run(run.id).await? {
        Some(answer) => {
            let citations = tx.answers().citations(answer.id).await?;
            Some((answer, citations))
        }
        None => None,
    };
    let approvals = tx.approvals().of_run(run.id).await?;
    Ok(Json(RunView::new(run, answer, approvals)))
}
