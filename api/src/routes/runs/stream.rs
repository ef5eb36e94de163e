//! The native dialect of a run's log: server-sent events.

use std::time::Instant;

use axum::{body::Bytes, response::Response};
use crm_agents::{EventReader, event::AgentEvent};
use futures::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::{http::sse, metrics, state::AppState};

/// Streams what a reader finds until the run ends or the service stops.
pub fn respond(state: &AppState, reader: EventReader, place: OwnedSemaphorePermit, agent: &str) -> Response {
    let watch = metrics::RunWatch::new(agent, Instant::now());
    sse::response(
        frames(reader, watch),
        state.config.http.keep_alive,
        state.ending.clone(),
        place,
    )
}

/// Each batch of events as one piece of the body. Every event is written once.
fn frames(reader: EventReader, watch: metrics::RunWatch) -> impl Stream<Item = Bytes> + Send {
    stream::unfold((reader, watch), |(mut reader, mut watch)| async move {
        let batch = reader.next_batch().await?;
        let mut out = Vec::with_capacity(batch.len() * 128);
        for (seq, event) in &batch {
            watch.see(event);
            write(&mut out, *seq, event);
        }
        Some((Bytes::from(out), (reader, watch)))
    })
}

fn write(out: &mut Vec<u8>, seq: u64, event: &AgentEvent) {
    sse::begin(out, event.kind(), seq);
    let start = out.len();
    // JSON has no line breaks; a value that cannot be written would be a bug of ours.
    if let Err(error) = serde_json::to_writer(&mut *out, event) {
        out.truncate(start);
        out.extend_from_slice(b"{}");
        tracing::error!(%error, kind = event.kind(), "an event cannot be written");
    }
    sse::end(out);
}
