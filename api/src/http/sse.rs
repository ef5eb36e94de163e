//! Server-sent events: frames that are written once, comments while it is
//! quiet, and an end when the service stops.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

/// One event of a stream.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"event": "text_delta", "id": "4", "data": "{\"type\":\"text_delta\",\"text\":\"The link\"}"}))]
pub struct SseEvent {
    /// What kind of event it is.
    event: String,
    /// Its place in the stream: send the last one as `Last-Event-ID` to go on after it.
    id: String,
    /// One JSON object.
    data: String,
}

const COMMENT: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// Starts an event; one line of JSON follows, then [`end`].
pub fn begin(out: &mut Vec<u8>, event: &str, id: u64) {
    let mut number = [0_u8; 20];
    let id = decimal(id, &mut number);
    for part in [b"event: ", event.as_bytes(), b"\nid: ", id, b"\ndata: "] {
        out.extend_from_slice(part);
    }
}

/// Starts an event whose place is a text of ours without line breaks.
pub fn begin_at(out: &mut Vec<u8>, event: &str, id: &str) {
    for part in [
        b"event: ",
        event.as_bytes(),
        b"\nid: ",
        id.as_bytes(),
        b"\ndata: ",
    ] {
        out.extend_from_slice(part);
    }
}

/// Ends an event.
pub fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\n\n");
}

/// A number in decimal without a detour through a `String`.
fn decimal(mut number: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut start = buffer.len();
    for (at, digit) in buffer.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        start = at;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

/// A response that goes on until `frames` ends or `end` is cancelled.
pub fn response(
    frames: impl Stream<Item = Bytes> + Send + 'static,
    keep_alive: Duration,
    end: CancellationToken,
    place: OwnedSemaphorePermit,
) -> Response {
    let frames: BoxStream<'static, Bytes> = frames.boxed();
    let state = Open {
        frames,
        keep_alive,
        end,
        _place: place,
    };
    let body = futures::stream::unfold(state, |mut open| async move {
        let frame = open.next().await?;
        Some((Ok::<_, Infallible>(frame), open))
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx holds back what it proxies unless it is told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Open {
    frames: BoxStream<'static, Bytes>,
    keep_alive: Duration,
    end: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Open {
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            // What is there is sent, also when the service is about to stop.
            biased;
            frame = self.frames.next() => frame,
            () = self.end.cancelled() => None,
            () = tokio::time::sleep(self.keep_alive) => Some(COMMENT),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::stream;
    use tokio::sync::Semaphore;

    use super::*;

    fn frame(event: &str, id: u64, data: &[u8]) -> Bytes {
        let mut out = Vec::new();
        begin(&mut out, event, id);
        out.extend_from_slice(data);
        end(&mut out);
        Bytes::from(out)
    }

    #[test]
    fn a_frame_has_type_number_and_data() {
        assert_eq!(&frame("note", 0, b"{}")[..], b"event: note\nid: 0\ndata: {}\n\n");
        let largest = frame("note", u64::MAX, b"{}");
        assert!(largest.starts_with(format!("event: note\nid: {}\n", u64::MAX).as_bytes()));
    }

    fn open(frames: BoxStream<'static, Bytes>, end: &CancellationToken) -> Open {
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        Open {
            frames,
            keep_alive: Duration::from_millis(1),
            end: end.clone(),
            _place: place,
        }
    }

    #[tokio::test]
    async fn a_quiet_stream_says_that_it_is_alive() {
        let end = CancellationToken::new();
        let mut open = open(stream::pending().boxed(), &end);
        assert_eq!(open.next().await, Some(COMMENT));
        end.cancel();
        assert_eq!(open.next().await, None);
    }

    #[tokio::test]
    async fn what_is_there_is_sent_before_the_end() {
        let end = CancellationToken::new();
        end.cancel();
        let frame = frame("note", 1, b"{}");
        let mut open = open(
            stream::iter([frame.clone()]).chain(stream::pending()).boxed(),
            &end,
        );
        assert_eq!(open.next().await, Some(frame));
        assert_eq!(open.next().await, None);
    }
}
