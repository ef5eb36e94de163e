//! The way in: starts runs, follows them, stops them, and keeps them alive.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use crm_rag::Retriever;
use crm_store::{
    Store, TenantStore,
    ids::{ConversationId, RunId},
    prices::Rates,
    runs::{Lease, NewRun},
};
use crm_tools::ToolCtx;
use futures::{Stream, StreamExt, stream};
use serde_json::Value;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Agent, RunError,
    drive::{QueuePlace, Slot},
    event::AgentEvent,
    log::{EventReader, Flusher, Hub, Logs},
    markers::Markers,
    model::Fallback,
    run::Run,
    task::{Control, StopCause, Task},
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
    retriever: OpenRetriever,
    controls: Mutex<HashMap<RunId, Arc<Control>>>,
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

impl Inner {
    async fn start(self: &Arc<Self>, store: TenantStore, start: StartRun) -> Result<RunHandle, RunError> {
        if self.stopping.is_cancelled() {
            return Err(RunError::ShuttingDown);
        }
        let agent = self
            .agents
            .get(&start.agent)
            .cloned()
            .ok_or(RunError::UnknownAgent(start.agent))?;
        let opening = agent.open(start.input)?;
        self.meter.prices.ensure(&self.store).await?;
        let slot = self.slot()?;
        let run = Run::new(RunId::new(), &agent.name, opening);
        let now = store.clock().now();
        let new = NewRun {
            id: run.id,
            agent: agent.name.clone(),
            input: run.input.clone(),
            conversation_id: start.conversation_id,
            queued: matches!(slot, Slot::Queued(_)),
            lease: self.lease(now),
        };
        let mut sizes = Vec::new();
        // The first call is held with the run itself: a spent budget is an error
        // of this request, and no round trip more stands before the first word.
        let planned = match (&slot, self.models.at(0), self.models.down(0)) {
            (Slot::Free(_), Some(model), None) => {
                self.meter.plan(&run, &mut sizes, &agent, model.profile(), now)
            }
            _ => None,
        };
        let planned = planned.filter(|planned| {
            let (tokens, cost) = planned.worst_case();
            agent.limits.has_room(&run, tokens, cost)
        });
        let mut tx = store.begin().await?;
        tx.runs().create(&new).await?;
        let open = match planned {
            Some(planned) => Some(planned.write(&mut tx).await?),
            None => None,
        };
        tx.commit().await?;
        let mut task = self.task(run, agent, store, 0);
        task.open = open;
        task.sizes = sizes;
        let run_id = task.run.id;
        task.emit(AgentEvent::RunStarted {
            run_id,
            agent: task.run.agent.clone(),
        });
        self.tracker.spawn(Arc::clone(self).drive(task, slot));
        Ok(RunHandle { run_id })
    }

    /// A run that this process works on from now on.
    pub(crate) fn task(&self, run: Run, agent: Arc<Agent>, store: TenantStore, last: u64) -> Task {
        let control = Arc::new(Control::default());
        self.controls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.id, Arc::clone(&control));
        let began = Instant::now();
        let left = agent
            .limits
            .wall_time
            .saturating_sub(Duration::from_millis(run.worked_ms));
        let ctx = ToolCtx {
            store: store.clone(),
            retriever: (self.retriever)(&store),
            refs: run.refs.clone(),
        };
        Task {
            log: self.logs.open(run.id, store.clone(), last),
            logs: Arc::clone(&self.logs),
            run,
            agent,
            store,
            ctx,
            control,
            open: None,
            asked: false,
            owed: Vec::new(),
            sizes: Vec::new(),
            markers: Markers::default(),
            spoke: false,
            started: Vec::new(),
            refused: Vec::new(),
            began,
            deadline: began + left,
        }
    }

    /// The run is at rest: this process no longer works on it.
    pub(crate) fn forget(&self, task: &Task) {
        let mut controls = self.controls.lock().unwrap_or_else(PoisonError::into_inner);
        if controls
            .get(&task.run.id)
            .is_some_and(|known| Arc::ptr_eq(known, &task.control))
        {
            controls.remove(&task.run.id);
        }
        drop(controls);
        self.logs.remove(&task.log);
    }

    /// Stops a run if this process works on it.
    pub(crate) fn stop(&self, run: RunId, cause: StopCause) {
        let controls = self.controls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(control) = controls.get(&run) {
            control.stop(cause);
        }
    }

    /// The runs that this process works on now.
    pub(crate) fn controls(&self) -> HashMap<RunId, Arc<Control>> {
        self.controls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn lease(&self, now: DateTime<Utc>) -> Lease {
        let time = TimeDelta::from_std(self.config.lease).unwrap_or(TimeDelta::seconds(30));
        Lease {
            worker: self.config.worker.clone(),
            until: now + time,
        }
    }

    /// Leave to work on a new run, now or when one ends.
    fn slot(self: &Arc<Self>) -> Result<Slot, RunError> {
        if let Ok(free) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(Slot::Free(free));
        }
        let place = self.queue();
        if self.queued.load(Ordering::Acquire) > self.config.max_queued {
            Err(RunError::Busy)
        } else {
            Ok(place)
        }
    }

    /// Leave for a run that was decided on: it has waited already, so it is never refused.
    pub(crate) fn slot_for_resumed(self: &Arc<Self>) -> Slot {
        Arc::clone(&self.slots)
            .try_acquire_owned()
            .map_or_else(|_| self.queue(), Slot::Free)
    }

    fn queue(self: &Arc<Self>) -> Slot {
        self.queued.fetch_add(1, Ordering::AcqRel);
        Slot::Queued(QueuePlace(Arc::clone(self)))
    }
}
