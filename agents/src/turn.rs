//! One turn: a model says something and perhaps calls tools.

use std::sync::Arc;

use crm_store::StoreError;
use futures::StreamExt;
use tracing::{Instrument, field};

use crate::{
    Inner,
    event::{DegradedReason, RunOutcome},
    log::GAP,
    markers::Markers,
    model::{ModelEvent, ModelProfile, ModelStream, StopReason, TokenUsage, ToolCall},
    task::{Owed, Task},
};

/// The turns that the floor needs for an answer: to read, to ask, and to say that there is none.
const TURNS_OF_THE_FLOOR: u32 = 3;
/// What a reader is told when the floor answers although a model was there.
const NO_ANSWER: &str = "The language model came to no answer: this one is made without it.";

/// How a turn went.
#[derive(Debug)]
pub(crate) enum Turn {
    /// The model called these tools and wants to hear of them.
    Called(Vec<ToolCall>),
    /// The run is over.
    Ended(RunOutcome),
}

/// How one attempt of one model went.
enum Attempt {
    Said(Vec<ToolCall>, StopReason),
    /// This model failed: the next one takes the turn from its start.
    Failed(DegradedReason),
    Ended(RunOutcome),
}

/// How the stream of an attempt ended.
enum Streamed {
    Finished(Vec<ToolCall>, StopReason, TokenUsage),
    Broke(DegradedReason),
    Stopped(RunOutcome),
}

impl Inner {
    /// Lets a model take a turn; when it fails, the next one, down to the floor.
    pub(crate) async fn turn(&self, task: &mut Task) -> Turn {
        if let Some(outcome) = task.agent.limits.before_turn(&task.run) {
            return Turn::Ended(outcome);
        }
        if task.log.behind() >= GAP {
            // Never reached within the limits; numbers would be given twice after a crash.
            return Turn::Ended(RunOutcome::Failed);
        }
        if !task.run.text.is_empty() {
            task.run.text_before = true;
            task.run.text.clear();
        }
        task.run.turns += 1;
        loop {
            let Some(profile) = self
                .models
                .at(task.run.model)
                .map(|model| model.profile().clone())
            else {
                tracing::error!(run_id = %task.run.id, "every model failed, the floor too");
                return Turn::Ended(RunOutcome::Failed);
            };
            if profile.is_floor && task.run.degraded.is_none() {
                task.run.degraded = Some(task.run.failed.unwrap_or(DegradedReason::NoModel));
            }
            let span = tracing::info_span!(
                "agent.turn",
                "gen_ai.operation.name" = "chat",
                "gen_ai.provider.name" = profile.provider,
                "gen_ai.request.model" = profile.model,
                "gen_ai.usage.input_tokens" = field::Empty,
                "gen_ai.usage.output_tokens" = field::Empty,
                turn = task.run.turns,
            );
            let attempt = match self.models.down(task.run.model) {
                Some(reason) if task.open.is_none() => Attempt::Failed(reason),
                _ => self.attempt(task, &profile).instrument(span).await,
            };
            match attempt {
                Attempt::Said(calls, reason) => return Self::said(task, calls, reason),
                Attempt::Failed(reason) => self.pass_over(task, reason),
                Attempt::Ended(outcome) => return Turn::Ended(outcome),
            }
        }
    }

    async fn attempt(&self, task: &mut Task, profile: &ModelProfile) -> Attempt {
        task.markers = Markers::default();
        task.spoke = false;
        if task.open.is_none()
            && let Some(stopped) = self.hold(task, profile).await
        {
            return stopped;
        }
        let output = task.open.as_ref().map_or(0, |hold| hold.output_tokens);
        let request = task.run.request(task.agent.tools.specs(), output);
        task.asked = true;
        let asking = self.models.ask_only(task.run.model, &request);
        let streamed = match task.control.unless_stopped(task.deadline, asking).await {
            Ok(Ok(stream)) => self.listen(task, stream).await,
            Ok(Err(reason)) => {
                // Refused before it began: it costs nothing, and its hold is in nobody's way.
                task.asked = false;
                self.owe_estimate(task);
                self.settle(task).await;
                return Attempt::Failed(reason);
            }
            Err(outcome) => return Attempt::Ended(outcome),
        };
        match streamed {
            Ok(Streamed::Finished(calls, reason, usage)) => {
                let span = tracing::Span::current();
                span.record("gen_ai.usage.input_tokens", usage.input_tokens);
                span.record("gen_ai.usage.output_tokens", usage.output_tokens);
                if let Some(hold) = task.open.take() {
                    task.owe(hold, usage);
                }
                let withheld = reason == StopReason::ContentFilter && task.agent.speaks;
                if calls.is_empty() && task.run.final_text().is_empty() && !withheld {
                    return Attempt::Failed(if task.agent.speaks {
                        DegradedReason::ModelRejected
                    } else {
                        DegradedReason::ModelErred
                    });
                }
                Attempt::Said(calls, reason)
            }
            Ok(Streamed::Broke(reason)) => {
                self.owe_estimate(task);
                self.settle(task).await;
                Attempt::Failed(reason)
            }
            Ok(Streamed::Stopped(outcome)) => Attempt::Ended(outcome),
            Err(error) => {
                tracing::error!(
                    run_id = %task.run.id,
                    error = &error as &dyn std::error::Error,
                    "a citation cannot be checked: the store fails"
                );
                self.owe_estimate(task);
                Attempt::Ended(RunOutcome::Failed)
            }
        }
    }

    /// Holds the worst case of the next call. Something comes back when there is no room for it.
    async fn hold(&self, task: &mut Task, profile: &ModelProfile) -> Option<Attempt> {
        let now = task.store.clock().now();
        let Some(planned) = self
            .meter
            .plan(&task.run, &mut task.sizes, &task.agent, profile, now)
        else {
            return Some(Attempt::Failed(DegradedReason::ModelRejected));
        };
        let (tokens, cost) = planned.worst_case();
        if !task.agent.limits.has_room(&task.run, tokens, cost) {
            return Some(Attempt::Ended(RunOutcome::BudgetLimit));
        }
        match self.meter.hold(&task.store, planned).await {
            Ok(hold) => {
                task.open = Some(hold);
                task.asked = false;
                None
            }
            Err(StoreError::BudgetSpent { name, .. }) => {
                task.note(&format!("The budget {name} is spent."), false);
                Some(Attempt::Ended(RunOutcome::BudgetSpent))
            }
            Err(error) => {
                tracing::error!(
                    run_id = %task.run.id,
                    error = &error as &dyn std::error::Error,
                    "a call cannot be held in the ledger"
                );
                Some(Attempt::Ended(RunOutcome::Failed))
            }
        }
    }

    /// Reads a model's stream to its end.
    async fn listen(&self, task: &mut Task, mut stream: ModelStream) -> Result<Streamed, StoreError> {
        let mut calls = Vec::new();
        let control = Arc::clone(&task.control);
        let stopped = control.stopped(task.deadline);
        tokio::pin!(stopped);
        loop {
            let event = tokio::select! {
                biased;
                outcome = &mut stopped => return Ok(Streamed::Stopped(outcome)),
                event = stream.next() => event,
            };
            let Some(event) = event else { break };
            match event {
                Ok(ModelEvent::TextDelta(text)) if task.agent.speaks => task.say(&text).await?,
                Ok(ModelEvent::TextDelta(_)) => {}
                Ok(ModelEvent::ToolCall(call)) => calls.push(call),
                Ok(ModelEvent::Answering(by)) => task.run.degraded = task.run.degraded.or(by.degraded),
                Ok(ModelEvent::Finished { reason, usage }) => {
                    task.say_rest().await?;
                    return Ok(Streamed::Finished(calls, reason, usage));
                }
                Err(error) => {
                    tracing::warn!(
                        run_id = %task.run.id,
                        error = &error as &dyn std::error::Error,
                        "a model broke off in the middle of its turn"
                    );
                    return Ok(Streamed::Broke(crate::model::fallback::reason(&error)));
                }
            }
        }
        tracing::warn!(run_id = %task.run.id, "a model ended its turn without saying so");
        Ok(Streamed::Broke(DegradedReason::ModelRejected))
    }

    fn said(task: &mut Task, calls: Vec<ToolCall>, reason: StopReason) -> Turn {
        let text = task.run.final_text().to_owned();
        let calls = task.run.said(text, calls);
        task.spoke = false;
        match reason {
            StopReason::Length if calls.is_empty() => task.note("The answer was cut at its longest.", false),
            StopReason::ContentFilter => task.note("The provider withheld the rest of the answer.", false),
            StopReason::Abstained => task.run.abstained = true,
            StopReason::Stop | StopReason::ToolCalls | StopReason::Length => {}
        }
        if !calls.is_empty() {
            return Turn::Called(calls);
        }
        // An answer that looked something up and quotes nothing of it found nothing.
        let abstained = task.run.abstained || (task.run.searched && task.run.citations.is_empty());
        Turn::Ended(if abstained {
            RunOutcome::Abstained
        } else {
            RunOutcome::Completed
        })
    }

    /// The next model takes the turn from its start. What the reader has seen
    /// stays: taking text back would need readers that can, and some have spoken
    /// it or copied it. They are told that the answer begins anew.
    fn pass_over(&self, task: &mut Task, reason: DegradedReason) {
        task.run.failed = task.run.failed.or(Some(reason));
        task.run.model += 1;
        let floor_next = self
            .models
            .at(task.run.model)
            .is_some_and(|model| model.profile().is_floor);
        if task.spoke {
            task.note("The model broke off; the answer starts again.", true);
            task.run.text_before = true;
            task.run.text.clear();
        } else if floor_next && reason == DegradedReason::ModelErred {
            task.note(NO_ANSWER, false);
        } else if floor_next {
            task.note(
                "No language model can be reached: the answer is put together from the sources.",
                false,
            );
        }
        task.markers = Markers::default();
        task.spoke = false;
    }

    /// Gives the run to the floor when its model has had its repairs, or has left no more turns than the floor needs.
    pub(crate) fn hand_over(&self, task: &mut Task) {
        let Some(repairs) = task.agent.repairs else {
            return;
        };
        if task.run.model >= self.models.floor() || !task.settled.is_empty() {
            return;
        }
        task.run.failed_turns += u32::from(task.run.last_turn_failed());
        let left = task.agent.limits.turns.saturating_sub(task.run.turns);
        if task.run.failed_turns > repairs || left <= TURNS_OF_THE_FLOOR {
            task.run.failed = task.run.failed.or(Some(DegradedReason::ModelErred));
            task.run.model = self.models.floor();
            task.note(NO_ANSWER, false);
        }
    }

    /// Settles what is owed; what cannot be settled now stays owed.
    pub(crate) async fn settle(&self, task: &mut Task) {
        match self.meter.settle(&task.store, &task.owed).await {
            Ok(()) => task.owed.clear(),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a call is settled later"
            ),
        }
    }

    /// The open attempt is over and its provider reported nothing.
    pub(crate) fn owe_estimate(&self, task: &mut Task) {
        let Some(hold) = task.open.take() else { return };
        if task.asked {
            let profile = self
                .models
                .at(task.run.model)
                .map(crate::model::ChatModel::profile);
            let usage = hold.estimated(profile, &task.run.text);
            task.owe(hold, usage);
        } else {
            task.owed.push(Owed {
                hold,
                usage: TokenUsage::default(),
            });
        }
    }
}
