//! The feed as server-sent events.

use axum::{body::Bytes, response::Response};
use crm_store::feed::FeedCursor;
use futures::stream;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{feed::Frame, http::sse, state::AppState};

/// Streams what the reader finds until its task ends.
pub(super) fn respond(
    state: &AppState,
    frames: mpsc::Receiver<Vec<Frame>>,
    place: OwnedSemaphorePermit,
) -> Response {
    let frames = stream::unfold(frames, |mut frames| async move {
        let batch = frames.recv().await?;
        let mut out = Vec::with_capacity(batch.len() * 256);
        for frame in &batch {
            write(&mut out, frame);
        }
        Some((Bytes::from(out), frames))
    });
    sse::response(frames, state.config.http.keep_alive, state.ending.clone(), place)
}

fn write(out: &mut Vec<u8>, frame: &Frame) {
    match frame {
        Frame::Ready(place) => event(out, "ready", place, &json!({})),
        Frame::Reset(place) => event(out, "reset", place, &super::socket::reset()),
        Frame::Event(item) => event(out, &item.name, &item.cursor, item),
    }
}

fn event(out: &mut Vec<u8>, name: &str, place: &FeedCursor, data: &impl Serialize) {
    sse::begin_at(out, name, &place.to_string());
    let start = out.len();
    // JSON has no line breaks; a value that cannot be written would be a bug of ours.
    if let Err(error) = serde_json::to_writer(&mut *out, data) {
        out.truncate(start);
        out.extend_from_slice(b"{}");
        tracing::error!(%error, name, "an event of the feed cannot be written");
    }
    sse::end(out);
}
