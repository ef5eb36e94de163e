//! The way in: starts runs, follows them, stops them, and keeps them alive.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
    time::Duration,
};

use crm_rag::Retriever;
use crm_store::{
    Store, TenantStore,
    ids::{ConversationId, RunId},
    prices::Rates,
};
use futures::{Stream, StreamExt, stream};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Agent, RunError,
    event::AgentEvent,
    log::{EventReader, Flusher, Hub, Logs},
    model::Fallback,
    task::{Control, StopCause},
    usage::UsageMeter,
};

/// Opens the index of one tenant as the actor that the store is open for.
pub type OpenRetriever = Arc<dyn Fn(&TenantStore) -> Arc<dyn Retriever> + Send + Sync>;

/// How a [`Runner`] works.
#[derive(Debug, Clone)]
pub struct RunnerConfig {
    /// The name of this process among the replicas; a fresh one each time it starts.
    pub worker: String,
    /// Whether no other process can work on this database: then whatever an
    /// earlier one left is taken over at once.
    pub sole: bool,
    /// Runs at a time.
    pub max_running: usize,
    /// Runs that may wait for their turn; more are refused.
    pub max_queued: usize,
    /// How long a run stays with a process that shows no sign of life.
    pub lease: Duration,
    /// How often events are stored.
    pub flush_every: Duration,
    /// How often readers of another process's runs look for themselves.
    pub poll_every: Duration,
    /// How long a call waits for a human.
    pub approval_ttl: Duration,
    /// What a model without a price costs.
    pub default_rates: Rates,
}

impl Default for RunnerConfig {
    fn default() -> Self {
        Self {
            worker: RunId::new().to_string(),
            sole: false,
            max_running: 256,
            max_queued: 1_024,
            lease: Duration::from_secs(30),
            flush_every: Duration::from_millis(250),
            poll_every: Duration::from_secs(2),
            approval_ttl: Duration::from_hours(24),
            // As dear as the dearest in common use: a surprise that stops runs
            // is better than one on the bill.
            default_rates: Rates {
                input_nano_per_mtok: 10_000_000_000,
                cached_input_nano_per_mtok: 10_000_000_000,
                output_nano_per_mtok: 40_000_000_000,
            },
        }
    }
}

/// What a [`Runner`] works with.
pub struct RunnerParts {
    /// Where everything is kept.
    pub store: Store,
    /// The models in order, the floor last.
    pub models: Fallback,
    /// The agents that may be run.
    pub agents: Vec<Agent>,
    /// Opens a tenant's index.
    pub retriever: OpenRetriever,
}

/// A run to be started.
#[derive(Debug, Clone)]
pub struct StartRun {
    /// The agent.
    pub agent: String,
    /// Its input.
    pub input: Value,
    /// The conversation that it belongs to.
    pub conversation_id: Option<ConversationId>,
}

/// A run that was started. Dropping it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunHandle {
    /// The run.
    pub run_id: RunId,
}

/// Runs agents. Cheap to clone; the clones share everything.
#[derive(Clone)]
pub struct Runner(pub(crate) Arc<Inner>);

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("worker", &self.0.config.worker)
            .finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) config: RunnerConfig,
    pub(crate) store: Store,
    pub(crate) models: Fallback,
    pub(crate) agents: HashMap<String, Arc<Agent>>,
    pub(crate) meter: UsageMeter,
    pub(crate) logs: Arc<Logs>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) tracker: TaskTracker,
    /// Set when no run is started any more.
    pub(crate) stopping: CancellationToken,
    /// Set when the last run has ended: the helpers stop.
    pub(crate) stopped: CancellationToken,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) queued: AtomicUsize,
    pub(crate) retriever: OpenRetriever,
    pub(crate) controls: Mutex<HashMap<RunId, Arc<Control>>>,
    helpers: TaskTracker,
}

impl Runner {
    /// A runner, with its helpers started: the flusher, the listener, the heartbeat.
    pub fn new(parts: RunnerParts, config: RunnerConfig) -> Self {
        let agents = parts
            .agents
            .into_iter()
            .map(|agent| (agent.name.clone(), Arc::new(agent)))
            .collect();
        let inner = Arc::new(Inner {
            store: parts.store,
            models: parts.models,
            agents,
            meter: UsageMeter::new(config.default_rates),
            logs: Arc::default(),
            hub: Arc::default(),
            tracker: TaskTracker::new(),
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
            slots: Arc::new(Semaphore::new(config.max_running.max(1))),
            queued: AtomicUsize::new(0),
            retriever: parts.retriever,
            controls: Mutex::default(),
            helpers: TaskTracker::new(),
            config,
        });
        let flusher = Flusher {
            logs: Arc::clone(&inner.logs),
            worker: inner.config.worker.clone(),
            every: inner.config.flush_every,
        };
        inner.helpers.spawn(flusher.run(inner.stopped.clone()));
        let hub = Arc::clone(&inner);
        inner.helpers.spawn(async move {
            let cancel = |run| hub.stop(run, StopCause::Cancelled);
            hub.hub.run(hub.store.clone(), hub.stopped.clone(), cancel).await;
        });
        inner.helpers.spawn(Arc::clone(&inner).keep());
        Self(inner)
    }

    /// The agents, by name.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        let mut agents: Vec<&Agent> = self.0.agents.values().map(Arc::as_ref).collect();
        agents.sort_by(|a, b| a.name.cmp(&b.name));
        agents.into_iter()
    }

    /// Runs that this process works on now, those that wait for their turn among them.
    pub fn active(&self) -> usize {
        self.0
            .controls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Starts a run that outlives its readers: only [`Runner::cancel`] stops it.
    ///
    /// An error means that there is no run. Dropping the future may still start one.
    pub async fn start(&self, store: &TenantStore, start: StartRun) -> Result<RunHandle, RunError> {
        let inner = Arc::clone(&self.0);
        let store = store.clone();
        // A task of its own: whoever asked may hang up between the row and the work.
        self.0
            .tracker
            .spawn(async move { inner.start(store, start).await })
            .await
            .map_err(|_| RunError::Died)?
    }

    /// Follows the log of a run after event `after`, from the start when `None`.
    pub async fn events(
        &self,
        store: &TenantStore,
        run: RunId,
        after: Option<u64>,
    ) -> Result<EventReader, RunError> {
        let mut tx = store.begin().await?;
        let seen = tx.runs().standing(run).await?;
        tx.commit().await?;
        seen.ok_or(RunError::NotFound)?;
        Ok(self.reader(store, RunHandle { run_id: run }, after))
    }

    /// Like [`Runner::events`], for whoever has just started the run: asks the store nothing.
    pub fn reader(&self, store: &TenantStore, run: RunHandle, after: Option<u64>) -> EventReader {
        let shared = (Arc::clone(&self.0.logs), Arc::clone(&self.0.hub));
        EventReader::new(
            run.run_id,
            after.unwrap_or(0),
            store.clone(),
            shared,
            self.0.config.poll_every,
        )
    }

    /// Starts no more runs, lets those under way finish for `grace`, marks the
    /// rest as interrupted, and stores everything.
    pub async fn shutdown(&self, grace: Duration) {
        let inner = &self.0;
        inner.stopping.cancel();
        inner.tracker.close();
        if tokio::time::timeout(grace, inner.tracker.wait()).await.is_err() {
            for control in inner.controls().into_values() {
                control.stop(StopCause::Interrupted);
            }
            inner.tracker.wait().await;
        }
        inner.stopped.cancel();
        inner.helpers.close();
        inner.helpers.wait().await;
    }
}

impl EventReader {
    /// The events one by one.
    pub fn into_stream(self) -> impl Stream<Item = (u64, AgentEvent)> + Send {
        stream::unfold(self, |mut reader| async {
            Some((stream::iter(reader.next_batch().await?), reader))
        })
        .flatten()
    }
}
