//! `POST /v1/agents/{agent}/runs`: starts a run, and streams it when asked.

use axum::{
    Json as JsonBody,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use crm_agents::{RunHandle, StartRun};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        idempotency::{Entered, Once},
        sse::SseEvent,
    },
    routes::runs::stream,
    state::AppState,
};

/// A run to be started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"input": {"question": "How long is a password reset link valid?"}, "stream": true}))]
pub struct StartRunRequest {
    /// What the agent takes; see its `input_schema`.
    #[schema(value_type = Object)]
    input: Value,
    /// The conversation that the run belongs to.
    conversation_id: Option<Uuid>,
    /// The record that the run is about, for agents that take one, as `opportunity:<id>`; the same as `record` in `input`.
    #[schema(example = "opportunity:01990000-0000-7000-8000-000000000000")]
    record: Option<String>,
    /// Whether to answer with the run's events instead of its id.
    #[serde(default)]
    stream: bool,
}

/// A run that was started.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedRun {
    /// The run.
    run_id: Uuid,
}

/// Start a run of an agent
///
/// The run belongs to the service: it goes on when the connection is lost. Follow it at
/// `/v1/runs/{id}/events`, stop it with `/v1/runs/{id}/cancel`.
#[utoipa::path(
    post,
    path = "/v1/agents/{agent}/runs",
    operation_id = "start_run",
    tag = "agents",
    params(
        ("agent" = String, Path, description = "The agent's name", example = "answer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = StartRunRequest,
    responses(
        (status = 200, description = "With `stream`: the run's events", content((SseEvent = "text/event-stream")), headers(("X-Run-Id" = String))),
        (status = 201, description = "The run's id", body = StartedRun, headers(("Location" = String), ("X-Run-Id" = String))),
        (status = 402, description = "A budget is spent", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such agent", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The same request is being worked on", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::RunAgents>,
    Path(agent): Path<String>,
    once: Once,
    body: Json<StartRunRequest>,
) -> Result<Response, Problem> {
    let store = caller.store();
    let StartRunRequest {
        mut input,
        conversation_id,
        record,
        stream: wants_stream,
    } = body.value;
    if let Some(record) = record {
        let Value::Object(input) = &mut input else {
            return Err(Problem::field("/input", "must be an object"));
        };
        if input.insert("record".to_owned(), Value::from(record)).is_some() {
            return Err(Problem::field("/record", "is in the input already"));
        }
    }
    // A stream that finds no room must not leave a run behind.
    let place = wants_stream.then(|| state.places.stream()).transpose()?;
    let runner = &state.services.runner;
    let run = match once.enter_alone(store, &body.hash).await? {
        Entered::First => {
            let start = StartRun {
                agent: agent.clone(),
                input,
                conversation_id: conversation_id.map(Into::into),
            };
            let started = runner.start(store, start).await;
            let made = started.as_ref().ok().map(|run| (201, run.run_id.uuid()));
            once.settle_alone(store, made).await?;
            started?
        }
        Entered::Before { resource, .. } => RunHandle {
            run_id: resource.ok_or_else(|| Problem::not_found("run"))?.into(),
        },
    };
    let run_id = run.run_id.uuid();
    let mut response = match place {
        Some(place) => stream::respond(&state, runner.reader(store, run, None), place, &agent),
        None => (StatusCode::CREATED, JsonBody(StartedRun { run_id })).into_response(),
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&run_id.to_string()) {
        headers.insert("x-run-id", value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("/v1/runs/{run_id}")) {
        headers.insert(header::LOCATION, value);
    }
    Ok(response)
}
