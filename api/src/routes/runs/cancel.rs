//! `POST /v1/runs/{id}/cancel`: the only way to stop a run; closing a stream is none.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// Stop a run
///
/// It ends with the outcome `cancelled` as soon as it can. Stopping a run that has ended changes nothing.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/cancel",
    operation_id = "cancel_run",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The run")),
    responses(
        (status = 202, description = "It is being stopped", body = Object),
        (status = 404, description = "No such run", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::RunAgents>,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    state.services.runner.cancel(caller.store(), id.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"run_id": id}))))
}
