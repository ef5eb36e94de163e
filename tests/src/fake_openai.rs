//! A model provider on a real socket that plays scripts and checks every request.
//!
//! A rule that all requests must keep is one function in `check.rs`, and every
//! test that uses the server enforces it: what a request broke fails the test
//! when the server is dropped.

mod captured;
mod check;
mod demo;
mod reply;
mod server;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crm_agents::model::{OpenAiConfig, OpenAiModel};
use crm_store::SystemClock;
use tokio_util::sync::CancellationToken;

pub use captured::Captured;
pub use demo::answer_from_knowledge;
pub use reply::{
    Chunk, Reply, ev_done, ev_drop, ev_finish, ev_gate, ev_hang, ev_json, ev_raw, ev_text, ev_tool_call,
    ev_usage, sse,
};

/// The key that the server expects.
pub const KEY: &str = "sk-test-0123456789";
/// The model that tests ask for.
pub const MODEL: &str = "gpt-4o-mini";

type Handler = Box<dyn Fn(&Captured) -> Reply + Send + Sync>;

/// The server. Dropping it stops it and fails the test when a request broke a
/// rule or a scripted reply was never asked for.
pub struct FakeOpenAi {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    script: Mutex<Script>,
    stop: CancellationToken,
}

struct Script {
    replies: VecDeque<Reply>,
    handler: Option<Handler>,
    requests: Vec<Captured>,
    violations: Vec<String>,
    markers: Vec<String>,
}

impl FakeOpenAi {
    /// A server that plays the replies it is given, in order.
    pub async fn start() -> Self {
        Self::serve(None, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// A server that makes each reply from the request.
    pub async fn answering(handler: impl Fn(&Captured) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(Some(Box::new(handler)), SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// The same at an address of the caller's choice.
    pub async fn answering_at(
        address: SocketAddr,
        handler: impl Fn(&Captured) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::serve(Some(Box::new(handler)), address).await
    }

    async fn serve(handler: Option<Handler>, address: SocketAddr) -> Self {
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            script: Mutex::new(Script {
                replies: VecDeque::new(),
                handler,
                requests: Vec::new(),
                violations: Vec::new(),
                markers: Vec::new(),
            }),
            stop: stop.clone(),
        });
        let address = server::serve(address, Arc::clone(&shared)).await;
        Self {
            address,
            shared,
            stop,
        }
    }

    /// What a client is configured with.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Adds a reply to the script.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.lock().replies.push_back(reply);
        self
    }

    /// Makes `marker`, a string of another tenant, a violation anywhere in a request.
    pub fn forbid(&self, marker: &str) -> &Self {
        self.lock().markers.push(marker.to_owned());
        self
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Captured> {
        self.lock().requests.clone()
    }

    /// The rules that were broken so far; taking them forgives them, for tests of
    /// the rules themselves.
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().violations)
    }

    /// A configuration that reaches this server.
    pub fn config(&self) -> OpenAiConfig {
        OpenAiConfig::new(self.base_url(), KEY.into(), MODEL)
    }

    /// A model that asks this server.
    ///
    /// # Panics
    /// When the HTTP client cannot be built.
    #[expect(clippy::expect_used, reason = "a test without its model can only stop")]
    pub fn model(&self) -> OpenAiModel {
        OpenAiModel::new(self.config(), Arc::new(SystemClock)).expect("the model can be set up")
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeOpenAi {
    #[expect(clippy::panic, reason = "a broken rule fails the test")]
    fn drop(&mut self) {
        self.stop.cancel();
        if std::thread::panicking() {
            return;
        }
        let (violations, unplayed) = {
            let script = self.lock();
            (script.violations.clone(), script.replies.len())
        };
        match (violations.as_slice(), unplayed) {
            ([], 0) => {}
            ([], unplayed) => panic!("{unplayed} scripted replies were never asked for"),
            (broken, _) => panic!("requests to the model broke rules:\n- {}", broken.join("\n- ")),
        }
    }
}
