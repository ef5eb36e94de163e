//! Turning requests away while there is still the strength to say so.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Problem, state::AppState};

/// Places for requests and for streams.
#[derive(Debug, Clone)]
pub struct Places {
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Places {
    /// So many of each.
    pub fn new(requests: u32, streams: u32) -> Self {
        let places = |count: u32| Arc::new(Semaphore::new(count as usize));
        Self {
            requests: places(requests),
            streams: places(streams),
        }
    }

    /// A place for a stream, kept until it ends.
    pub fn stream(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.streams)
            .try_acquire_owned()
            .map_err(|_| Problem::unavailable("too many streams are open: try again shortly"))
    }

    /// Streams that are open.
    pub fn open_streams(&self, max: u32) -> usize {
        (max as usize).saturating_sub(self.streams.available_permits())
    }
}

/// Refuses a request when all places are taken. What tells operators how the
/// service is, is never refused.
pub async fn shed(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if route.is_some_and(|route| route.starts_with("/health") || route == "/metrics") {
        return next.run(request).await;
    }
    let Ok(_place) = state.places.requests.try_acquire() else {
        return Problem::unavailable("the service has more requests than it can work on: try again shortly")
            .into_response();
    };
    next.run(request).await
}
