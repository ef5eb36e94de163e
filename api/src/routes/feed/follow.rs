//! `GET /v1/feed`: as server-sent events or, where the client asks for it, over a WebSocket.

use axum::{
    extract::{FromRequestParts, Request, State, WebSocketUpgrade},
    http::{HeaderMap, header},
    response::Response,
};
use crm_store::{
    catalog::{OBJECTS, Object, object},
    questions::ALERTS,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{socket, stream};
use crate::{
    Problem, ProblemBody,
    feed::{Start, follow},
    http::{
        auth::{Allowed, Scope, scopes},
        body::Query,
        sse::SseEvent,
    },
    state::AppState,
};

/// Which changes, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Names of objects with commas, such as `lead,case`, or `pipeline` for alerts on the caller's own saved questions; all
    /// that the caller may read when left out.
    objects: Option<String>,
    /// The id of the last event that was read; `Last-Event-ID` says the same and goes first.
    after: Option<String>,
}

/// Follow what changes
///
/// The first event is `ready`, unless the reader comes back: with `Last-Event-ID` it gets every later event once. An
/// event is named after what happened, such as `lead.updated`, and has ids and names of fields, never values. What the
/// caller may not see is not sent. `reset` says that events were missed for good, so that records must be read anew. A
/// comment is sent every 15 s. After half an hour the stream ends: come back with the last id. The same path
/// speaks WebSocket: each message is `{"id", "event", "data"}`.
#[utoipa::path(
    get,
    path = "/v1/feed",
    operation_id = "follow_feed",
    tag = "feed",
    params(
        FeedQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was read"),
    ),
    responses(
        (status = 101, description = "The events over a WebSocket"),
        (status = 200, description = "The events", content((SseEvent = "text/event-stream"))),
        (status = 422, description = "A bad id or object", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadFeed>,
    Query(query): Query<FeedQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let start = start(&parts.headers, query.after.as_deref())?;
    let objects = objects(query.objects.as_deref(), &caller.authenticated().scopes)?;
    let upgrade = if wants_socket(&parts.headers) {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &state).await;
        Some(upgrade.map_err(|error| Problem::field("Upgrade", error.body_text()))?)
    } else {
        None
    };
    let place = state.places.stream()?;
    let frames = follow(&state, caller.store().clone(), start, objects);
    Ok(match upgrade {
        Some(upgrade) => socket::respond(&state, upgrade, frames, place),
        None => stream::respond(&state, frames, place),
    })
}

fn start(headers: &HeaderMap, after: Option<&str>) -> Result<Start, Problem> {
    let told = match headers.get("last-event-id") {
        Some(value) => Some(value.to_str().unwrap_or_default()),
        None => after,
    };
    match told {
        None => Ok(Start::Now),
        Some(text) => text
            .parse()
            .map(Start::After)
            .map_err(|_| Problem::field("Last-Event-ID", "must be the id of an event of this feed")),
    }
}

fn wants_socket(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// The objects that are asked for and that the key's scopes reach; none where that is every object.
fn objects(asked: Option<&str>, granted: &[String]) -> Result<Option<Vec<String>>, Problem> {
    let reaches = |object: &Object| reaches(granted, object);
    let Some(asked) = asked else {
        let mut names: Vec<String> = OBJECTS
            .iter()
            .filter(|object| reaches(object))
            .map(|object| object.name.to_owned())
            .collect();
        if names.len() == OBJECTS.len() {
            return Ok(None);
        }
        names.push(ALERTS.to_owned());
        return Ok(Some(names));
    };
    let mut wanted = Vec::new();
    for name in asked.split(',').map(str::trim) {
        if name == ALERTS {
            wanted.push(name.to_owned());
            continue;
        }
        match object(name) {
            Some(object) if reaches(object) => wanted.push(object.name.to_owned()),
            Some(_) => {}
            None => {
                let detail = format!("{name:?} is not the name of an object");
                return Err(Problem::field("?objects", detail));
            }
        }
    }
    Ok(Some(wanted))
}

fn reaches(granted: &[String], object: &Object) -> bool {
    let by_scope = match object.name {
        "conversation" | "message" => Scope::ReadConversations.is_in(granted),
        "article" | "article_version" | "answer" => Scope::ReadArticles.is_in(granted),
        "run" => Scope::ReadRuns.is_in(granted),
        _ => crate::http::auth::scope::reaches(granted, object.plural, "read"),
    };
    by_scope || Scope::Admin.is_in(granted)
}
