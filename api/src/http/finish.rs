//! The outermost layer: request id, problem documents, security headers, the
//! log line and the metrics of every request.

use std::{error::Error as StdError, fmt::Write as _, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, field};

use super::{auth::Caller, request_id, request_id::RequestId, security_headers};
use crate::{Problem, metrics, state::AppState};

/// Wraps a request from its first byte to the begin of its response.
pub async fn finish(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // The template, never the path: it has few values and no ids in it.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", |path| path.as_str())
        .to_owned();
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!(
        "http.request",
        request_id = id.as_str(),
        tenant = field::Empty,
        actor = field::Empty,
        actor_id = field::Empty,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let _entered = span.enter();
    if let Some(caller) = response.extensions().get::<Arc<Caller>>() {
        caller.record(&span);
    }
    let problem = response.extensions_mut().remove::<Arc<Problem>>();
    if let Some(problem) = &problem {
        render(&mut response, problem, &id, &method);
    }
    let headers = response.headers_mut();
    if let Some(value) = id.header() {
        headers.insert(request_id::HEADER, value);
    }
    security_headers::set(headers, &path, state.config.http.behind_tls);

    let elapsed = started.elapsed();
    let status = response.status();
    metrics::request(&method, &route, status, elapsed);
    let duration_ms = elapsed.as_secs_f64() * 1e3;
    let problem_type = problem.as_ref().map(|problem| problem.kind().type_uri());
    let status = status.as_u16();
    let cause = problem.as_ref().and_then(|problem| problem.cause()).map(chain);
    match status {
        // Overload, start and stop are no bugs.
        503 => {
            tracing::warn!(%method, route, status, duration_ms, problem = problem_type, cause, "request refused");
        }
        500.. => {
            tracing::error!(%method, route, status, duration_ms, problem = problem_type, cause, "request failed");
        }
        // Probes and scrapes come every few seconds.
        _ if route.starts_with("/health") || route == "/metrics" => {
            tracing::debug!(%method, route, status, duration_ms, "request done");
        }
        _ => tracing::info!(%method, route, status, duration_ms, problem = problem_type, "request done"),
    }
    response
}

fn render(response: &mut Response, problem: &Problem, id: &RequestId, method: &Method) {
    let body = serde_json::to_vec(&problem.body(id.as_str())).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(body)
    };
}

/// The causes of an error in one line, outermost first.
pub fn chain(error: &(dyn StdError + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
