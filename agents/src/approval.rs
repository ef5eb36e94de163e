//! Decisions of people on calls that wait, and stopping runs.

use std::sync::Arc;

use crm_store::{
    Grant, StoreError, TenantStore, TenantTx,
    approvals::{Approval, ApprovalState},
    ids::RunId,
    runs::{Run as Row, RunState},
};
use crm_tools::ToolError;
use serde_json::Value;

use crate::{
    Inner, RunError, Runner,
    calls::After,
    drive::Slot,
    event::{AgentEvent, Decision},
    model::ToolResult,
    rest::is_news,
    run::{Run, Waiting},
    task::StopCause,
};

impl Runner {
    /// Decides a call that waits, as whoever `store` is open for. The run goes on
    /// in the same log, in this process, with the rights of whoever started it.
    /// `arguments` replace those that the model proposed; they are checked like its own.
    pub async fn decide(
        &self,
        store: &TenantStore,
        run: RunId,
        call_id: &str,
        decision: Decision,
        arguments: Option<Value>,
    ) -> Result<(), RunError> {
        let inner = Arc::clone(&self.0);
        let (store, call_id) = (store.clone(), call_id.to_owned());
        // A task of its own: whoever asked may hang up in the middle.
        let decided = self
            .0
            .tracker
            .spawn(async move { inner.decide(&store, run, &call_id, decision, arguments).await });
        decided.await.map_err(|_| RunError::Died)?
    }

    /// Stops a run, wherever it is worked on. Stopping one that has ended changes nothing.
    pub async fn cancel(&self, store: &TenantStore, run: RunId) -> Result<(), RunError> {
        let inner = Arc::clone(&self.0);
        let store = store.clone();
        self.0
            .tracker
            .spawn(async move { inner.cancel(&store, run).await })
            .await
            .map_err(|_| RunError::Died)?
    }
}

impl Inner {
    pub(crate) async fn decide(
        self: &Arc<Self>,
        store: &TenantStore,
        id: RunId,
        call_id: &str,
        decision: Decision,
        arguments: Option<Value>,
    ) -> Result<(), RunError> {
        if self.stopping.is_cancelled() {
            return Err(RunError::ShuttingDown);
        }
        let mut tx = store.begin().await?;
        let state = tx.runs().lock(id).await?.ok_or(RunError::NotFound)?;
        let approval = tx
            .approvals()
            .of_run(id)
            .await?
            .into_iter()
            .find(|approval| approval.call_id == call_id);
        let approval = approval.ok_or(RunError::Conflict("this run has no such call that waits"))?;
        if state == RunState::Finished {
            return Err(RunError::Conflict("the run has ended"));
        }
        if let Some(arguments) = &arguments {
            let row = tx.runs().get(id).await?.ok_or(RunError::NotFound)?;
            self.check_arguments(&row.agent, &approval, arguments)?;
        }
        let state = match decision {
            Decision::Approve => ApprovalState::Approve,
            Decision::Reject => ApprovalState::Reject,
            Decision::Expired => ApprovalState::Expired,
        };
        if !tx
            .approvals()
            .decide(id, call_id, state, arguments.as_ref())
            .await?
        {
            return Err(RunError::Conflict("this call was decided already"));
        }
        self.take_up(tx, store, id, None).await
    }

    pub(crate) async fn cancel(self: &Arc<Self>, store: &TenantStore, id: RunId) -> Result<(), RunError> {
        let mut tx = store.begin().await?;
        let state = tx.runs().lock(id).await?.ok_or(RunError::NotFound)?;
        tx.runs().request_cancel(id).await?;
        if state == RunState::AwaitingApproval {
            for approval in tx.approvals().of_run(id).await? {
                if approval.state == ApprovalState::Pending {
                    tx.approvals()
                        .decide(id, &approval.call_id, ApprovalState::Cancelled, None)
                        .await?;
                }
            }
            return self.take_up(tx, store, id, Some(StopCause::Cancelled)).await;
        }
        tx.commit().await?;
        self.stop(id, StopCause::Cancelled);
        Ok(())
    }

    /// Takes up a parked run in the transaction that gives it a reason to go on.
    /// One that is not parked has a process that finds out by itself.
    async fn take_up(
        self: &Arc<Self>,
        mut tx: TenantTx,
        store: &TenantStore,
        id: RunId,
        stop: Option<StopCause>,
    ) -> Result<(), RunError> {
        let taken = tx.runs().unpark(id, &self.lease(store.clock().now())).await?;
        tx.commit().await?;
        let Some((grant, row)) = taken else { return Ok(()) };
        let slot = self.slot_for_resumed();
        if let Err(error) = self.resume(&grant, row, slot, stop) {
            // Another version of the program wrote it. The lease runs out and recovery ends it.
            tracing::error!(run_id = %id, error = &error as &dyn std::error::Error, "a parked run cannot be read back");
        }
        Ok(())
    }

    fn resume(
        self: &Arc<Self>,
        grant: &Grant,
        row: Row,
        slot: Slot,
        stop: Option<StopCause>,
    ) -> Result<(), StoreError> {
        let damaged = |what: String| StoreError::Corrupt { what };
        let agent = self
            .agents
            .get(&row.agent)
            .cloned()
            .ok_or_else(|| damaged(format!("the agent {}", row.agent)))?;
        let last = row.last_seq.unsigned_abs();
        let run = Run::restore(row.parked.unwrap_or_default(), row.transcript)
            .map_err(|error| damaged(format!("a parked run: {error}")))?;
        let task = self.task(run, agent, self.store.open(grant), last);
        if let Some(cause) = stop {
            task.control.stop(cause);
        }
        self.tracker.spawn(Arc::clone(self).drive(task, slot));
        Ok(())
    }

    fn check_arguments(&self, agent: &str, approval: &Approval, arguments: &Value) -> Result<(), RunError> {
        let agent = self
            .agents
            .get(agent)
            .ok_or_else(|| RunError::UnknownAgent(agent.to_owned()))?;
        match agent.tools.check(&approval.tool, &arguments.to_string()) {
            Ok(_) => Ok(()),
            Err(ToolError::Correctable(message)) => Err(RunError::InvalidInput {
                pointer: "/arguments".to_owned(),
                message,
            }),
            Err(ToolError::Fatal(_)) => Err(RunError::Conflict("these arguments cannot be checked")),
        }
    }

    /// Carries out what people have decided; says whether more must be waited for.
    pub(crate) async fn decided(&self, task: &mut crate::task::Task) -> After {
        let approvals = async {
            let mut tx = task.store.begin().await?;
            let approvals = tx.approvals().of_run(task.run.id).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(approvals)
        };
        let approvals = match approvals.await {
            Ok(approvals) => approvals,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the decisions on a run cannot be read"
                );
                return After::Ended(crate::event::RunOutcome::Failed);
            }
        };
        for approval in approvals {
            if !is_news(&task.run, &approval) {
                continue;
            }
            let Some(at) = task
                .run
                .waiting
                .iter()
                .position(|waiting| waiting.call.id == approval.call_id)
            else {
                continue;
            };
            let Waiting {
                mut call,
                mut arguments,
                ..
            } = task.run.waiting.remove(at);
            let (decision, said) = match approval.state {
                ApprovalState::Approve => (Decision::Approve, None),
                ApprovalState::Expired => (
                    Decision::Expired,
                    Some("not run: nobody agreed to this call in time"),
                ),
                ApprovalState::Reject | ApprovalState::Pending | ApprovalState::Cancelled => (
                    Decision::Reject,
                    Some("not run: a person rejected this call; do not make it again"),
                ),
            };
            task.emit(AgentEvent::ApprovalDecided {
                call_id: call.id.clone(),
                decision,
            });
            if let Some(message) = said {
                task.run.answer(
                    &call,
                    ToolResult::Error {
                        message: message.to_owned(),
                    },
                );
                continue;
            }
            if let Some(edited) = approval.decided_arguments {
                task.run.amend(&call.id, &edited);
                call.arguments = edited.to_string();
                arguments = edited;
            }
            if let Some(outcome) = self.call_approved(task, call, arguments).await {
                return After::Ended(outcome);
            }
        }
        if task.run.waiting.is_empty() {
            After::Turn
        } else {
            After::Wait
        }
    }
}
