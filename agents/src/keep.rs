//! Keeps runs alive and the ledger clean: heartbeat, recovery, sweeps, expiry.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crm_store::{
    StoreError,
    ids::RunId,
    run_events::NewRunEvents,
    run_leases::LostRun,
    runs::{RunEnd, RunState},
};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Inner, RunError, Runner,
    event::{AgentEvent, Decision, DegradedReason, RunOutcome, ToolOutcome, Usage},
    log::{GAP, events_of, row_of},
    model::{Entry, TokenUsage, ToolResult},
    run::RUN_ENDED,
    task::StopCause,
};

/// Rows of one pass.
const BATCH: i64 = 200;
/// How often prices are read again, in heartbeats.
const PRICES_EVERY: u32 = 6;

impl Runner {
    /// Ends the runs that a lost process left behind and settles what they held.
    /// Call it at the start; afterwards the heartbeat does. Says how many runs there were.
    pub async fn recover(&self) -> Result<usize, RunError> {
        let runs = self.0.recover(self.0.config.sole).await?;
        self.0.sweep().await?;
        Ok(runs)
    }

    /// Does at once what the heartbeat does by and by: extends leases, ends lost
    /// runs, settles lost holds, ends the wait for late decisions.
    pub async fn maintain(&self) -> Result<(), RunError> {
        Ok(self.0.maintain().await?)
    }
}

impl Inner {
    /// Works until the runner has stopped.
    pub(crate) async fn keep(self: Arc<Self>) {
        let third = (self.config.lease / 3).max(Duration::from_millis(50));
        let mut beats = interval(third);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick comes at once; there is nothing to keep yet.
        beats.tick().await;
        let mut beat = 0_u32;
        while self.stopped.run_until_cancelled(beats.tick()).await.is_some() {
            if let Err(error) = self.maintain().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "runs cannot be kept alive in the store"
                );
            }
            beat = beat.wrapping_add(1);
            if beat.is_multiple_of(PRICES_EVERY)
                && let Err(error) = self.meter.prices.load(&self.store).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the price list cannot be read again"
                );
            }
        }
    }

    async fn maintain(self: &Arc<Self>) -> Result<(), StoreError> {
        self.beat().await?;
        self.recover(false).await?;
        self.sweep().await?;
        self.expire().await
    }

    /// Extends the leases of this process, and hears of stops and losses.
    async fn beat(&self) -> Result<(), StoreError> {
        // Before the store is asked: a run that comes in between is not missing.
        let working = self.controls();
        if working.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.system().await?;
        let lease = self.lease(tx.now());
        let runs: Vec<RunId> = working.keys().copied().collect();
        let kept = tx.run_leases().extend(&lease, &runs).await?;
        tx.commit().await?;
        let mut mine = HashSet::new();
        for leased in kept {
            mine.insert(leased.id);
            if leased.cancel_requested_at.is_some() {
                self.stop(leased.id, StopCause::Cancelled);
            }
        }
        for (run, control) in working {
            if !mine.contains(&run) {
                control.stop(StopCause::Lost);
            }
        }
        Ok(())
    }

    async fn recover(&self, sole: bool) -> Result<usize, StoreError> {
        let mut ended = 0;
        loop {
            let mut tx = self.store.system().await?;
            let lease = self.lease(tx.now());
            let lost = tx.run_leases().take_lost(&lease, sole, BATCH).await?;
            tx.commit().await?;
            if lost.is_empty() {
                return Ok(ended);
            }
            for run in lost {
                self.interrupt(run).await?;
                ended += 1;
            }
        }
    }

    /// Writes the end of a run whose process is gone, above every number that it
    /// may have given out.
    async fn interrupt(&self, orphan: LostRun) -> Result<(), StoreError> {
        let mut tx = self.store.open(&orphan.grant).begin().await?;
        let Some(row) = tx.runs().get(orphan.id).await? else {
            return Ok(());
        };
        if row.state == RunState::Finished {
            return Ok(());
        }
        let mut last = row.last_seq.unsigned_abs();
        let mut open = Vec::new();
        let mut tool_calls = 0;
        loop {
            let rows = tx.run_events().after(orphan.id, last, BATCH).await?;
            let Some(end) = rows.last().map(|row| row.seq_end.unsigned_abs()) else {
                break;
            };
            for (_, event) in rows.into_iter().flat_map(|row| events_of(row, last)) {
                match event {
                    AgentEvent::ToolStarted { call_id, .. } => {
                        tool_calls += 1;
                        open.push(call_id);
                    }
                    AgentEvent::ToolFinished { call_id, .. } => open.retain(|open| *open != call_id),
                    _ => {}
                }
            }
            last = end;
        }
        tx.ledger().settle_run(orphan.id).await?;
        let spent = tx.usage().of_run(orphan.id).await?;
        let usage = Usage {
            tokens: TokenUsage {
                input_tokens: spent.tokens.input,
                output_tokens: spent.tokens.output,
                cached_input_tokens: spent.tokens.cached_input,
                estimated: true,
            },
            model_calls: spent.calls,
            tool_calls,
            cost_nano_usd: spent.cost.0,
        };
        let degraded: Option<DegradedReason> = row
            .degraded_reason
            .as_ref()
            .and_then(|reason| serde_json::from_value(Value::String(reason.clone())).ok());
        let mut rows = Vec::new();
        if last == 0 {
            // Nothing was stored, but the first number was given out for this.
            last = 1;
            let begun = AgentEvent::RunStarted {
                run_id: orphan.id,
                agent: row.agent.clone(),
            };
            rows.push(row_of(orphan.id, last, &begun));
        }
        let mut events = Vec::new();
        events.extend(open.into_iter().map(|call_id| AgentEvent::ToolFinished {
            call_id,
            outcome: ToolOutcome::NotRun {
                reason: RUN_ENDED.to_owned(),
            },
        }));
        events.push(AgentEvent::RunFinished {
            outcome: RunOutcome::Interrupted,
            usage,
            degraded: row.degraded,
            degraded_reason: degraded,
        });
        let (ends, last) = above(orphan.id, last, &events);
        rows.extend(ends);
        tx.run_events().append(&self.config.worker, &rows).await?;
        let end = RunEnd {
            outcome: RunOutcome::Interrupted.as_str().to_owned(),
            transcript: well_formed(row.transcript),
            degraded: row.degraded,
            degraded_reason: row.degraded_reason,
            usage: serde_json::to_value(usage).unwrap_or_default(),
        };
        tx.runs()
            .finish(orphan.id, &self.config.worker, last, &end)
            .await?;
        tx.commit().await?;
        tracing::warn!(run_id = %orphan.id, "a run was interrupted: the process that worked on it is gone");
        Ok(())
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        loop {
            let mut tx = self.store.system().await?;
            let settled = tx.sweep_ledger(BATCH).await?;
            tx.commit().await?;
            if settled > 0 {
                tracing::warn!(
                    settled,
                    "holds whose process is gone were settled at the held amount"
                );
            }
            if settled < BATCH.unsigned_abs() {
                return Ok(());
            }
        }
    }

    /// Ends the wait for decisions that nobody made in time.
    async fn expire(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut tx = self.store.system().await?;
        let late = tx.run_leases().expired_approvals(BATCH).await?;
        tx.commit().await?;
        for approval in late {
            let store = self.store.open(&approval.grant);
            match self
                .decide(&store, approval.run, &approval.call_id, Decision::Expired, None)
                .await
            {
                // Decided or stopped a moment ago.
                Ok(()) | Err(RunError::Conflict(_) | RunError::NotFound | RunError::ShuttingDown) => {}
                Err(RunError::Store(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a decision that is late cannot be ended"
                    );
                }
            }
        }
        Ok(())
    }
}

/// The events with numbers above the gap, and the last of these.
fn above(run: RunId, last: u64, events: &[AgentEvent]) -> (Vec<NewRunEvents>, u64) {
    let mut seq = last.saturating_add(GAP);
    let rows = events
        .iter()
        .map(|event| {
            seq += 1;
            row_of(run, seq, event)
        })
        .collect();
    (rows, seq)
}

/// A stored transcript in which every call has a result.
fn well_formed(transcript: Value) -> Value {
    let Ok(mut entries) = serde_json::from_value::<Vec<Entry>>(transcript.clone()) else {
        return transcript;
    };
    let mut open = Vec::new();
    for entry in &entries {
        match entry {
            Entry::Assistant { tool_calls, .. } => open.extend(tool_calls.clone()),
            Entry::ToolResult { call_id, .. } => open.retain(|call| call.id != *call_id),
            Entry::User { .. } => {}
        }
    }
    entries.extend(open.into_iter().map(|call| Entry::ToolResult {
        call_id: call.id,
        tool: call.name,
        result: ToolResult::Error {
            message: RUN_ENDED.to_owned(),
        },
    }));
    serde_json::to_value(entries).unwrap_or(transcript)
}
