//! Starts the server again when it dies while the program goes on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::DYING;
use super::server::Server;

/// How often the server is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The longest pause between two tries to start it.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A thread that watches one server until it is told to end.
#[derive(Debug)]
pub(super) struct Watchdog {
    end: Arc<End>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct End {
    wanted: Mutex<bool>,
    changed: Condvar,
}

impl Watchdog {
    /// Watches a server that runs on `port`. Connections elsewhere know that port, so it is the one it comes back on.
    pub(super) fn new(server: Arc<Server>, port: u16) -> std::io::Result<Self> {
        let end = Arc::new(End::default());
        let heard = Arc::clone(&end);
        let thread = std::thread::Builder::new()
            .name("postgres-watchdog".to_owned())
            .spawn(move || watch(&server, port, &heard))?;
        Ok(Self {
            end,
            thread: Some(thread),
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        *self.end.wanted.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A watchdog that panicked has nothing more to end.
            let _ = thread.join();
        }
    }
}

impl End {
    /// Waits; true when the end is wanted.
    fn within(&self, pause: Duration) -> bool {
        let guard = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(guard, pause, |wanted| !*wanted);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn watch(server: &Server, port: u16, end: &End) {
    let mut pause = LOOK;
    while !end.within(pause) {
        if server.running().is_some() {
            pause = LOOK;
            continue;
        }
        tracing::warn!("the private PostgreSQL server has died; starting it again");
        match server.ensure_running(Some(port), DYING) {
            Ok(found) if found == port => pause = LOOK,
            Ok(found) => {
                tracing::error!(
                    port,
                    found,
                    "the private PostgreSQL server had to move to another port; restart crm-ai"
                );
            }
            Err(error) => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                tracing::error!(%error, "the private PostgreSQL server does not start");
            }
        }
    }
}
