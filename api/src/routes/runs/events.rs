//! `GET /v1/runs/{id}/events`: follows a run, also from the middle.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::stream;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        sse::SseEvent,
    },
    state::AppState,
};

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The number of the last event that was read; `Last-Event-ID` says the same and goes first.
    after: Option<u64>,
}

/// Follow the events of a run
///
/// Each has its number as `id`. A reader that comes back with `Last-Event-ID` gets every later
/// event once. A comment is sent every 15 s; the last event is `run_finished`.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/events",
    operation_id = "follow_run",
    tag = "agents",
    params(
        ("id" = Uuid, Path, description = "The run"),
        EventsQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "The number of the last event that was read"),
    ),
    responses(
        (status = 200, description = "The events", content((SseEvent = "text/event-stream"))),
        (status = 404, description = "No such run", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad number", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRuns>,
    Path(id): Path<Uuid>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after =
        match headers.get("last-event-id") {
            Some(value) => {
                let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
                Some(number.ok_or_else(|| {
                    Problem::field("Last-Event-ID", "must be the id of an event of this run")
                })?)
            }
            None => query.after,
        };
    let reader = state
        .services
        .runner
        .events(caller.store(), id.into(), after)
        .await?;
    let place = state.places.stream()?;
    Ok(stream::respond(&state, reader, place, ""))
}
