//! The socket side.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Response, StatusCode},
};
use futures::{Stream, StreamExt, stream};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::{Captured, Chunk, Reply, Shared, check};

/// The most bytes of a request that are read.
const REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// Serves until the script's token is cancelled; returns the address.
#[expect(clippy::expect_used, reason = "a test without its server can only stop")]
pub(super) async fn serve(address: SocketAddr, shared: Arc<Shared>) -> SocketAddr {
    let listener = TcpListener::bind(address).await.expect("a port is free");
    let address = listener.local_addr().expect("the socket has an address");
    let stop = shared.stop.clone();
    let app = Router::new().fallback(answer).with_state(shared);
    TaskTracker::new().spawn(async move {
        let listener = axum::serve::ListenerExt::tap_io(listener, |tcp| {
            // Without this the pieces of a stream wait for each other.
            let _ = tcp.set_nodelay(true);
        });
        let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
        // A test that is over does not care how its server ended.
        let _ = served.await;
    });
    address
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, REQUEST_BYTES)
        .await
        .unwrap_or_default();
    let captured = Captured::new(&parts, &body);
    let reply = {
        let mut script = shared.lock();
        let number = script.requests.len() + 1;
        let broken = check::violations(&captured, &script.markers);
        script
            .violations
            .extend(broken.into_iter().map(|rule| format!("request {number}: {rule}")));
        let reply = match &script.handler {
            Some(handler) => Some(handler(&captured)),
            None => script.replies.pop_front(),
        };
        if reply.is_none() {
            script
                .violations
                .push(format!("request {number}: the script has no reply for it"));
        }
        script.requests.push(captured);
        reply.unwrap_or_else(|| Reply::error(500, "no_reply_scripted"))
    };
    Ok(respond(reply, &shared).await)
}

async fn respond(reply: Reply, shared: &Shared) -> Response<Body> {
    match reply {
        Reply::Hang => {
            shared.stop.cancelled().await;
            whole(503, &[], String::new())
        }
        Reply::Whole {
            status,
            headers,
            body,
        } => whole(status, &headers, body),
        Reply::Stream {
            chunks,
            split,
            content_type,
        } => {
            let stop = shared.stop.clone();
            let body = Body::from_stream(play(chunks, split).take_until(stop.cancelled_owned()));
            let mut response = Response::new(body);
            if let Ok(kind) = content_type.parse() {
                response.headers_mut().insert("content-type", kind);
            }
            response
        }
    }
}

fn whole(status: u16, headers: &[(String, String)], body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// An error in a body makes the server drop the connection.
fn play(chunks: Vec<Chunk>, split: Vec<usize>) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let mut sizes = split.into_iter().cycle();
    let pieces: Vec<Chunk> = chunks
        .into_iter()
        .flat_map(|chunk| match chunk {
            Chunk::Bytes(bytes) => pieces(&bytes, &mut sizes),
            other => vec![other],
        })
        .collect();
    stream::iter(pieces).filter_map(async |piece| match piece {
        Chunk::Bytes(bytes) => {
            // Lets the piece leave before the next one joins it.
            tokio::task::yield_now().await;
            Some(Ok(Bytes::from(bytes)))
        }
        Chunk::Gate(gate) => {
            gate.pass().await;
            None
        }
        Chunk::Drop => {
            // Lets what was said before leave first.
            tokio::task::yield_now().await;
            Some(Err(std::io::Error::other("dropped by the script")))
        }
        Chunk::Hang => std::future::pending().await,
    })
}

fn pieces(bytes: &[u8], sizes: &mut impl Iterator<Item = usize>) -> Vec<Chunk> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
        let (piece, later) = rest.split_at(size);
        pieces.push(Chunk::Bytes(piece.to_vec()));
        rest = later;
    }
    pieces
}
