//! How long a request may take, and what goes on when the caller leaves.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::{Problem, ProblemKind, control, state::AppState};

/// Answers 504 when the response has not begun in time.
///
/// A request with an effect runs in a task of its own: neither a caller who
/// leaves nor the deadline stops it half-way. Reads are simply dropped.
pub async fn deadline(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limit = match request.extensions().get::<MatchedPath>() {
        // An operator waits for as long as the work takes.
        Some(route) if route.as_str().starts_with(control::PREFIX) => Duration::MAX,
        // A file takes as long as its line needs.
        Some(route) if route.as_str() == "/v1/imports" && !request.method().is_safe() => Duration::MAX,
        _ => state.config.http.request_timeout,
    };
    let late = |detail: &str| Problem::new(ProblemKind::Timeout, detail).into_response();
    if request.method().is_safe() {
        return match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => late("the answer took too long: try again"),
        };
    }
    let task = state.tasks.spawn(next.run(request).in_current_span());
    match tokio::time::timeout(limit, task).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) if error.is_panic() => super::panic::caught(error.into_panic()),
        Ok(Err(_)) => Problem::unavailable("the service is stopping").into_response(),
        Err(_) => {
            late("the answer took too long; the work may go on: repeat it with the same Idempotency-Key")
        }
    }
}
