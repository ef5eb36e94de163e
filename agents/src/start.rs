//! From a request to a run that this process works on.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    TenantStore,
    ids::RunId,
    runs::{Lease, NewRun},
};
use crm_tools::ToolCtx;
use tokio::time::Instant;

use crate::{
    Agent, Inner, RunError, RunHandle, StartRun,
    drive::{QueuePlace, Slot},
    event::AgentEvent,
    markers::Markers,
    run::Run,
    task::{Control, StopCause, Task},
};

impl Inner {
    pub(crate) async fn start(
        self: &Arc<Self>,
        store: TenantStore,
        start: StartRun,
    ) -> Result<RunHandle, RunError> {
        if self.stopping.is_cancelled() {
            return Err(RunError::ShuttingDown);
        }
        let agent = self
            .agents
            .get(&start.agent)
            .cloned()
            .ok_or(RunError::UnknownAgent(start.agent))?;
        let opening = agent.open(start.input, &store).await?;
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
            question: run.question.clone(),
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
            settled: Vec::new(),
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
