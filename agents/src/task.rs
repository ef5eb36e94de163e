//! A run while this process works on it: its state, its log, and how to stop it.

use std::sync::{Arc, OnceLock};

use crm_store::TenantStore;
use crm_tools::{Settled, ToolCtx};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    Agent,
    event::{AgentEvent, RunOutcome},
    log::{LiveLog, Logs},
    markers::Markers,
    model::TokenUsage,
    run::Run,
    usage::Hold,
};

/// Why a run is stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// A person asked for it.
    Cancelled,
    /// The service stops.
    Interrupted,
    /// Another process has the run now; nothing may be written any more.
    Lost,
}

/// Stops a run, once.
#[derive(Debug, Default)]
pub(crate) struct Control {
    token: CancellationToken,
    cause: OnceLock<StopCause>,
}

impl Control {
    /// Stops the run. The first cause stands.
    pub(crate) fn stop(&self, cause: StopCause) {
        let _ = self.cause.set(cause);
        self.token.cancel();
    }

    /// Waits until somebody stops the run or its time is up; says how it ends then.
    pub(crate) async fn stopped(&self, deadline: Instant) -> RunOutcome {
        tokio::select! {
            biased;
            () = self.token.cancelled() => match self.cause.get() {
                Some(StopCause::Cancelled) => RunOutcome::Cancelled,
                // The end of a run that another process has is not written.
                Some(StopCause::Interrupted | StopCause::Lost) | None => RunOutcome::Interrupted,
            },
            () = sleep_until(deadline) => RunOutcome::TimeLimit,
        }
    }

    /// Waits for a model, a tool or a turn, but no longer than the run may: then
    /// the outcome comes back. What writes to the store is never cut short so,
    /// because half of it would leave a hold that nobody knows of.
    pub(crate) async fn unless_stopped<F: Future>(
        &self,
        deadline: Instant,
        work: F,
    ) -> Result<F::Output, RunOutcome> {
        tokio::select! {
            biased;
            outcome = self.stopped(deadline) => Err(outcome),
            done = work => Ok(done),
        }
    }
}

/// What an attempt has cost, to be settled.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) hold: Hold,
    pub(crate) usage: TokenUsage,
}

/// A run that this process works on.
pub(crate) struct Task {
    pub(crate) run: Run,
    pub(crate) agent: Arc<Agent>,
    pub(crate) store: TenantStore,
    pub(crate) ctx: ToolCtx,
    pub(crate) logs: Arc<Logs>,
    pub(crate) log: Arc<LiveLog>,
    pub(crate) control: Arc<Control>,
    /// The attempt that is held and not over.
    pub(crate) open: Option<Hold>,
    /// Whether the provider was asked in that attempt.
    pub(crate) asked: bool,
    /// Attempts that are over and not settled.
    pub(crate) owed: Vec<Owed>,
    /// Tokens of the entries of the transcript.
    pub(crate) sizes: Vec<u64>,
    /// Finds the markers in the text of the present attempt.
    pub(crate) markers: Markers,
    /// Whether the present attempt has shown text.
    pub(crate) spoke: bool,
    /// Calls that were started and have not ended.
    pub(crate) started: Vec<String>,
    /// What calls have settled the run with, by call.
    pub(crate) settled: Vec<(String, Settled)>,
    /// Markers that point at nothing that can be quoted.
    pub(crate) refused: Vec<u32>,
    pub(crate) began: Instant,
    /// When the run has worked for as long as it may.
    pub(crate) deadline: Instant,
}

impl Task {
    /// Appends an event to the run's log.
    pub(crate) fn emit(&self, event: AgentEvent) {
        self.logs.append(&self.log, event);
    }

    pub(crate) fn note(&self, text: &str, restarts_answer: bool) {
        self.emit(AgentEvent::Note {
            text: text.to_owned(),
            restarts_answer,
        });
    }

    /// An attempt is over: its tokens count, and are to be settled.
    pub(crate) fn owe(&mut self, hold: Hold, usage: TokenUsage) {
        let total = &mut self.run.usage;
        total.model_calls += 1;
        total.tokens.input_tokens += usage.input_tokens;
        total.tokens.output_tokens += usage.output_tokens;
        total.tokens.cached_input_tokens += usage.cached_input_tokens;
        total.tokens.estimated |= usage.estimated;
        total.cost_nano_usd = total.cost_nano_usd.saturating_add(hold.cost(&usage).0);
        self.owed.push(Owed { hold, usage });
    }
}
