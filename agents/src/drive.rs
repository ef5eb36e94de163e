//! Drives a run from turn to turn until it ends or waits for a human.
//!
//! The task owns the run; readers only watch. Whatever happens - a limit, a
//! cancel, a panic of a tool - the run ends through [`Inner::finish`].

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

use crate::{Inner, calls::After, event::RunOutcome, task::Task, turn::Turn};

/// How the work on a run came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Ended(RunOutcome),
    /// A human must decide.
    Waits,
}

/// Leave to work on a run, at once or later.
pub(crate) enum Slot {
    Free(OwnedSemaphorePermit),
    /// In the queue; the guard counts the place.
    Queued(QueuePlace),
}

/// A place in the queue, given back when it is dropped.
pub(crate) struct QueuePlace(pub(crate) Arc<Inner>);

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, std::sync::atomic::Ordering::AcqRel);
    }
}

impl Inner {
    /// Works on a run until it is at rest.
    pub(crate) async fn drive(self: Arc<Self>, mut task: Task, slot: Slot) {
        let span = tracing::info_span!(
            "agent.run",
            "gen_ai.operation.name" = "invoke_agent",
            "gen_ai.agent.name" = task.run.agent,
            run_id = %task.run.id,
            tenant_id = %task.store.grant().tenant(),
            outcome = tracing::field::Empty,
        );
        async {
            let mut slot = Some(slot);
            let mut permit = None;
            let rest = loop {
                let work = AssertUnwindSafe(self.work(&mut task, &mut slot, &mut permit)).catch_unwind();
                let rest = work.await.unwrap_or_else(|_| {
                    tracing::error!("a run panicked");
                    Rest::Ended(RunOutcome::Failed)
                });
                match rest {
                    Rest::Waits => {
                        if let Some(rest) = self.park(&mut task).await {
                            break rest;
                        }
                    }
                    ended @ Rest::Ended(_) => break ended,
                }
            };
            self.rest(task, rest).await;
            drop(permit);
        }
        .instrument(span)
        .await;
    }

    async fn work(
        self: &Arc<Self>,
        task: &mut Task,
        slot: &mut Option<Slot>,
        permit: &mut Option<OwnedSemaphorePermit>,
    ) -> Rest {
        match slot.take() {
            None => {}
            Some(Slot::Free(free)) => *permit = Some(free),
            Some(Slot::Queued(place)) => {
                let turn = Arc::clone(&self.slots).acquire_owned();
                match task.control.unless_stopped(task.deadline, turn).await {
                    Ok(Ok(free)) => *permit = Some(free),
                    Ok(Err(_)) => return Rest::Ended(RunOutcome::Interrupted),
                    Err(outcome) => return Rest::Ended(outcome),
                }
                drop(place);
                if !self.begin(task).await {
                    return Rest::Ended(RunOutcome::Interrupted);
                }
            }
        }
        loop {
            if let Err(outcome) = task
                .control
                .unless_stopped(task.deadline, std::future::ready(()))
                .await
            {
                return Rest::Ended(outcome);
            }
            if !task.run.waiting.is_empty() {
                match self.decided(task).await {
                    After::Turn => {}
                    After::Wait => return Rest::Waits,
                    After::Ended(outcome) => return Rest::Ended(outcome),
                }
            }
            if let Some(outcome) = task.settle_with_cards() {
                return Rest::Ended(outcome);
            }
            match self.turn(task).await {
                Turn::Ended(outcome) => return Rest::Ended(outcome),
                Turn::Called(calls) => match self.call_tools(task, calls).await {
                    After::Turn => self.hand_over(task),
                    After::Wait => return Rest::Waits,
                    After::Ended(outcome) => return Rest::Ended(outcome),
                },
            }
        }
    }

    /// A queued run has its turn. False when another process has it.
    async fn begin(&self, task: &Task) -> bool {
        let begun = async {
            let mut tx = task.store.begin().await?;
            let mine = tx.runs().begin(task.run.id, &self.config.worker).await?;
            tx.commit().await?;
            Ok::<_, crm_store::StoreError>(mine)
        };
        // Without the store the hold that follows fails and says so.
        begun.await.unwrap_or(true)
    }
}
