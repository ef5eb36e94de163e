//! Brings a run to rest: ends it, or lays it down for a human.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use crm_store::{
    StoreError,
    answers::{AnswerCitation, NewAnswer},
    approvals::{Approval, ApprovalState},
    ids::AnswerId,
    runs::RunEnd,
};
use tokio::time::sleep;

use crate::{
    Inner,
    drive::Rest,
    event::{AgentEvent, RunOutcome, ToolOutcome},
    log::{Closed, row_of},
    run::{RUN_ENDED, Run, Waiting},
    task::Task,
    usage::UsageMeter,
};

/// Attempts to write the end of a run, and the first pause between them.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);

impl Inner {
    pub(crate) async fn rest(&self, mut task: Task, rest: Rest) {
        task.run.worked_ms = task
            .run
            .worked_ms
            .saturating_add(u64::try_from(task.began.elapsed().as_millis()).unwrap_or(u64::MAX));
        match rest {
            Rest::Ended(outcome) => self.finish(&mut task, outcome).await,
            // Parked already: the store knows how it goes on.
            Rest::Waits => task.log.close(None, Closed::Elsewhere),
        }
        self.forget(&task);
    }

    /// Ends a run: what is left of the log, the answer, the citations, the
    /// ledger and the run's end are written in one transaction; then readers hear of it.
    pub(crate) async fn finish(&self, task: &mut Task, outcome: RunOutcome) {
        tracing::Span::current().record("outcome", outcome.as_str());
        self.owe_estimate(task);
        if task.spoke {
            // Stopped in the middle of a turn: what was said so far belongs to the transcript.
            let text = task.run.final_text().to_owned();
            task.run.said(text, Vec::new());
            task.spoke = false;
        }
        task.run.close_calls();
        for call_id in std::mem::take(&mut task.started) {
            let outcome = ToolOutcome::NotRun {
                reason: RUN_ENDED.to_owned(),
            };
            task.emit(AgentEvent::ToolFinished { call_id, outcome });
        }
        let end = AgentEvent::RunFinished {
            outcome,
            usage: task.run.usage,
            degraded: task.run.degraded.is_some(),
            degraded_reason: task.run.degraded,
        };
        let mut pause = PAUSE;
        for attempt in 1..=TRIES {
            match self.write_end(task, outcome, &end).await {
                Ok(true) => {
                    task.log.close(Some(end), Closed::Finished);
                    return;
                }
                Ok(false) => {
                    tracing::warn!("a run ended here that another process has taken over");
                    task.log.close(None, Closed::Elsewhere);
                    return;
                }
                Err(error) => tracing::warn!(
                    attempt,
                    error = &error as &dyn std::error::Error,
                    "the end of a run cannot be stored"
                ),
            }
            sleep(pause).await;
            pause *= 2;
        }
        // Readers must not wait for ever. The lease runs out, and whoever recovers
        // the run writes its end.
        task.log.close(Some(end), Closed::Finished);
    }

    /// False when another process has the run: then nothing is written.
    async fn write_end(
        &self,
        task: &Task,
        outcome: RunOutcome,
        end: &AgentEvent,
    ) -> Result<bool, StoreError> {
        let run = &task.run;
        let guard = task.log.storing.lock().await;
        let (mut rows, last) = task.log.unstored();
        let seq = last + 1;
        rows.push(row_of(run.id, seq, end));
        let mut tx = task.store.begin().await?;
        tx.run_events().append(&self.config.worker, &rows).await?;
        let written = RunEnd {
            outcome: outcome.as_str().to_owned(),
            transcript: json(&run.transcript)?,
            degraded: run.degraded.is_some(),
            degraded_reason: run.degraded.map(|reason| reason.as_str().to_owned()),
            usage: json(&run.usage)?,
        };
        if !tx
            .runs()
            .finish(run.id, &self.config.worker, seq, &written)
            .await?
        {
            return Ok(false);
        }
        if let Some(answer) = answer_of(run, outcome) {
            tx.answers().create(&answer).await?;
        }
        UsageMeter::settle_in(&mut tx, &task.owed).await?;
        tx.commit().await?;
        task.log.stored(seq);
        drop(guard);
        Ok(true)
    }

    /// Lays a run down until a human has decided; `Some` says how it goes on instead.
    pub(crate) async fn park(&self, task: &mut Task) -> Option<Rest> {
        match self.write_park(task).await {
            Ok(Parked::Done) => Some(Rest::Waits),
            Ok(Parked::News) => None,
            // Stopped at the last moment, or taken over; the end finds out which.
            Ok(Parked::Refused) => Some(Rest::Ended(RunOutcome::Cancelled)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a run that waits for a human cannot be kept"
                );
                Some(Rest::Ended(RunOutcome::Failed))
            }
        }
    }

    async fn write_park(&self, task: &mut Task) -> Result<Parked, StoreError> {
        let now = task.store.clock().now();
        let expires = now + TimeDelta::from_std(self.config.approval_ttl).unwrap_or(TimeDelta::days(1));
        let guard = Arc::clone(&task.log.storing).lock_owned().await;
        let mut parked = task.run.clone();
        let asked: Vec<Waiting> = parked
            .waiting
            .iter()
            .filter(|waiting| !waiting.proposed)
            .cloned()
            .collect();
        for waiting in &mut parked.waiting {
            waiting.proposed = true;
        }
        let events: Vec<AgentEvent> = asked
            .iter()
            .map(|waiting| AgentEvent::ApprovalRequired {
                call_id: waiting.call.id.clone(),
                tool: waiting.call.name.clone(),
                arguments: waiting.arguments.clone(),
            })
            .collect();
        let (mut rows, mut last) = task.log.unstored();
        for event in &events {
            last += 1;
            rows.push(row_of(task.run.id, last, event));
        }
        let mut tx = task.store.begin().await?;
        tx.run_events().append(&self.config.worker, &rows).await?;
        UsageMeter::settle_in(&mut tx, &task.owed).await?;
        let (transcript, kept) = (json(&parked.transcript)?, json(&parked)?);
        if !tx
            .runs()
            .park(parked.id, &self.config.worker, last, &transcript, &kept)
            .await?
        {
            return Ok(Parked::Refused);
        }
        // The run's row is locked now: whoever decides comes before this or finds it parked.
        let decided = tx.approvals().of_run(parked.id).await?;
        if decided.iter().any(|approval| is_news(&task.run, approval)) {
            return Ok(Parked::News);
        }
        for waiting in &asked {
            let call = &waiting.call;
            tx.approvals()
                .propose(parked.id, &call.id, &call.name, &waiting.arguments, expires)
                .await?;
        }
        tx.commit().await?;
        task.owed.clear();
        task.run = parked;
        for event in events {
            task.emit(event);
        }
        task.log.stored(last);
        drop(guard);
        Ok(Parked::Done)
    }
}

/// What came of laying a run down.
enum Parked {
    Done,
    /// Somebody has just decided: there is work.
    News,
    /// Somebody asked to stop the run, or another process has it.
    Refused,
}

/// Whether an approval decides a call that the run waits for.
pub(crate) fn is_news(run: &Run, approval: &Approval) -> bool {
    approval.state != ApprovalState::Pending
        && run
            .waiting
            .iter()
            .any(|waiting| waiting.proposed && waiting.call.id == approval.call_id)
}

/// What is stored as the answer: the text of the last turn, and of the citations
/// those whose markers stand in it.
fn answer_of(run: &Run, outcome: RunOutcome) -> Option<NewAnswer> {
    let text = run.final_text();
    if text.is_empty() || !matches!(outcome, RunOutcome::Completed | RunOutcome::Abstained) {
        return None;
    }
    let number = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
    let citations = run
        .citations
        .iter()
        .filter(|cited| text.contains(&format!("[{}]", cited.citation.marker)))
        .map(|cited| AnswerCitation {
            marker: i32::try_from(cited.citation.marker).unwrap_or(i32::MAX),
            article_id: cited.citation.article_id,
            version_id: cited.citation.version_id,
            start_byte: number(cited.start_byte),
            end_byte: number(cited.end_byte),
            start: number(cited.citation.start),
            end: number(cited.citation.end),
            quote: cited.citation.quote.clone(),
            score: cited.citation.score,
        })
        .collect();
    Some(NewAnswer {
        id: AnswerId::new(),
        run: run.id,
        question: run.question.clone(),
        text: text.to_owned(),
        outcome: outcome.as_str().to_owned(),
        citations,
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Corrupt {
        what: error.to_string(),
    })
}
