//! Hears from other processes: a log has grown, a run shall stop.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use crm_store::{Heard, Store, ids::RunId};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

const GREW: &str = "run_events";
const STOP: &str = "run_cancel";
/// Readers poll anyway; so there is no hurry to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the readers of logs that grow in other processes.
#[derive(Default)]
pub(crate) struct Hub {
    readers: Mutex<HashMap<RunId, Weak<Notify>>>,
}

impl Hub {
    /// A signal that is given when the run's stored log may have grown. Signals
    /// may be missed while the connection is down: poll as well.
    pub(crate) fn watch(&self, run: RunId) -> Arc<Notify> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = readers.get(&run).and_then(Weak::upgrade) {
            return known;
        }
        readers.retain(|_, reader| reader.strong_count() > 0);
        let signal = Arc::new(Notify::new());
        readers.insert(run, Arc::downgrade(&signal));
        signal
    }

    /// Wakes the readers of one run, or of all.
    pub(crate) fn wake(&self, run: Option<RunId>) {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = readers.iter().filter(|(id, _)| run.is_none_or(|run| run == **id));
        for signal in chosen.filter_map(|(_, reader)| reader.upgrade()) {
            signal.notify_waiters();
        }
    }

    /// Listens until `stop`; `cancel` is told which runs shall stop.
    pub(crate) async fn run(&self, store: Store, stop: CancellationToken, cancel: impl Fn(RunId) + Send) {
        stop.run_until_cancelled(async {
            loop {
                if let Err(error) = self.listen(&store, &cancel).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "news of runs in other processes cannot be heard; readers poll for them"
                    );
                }
                sleep(PAUSE).await;
            }
        })
        .await;
    }

    async fn listen(&self, store: &Store, cancel: &impl Fn(RunId)) -> Result<(), crm_store::StoreError> {
        let mut listener = store.listen(&[GREW, STOP]).await?;
        self.wake(None);
        loop {
            match listener.next().await? {
                Heard::Gap => self.wake(None),
                Heard::Message { channel, payload } => match payload.parse() {
                    Ok(run) if channel == STOP => cancel(run),
                    Ok(run) => self.wake(Some(run)),
                    Err(_) => tracing::warn!(channel, "a notification names no run"),
                },
            }
        }
    }
}
