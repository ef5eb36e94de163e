//! A receiver of webhooks on the loopback interface that answers as it is told and checks signatures by itself.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a test waits for what must come.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// What the receiver answers next; 200 when nothing is left.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    RetryAfter(u16, &'static str),
    Redirect(&'static str),
    Hang,
}

/// One call as it came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// How many of the signatures are this secret's.
    pub(crate) fn signed_by(&self, secret: &str) -> usize {
        let key = BASE64_STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(&self.body);
        let right = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        self.signature.split(' ').filter(|given| **given == right).count()
    }
}

#[derive(Clone)]
struct Shared {
    calls: Arc<Mutex<Vec<Call>>>,
    script: Arc<Mutex<VecDeque<Reply>>>,
    count: watch::Sender<usize>,
}

/// The receiver.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    shared: Shared,
    stop: CancellationToken,
    _server: TaskTracker,
}

impl Receiver {
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared {
            calls: Arc::default(),
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            count: watch::Sender::new(0),
        };
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let (server, stop) = (TaskTracker::new(), CancellationToken::new());
        let serving = axum::serve(listener, router);
        let ended = stop.clone();
        server.spawn(async move {
            ended.run_until_cancelled(async { serving.await.unwrap() }).await;
        });
        Self {
            port,
            shared,
            stop,
            _server: server,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Waits until so many calls have come, and returns them all.
    pub(crate) async fn calls(&self, wanted: usize) -> Vec<Call> {
        let mut count = self.shared.count.subscribe();
        let came = timeout(LONG, count.wait_for(|count| *count >= wanted)).await;
        let calls = self.shared.calls.lock().unwrap().clone();
        assert!(came.is_ok(), "{wanted} calls were to come, {} did", calls.len());
        calls
    }

    pub(crate) fn so_far(&self) -> usize {
        self.shared.calls.lock().unwrap().len()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn answer(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(headers["content-type"], "application/json");
    let call = Call {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: body.to_vec(),
    };
    let reply = shared.script.lock().unwrap().pop_front();
    shared.calls.lock().unwrap().push(call);
    shared.count.send_modify(|count| *count += 1);
    match reply.unwrap_or(Reply::Status(200)) {
        Reply::Status(status) => (StatusCode::from_u16(status).unwrap(), "told").into_response(),
        Reply::RetryAfter(status, after) => (
            StatusCode::from_u16(status).unwrap(),
            [(header::RETRY_AFTER, HeaderValue::from_static(after))],
        )
            .into_response(),
        Reply::Redirect(to) => (
            StatusCode::FOUND,
            [(header::LOCATION, HeaderValue::from_static(to))],
        )
            .into_response(),
        Reply::Hang => std::future::pending().await,
    }
}
