//! `POST /v1/runs/{id}/approvals/{call_id}`: a human's yes or no.

use axum::{Json as JsonBody, extract::State, http::StatusCode};
use crm_agents::event::Decision;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
    },
    state::AppState,
};

/// A decision on a call that a run wants to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// `approve` or `reject`.
    #[schema(value_type = String, example = "approve")]
    decision: Choice,
    /// Other arguments than the run proposed.
    #[schema(value_type = Option<Object>)]
    arguments: Option<Value>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Approve,
    Reject,
}

/// Decide on a call that waits
///
/// The run goes on in the same log. The first decision stands; another one is 409.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/approvals/{call_id}",
    operation_id = "decide_approval",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The run"), ("call_id" = String, Path, description = "The call that waits")),
    request_body = DecideRequest,
    responses(
        (status = 202, description = "The run goes on", body = Object),
        (status = 404, description = "No such run or call", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::Approve>,
    Path((id, call_id)): Path<(Uuid, String)>,
    body: Json<DecideRequest>,
) -> Result<(StatusCode, JsonBody<Value>), Problem> {
    let decision = match body.value.decision {
        Choice::Approve => Decision::Approve,
        Choice::Reject => Decision::Reject,
    };
    let runner = &state.services.runner;
    runner
        .decide(
            caller.store(),
            id.into(),
            &call_id,
            decision,
            body.value.arguments,
        )
        .await?;
    Ok((StatusCode::ACCEPTED, JsonBody(json!({"run_id": id}))))
}
