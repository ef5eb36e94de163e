//! The feed over a WebSocket: one JSON message an event, pings while it is quiet.

use std::time::Duration;

use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    response::Response,
};
use futures::{SinkExt, StreamExt, stream::SplitSink};
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{self, MissedTickBehavior, timeout},
};

use crate::{feed::Frame, state::AppState};

/// A client says little; its messages are read to see that it is there.
const MOST_SAID: usize = 4 * 1024;
/// How long a message may take to be taken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers 101 and sends what the reader finds until its task or the client ends.
pub(super) fn respond(
    state: &AppState,
    upgrade: WebSocketUpgrade,
    frames: mpsc::Receiver<Vec<Frame>>,
    place: OwnedSemaphorePermit,
) -> Response {
    let keep_alive = state.config.http.keep_alive;
    upgrade
        .max_message_size(MOST_SAID)
        .max_write_buffer_size(1024 * 1024)
        .on_upgrade(move |socket| async move {
            serve(socket, frames, keep_alive).await;
            drop(place);
        })
}

async fn serve(socket: WebSocket, mut frames: mpsc::Receiver<Vec<Frame>>, keep_alive: Duration) {
    let (mut out, mut said) = socket.split();
    let mut quiet = time::interval(keep_alive);
    quiet.set_missed_tick_behavior(MissedTickBehavior::Delay);
    quiet.reset();
    loop {
        let sent = tokio::select! {
            batch = frames.recv() => {
                let Some(batch) = batch else { return farewell(&mut out).await };
                send(&mut out, &batch).await
            }
            heard = said.next() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            _ = quiet.tick() => timeout(PATIENCE, out.send(Message::Ping(Vec::new().into()))).await.is_ok_and(|sent| sent.is_ok()),
        };
        if !sent {
            return;
        }
        quiet.reset();
    }
}

/// The client comes back with the last id.
async fn farewell(out: &mut SplitSink<WebSocket, Message>) {
    let close = Message::Close(Some(CloseFrame {
        code: close_code::AWAY,
        reason: "come back with the last id".into(),
    }));
    // Whether it hears that or not, the connection ends.
    let _ = timeout(PATIENCE, out.send(close)).await;
}

async fn send(out: &mut SplitSink<WebSocket, Message>, batch: &[Frame]) -> bool {
    for frame in batch {
        let text = message(frame).to_string();
        if !matches!(
            timeout(PATIENCE, out.feed(Message::Text(text.into()))).await,
            Ok(Ok(()))
        ) {
            return false;
        }
    }
    matches!(timeout(PATIENCE, out.flush()).await, Ok(Ok(())))
}

fn message(frame: &Frame) -> Value {
    let (id, event, data) = match frame {
        Frame::Ready(place) => (place, "ready", json!({})),
        Frame::Reset(place) => (place, "reset", reset()),
        Frame::Event(item) => (
            &item.cursor,
            item.name.as_str(),
            serde_json::to_value(item).unwrap_or_default(),
        ),
    };
    json!({ "id": id.to_string(), "event": event, "data": data })
}

/// What a reader is told whose events are gone.
pub(super) fn reset() -> Value {
    json!({ "detail": "events were missed: read the records anew; later events follow" })
}
