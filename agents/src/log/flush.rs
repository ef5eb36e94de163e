//! Stores what the logs have gathered, in batches, behind the runs' backs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use crm_store::StoreError;
use futures::StreamExt;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::live::{LiveLog, Logs};

/// Transactions at a time; the runs themselves need connections too.
const PARALLEL: usize = 2;
/// Runs in one transaction.
const RUNS: usize = 100;

/// Stores the logs of one process.
pub(crate) struct Flusher {
    pub(crate) logs: Arc<Logs>,
    pub(crate) worker: String,
    pub(crate) every: Duration,
}

impl Flusher {
    /// Flushes until `stop`, and then once more.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.flush().await;
        }
        self.flush().await;
    }

    /// Stores everything that there is to store now.
    pub(crate) async fn flush(&self) {
        // One actor of one tenant writes its own rows; others cannot.
        let mut groups: HashMap<_, Vec<Arc<LiveLog>>> = HashMap::new();
        for log in self.logs.take_dirty() {
            groups.entry(*log.store.grant()).or_default().push(log);
        }
        let batches: Vec<Vec<Arc<LiveLog>>> = groups
            .into_values()
            .flat_map(|group| group.chunks(RUNS).map(<[_]>::to_vec).collect::<Vec<_>>())
            .collect();
        futures::stream::iter(batches)
            .for_each_concurrent(PARALLEL, |batch| self.store(batch))
            .await;
    }

    async fn store(&self, batch: Vec<Arc<LiveLog>>) {
        let mut rows = Vec::new();
        let mut taken = Vec::new();
        for log in batch {
            // Whoever holds this is ending the run and stores the rest itself.
            let Ok(guard) = Arc::clone(&log.storing).try_lock_owned() else {
                continue;
            };
            let (unstored, last) = log.unstored();
            rows.extend(unstored);
            taken.push((log, last, guard));
        }
        let Some((first, ..)) = taken.first() else { return };
        let stored = async {
            let mut tx = first.store.begin().await?;
            tx.run_events().append(&self.worker, &rows).await?;
            tx.commit().await
        };
        match stored.await {
            Ok(()) => taken.iter().for_each(|(log, last, _)| log.stored(*last)),
            Err(error) => {
                tracing::warn!(
                    runs = taken.len(),
                    error = &error as &dyn std::error::Error,
                    "events of runs could not be stored; they stay in memory and are tried again"
                );
                // One log that cannot be stored must not hold up the others.
                let alone = taken.len() > 1 && !matches!(error, StoreError::Unavailable(_));
                let logs: Vec<_> = taken.into_iter().map(|(log, ..)| log).collect();
                for log in logs {
                    if alone {
                        Box::pin(self.store(vec![log])).await;
                    } else {
                        self.logs.again(log);
                    }
                }
            }
        }
    }
}
