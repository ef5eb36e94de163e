//! Reads a log by cursor, wherever its run is worked on.

use std::{sync::Arc, time::Duration};

use crm_store::{StoreError, TenantStore, ids::RunId, runs::RunState};
use tokio::time::{sleep, timeout};

use super::{
    Hub, events_of,
    live::{Closed, Found, LiveLog, Logs},
};
use crate::event::AgentEvent;

/// Rows of one read from the store.
const ROWS: i64 = 200;
/// Failed reads of the store in a row after which a reader gives up.
const TRIES: u32 = 5;

/// Follows the log of one run. Any number of readers may follow one log; a slow
/// one holds nobody up and keeps nothing in memory but its own batch.
pub struct EventReader {
    run: RunId,
    cursor: u64,
    store: TenantStore,
    logs: Arc<Logs>,
    hub: Arc<Hub>,
    poll: Duration,
    live: Option<Arc<LiveLog>>,
    done: bool,
}

impl EventReader {
    pub(crate) fn new(
        run: RunId,
        after: u64,
        store: TenantStore,
        (logs, hub): (Arc<Logs>, Arc<Hub>),
        poll: Duration,
    ) -> Self {
        let live = logs.get(run);
        Self {
            run,
            cursor: after,
            store,
            logs,
            hub,
            poll,
            live,
            done: false,
        }
    }

    /// The next events, at least one; `None` after the last event of the run, or
    /// when the store fails for long. Dropping the future loses nothing.
    pub async fn next_batch(&mut self) -> Option<Vec<(u64, AgentEvent)>> {
        let mut failures = 0;
        while !self.done {
            let batch = if let Some(live) = self.live.clone() {
                self.live_batch(&live).await
            } else {
                self.stored_batch().await
            };
            match batch {
                Ok(events) if events.is_empty() => failures = 0,
                Ok(events) => {
                    if let Some((seq, last)) = events.last() {
                        self.cursor = *seq;
                        self.done = matches!(last, AgentEvent::RunFinished { .. });
                    }
                    return Some(events);
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(
                        run_id = %self.run,
                        failures,
                        error = &error as &dyn std::error::Error,
                        "the log of a run cannot be read"
                    );
                    if failures == TRIES {
                        self.done = true;
                    } else {
                        sleep(self.poll).await;
                    }
                }
            }
        }
        None
    }

    async fn live_batch(&mut self, live: &LiveLog) -> Result<Vec<(u64, AgentEvent)>, StoreError> {
        // Registered before looking, so that nothing falls between.
        let woken = live.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        match live.after(self.cursor) {
            Found::Events(events) => Ok(events),
            Found::Stored => Ok(self.page().await?.0),
            Found::Nothing => {
                woken.await;
                Ok(Vec::new())
            }
            Found::Closed(Closed::Finished) => {
                // A cursor above the last event never saw it.
                self.done = true;
                if self.cursor > live.last() {
                    self.last_event(live.last()).await
                } else {
                    Ok(Vec::new())
                }
            }
            Found::Closed(Closed::Elsewhere) => {
                self.live = None;
                Ok(Vec::new())
            }
        }
    }

    async fn stored_batch(&mut self) -> Result<Vec<(u64, AgentEvent)>, StoreError> {
        let signal = self.hub.watch(self.run);
        let grown = signal.notified();
        tokio::pin!(grown);
        grown.as_mut().enable();
        // The run may have come (back) to this process.
        if let Some(live) = self.logs.get(self.run) {
            self.live = Some(live);
            return Ok(Vec::new());
        }
        let (events, state) = self.page().await?;
        match state {
            _ if !events.is_empty() => Ok(events),
            None => {
                self.done = true;
                Ok(events)
            }
            Some((RunState::Finished, last)) => {
                self.done = true;
                if self.cursor > last {
                    self.last_event(last).await
                } else {
                    Ok(events)
                }
            }
            Some(_) => {
                // Woken or not: look again.
                let _ = timeout(self.poll, grown).await;
                Ok(events)
            }
        }
    }

    /// A page of stored events and, when there are none, how the run stands.
    async fn page(&self) -> Result<(Vec<(u64, AgentEvent)>, Option<(RunState, u64)>), StoreError> {
        let mut tx = self.store.begin().await?;
        // First the run, then its events: those of a finished run are complete.
        let state = tx.runs().standing(self.run).await?;
        let rows = tx.run_events().after(self.run, self.cursor, ROWS).await?;
        tx.commit().await?;
        Ok((
            rows.into_iter()
                .flat_map(|row| events_of(row, self.cursor))
                .collect(),
            state,
        ))
    }

    async fn last_event(&self, last: u64) -> Result<Vec<(u64, AgentEvent)>, StoreError> {
        let before = last.saturating_sub(1);
        let mut tx = self.store.begin().await?;
        let rows = tx.run_events().after(self.run, before, 1).await?;
        tx.commit().await?;
        Ok(rows.into_iter().flat_map(|row| events_of(row, before)).collect())
    }
}
