//! A run as one value, for those who do not want a stream.

use crm_store::{TenantStore, ids::RunId};
use serde::Serialize;
use serde_json::Value;

use crate::{
    EventReader, RunError, Runner, StartRun,
    event::{AgentEvent, Citation, DegradedReason, RunOutcome, ToolOutcome, Usage},
};

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunResult {
    /// The run.
    pub run_id: RunId,
    /// The answer: what was said since the last call of a tool, or since the
    /// answer last began anew.
    pub text: String,
    /// What the markers in the answer point at.
    pub citations: Vec<Citation>,
    /// What tools answered with, for pages to draw.
    pub cards: Vec<Value>,
    /// The tools that were called.
    pub tool_calls: Vec<CalledTool>,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// How it ended; `None` when it waits for a human.
    pub outcome: Option<RunOutcome>,
    /// What it used.
    pub usage: Usage,
    /// Whether the floor stood in for a model.
    pub degraded: bool,
    /// Why it did.
    pub degraded_reason: Option<DegradedReason>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalledTool {
    /// The call.
    pub call_id: String,
    /// The tool.
    pub tool: String,
    /// The arguments.
    pub arguments: Value,
    /// How it ended.
    pub outcome: Option<ToolOutcome>,
}

impl Runner {
    /// Starts a run and follows it until it ends or waits for a human.
    pub async fn run_to_end(&self, store: &TenantStore, start: StartRun) -> Result<RunResult, RunError> {
        let run = self.start(store, start).await?;
        collect(run.run_id, self.reader(store, run, None)).await
    }
}

/// Reads a log until the run ends or waits for a human.
pub async fn collect(run_id: RunId, mut reader: EventReader) -> Result<RunResult, RunError> {
    let mut result = RunResult {
        run_id,
        text: String::new(),
        citations: Vec::new(),
        cards: Vec::new(),
        tool_calls: Vec::new(),
        notes: Vec::new(),
        outcome: None,
        usage: Usage::default(),
        degraded: false,
        degraded_reason: None,
    };
    while let Some(batch) = reader.next_batch().await {
        for (_, event) in batch {
            let waits = matches!(event, AgentEvent::ApprovalRequired { .. });
            if result.take(event) {
                result.tidy();
                return Ok(result);
            }
            if waits {
                result.tidy();
                return Ok(result);
            }
        }
    }
    Err(RunError::Died)
}

impl RunResult {
    /// Adds an event; true when it is the last.
    fn take(&mut self, event: AgentEvent) -> bool {
        match event {
            AgentEvent::TextDelta { text } => self.text.push_str(&text),
            AgentEvent::Citation(citation) => self.citations.push(citation),
            AgentEvent::Card { card, .. } => self.cards.push(card),
            AgentEvent::ToolStarted {
                call_id,
                tool,
                arguments,
            } => {
                self.text.clear();
                self.tool_calls.push(CalledTool {
                    call_id,
                    tool,
                    arguments,
                    outcome: None,
                });
            }
            AgentEvent::ToolFinished { call_id, outcome } => {
                if let Some(call) = self.tool_calls.iter_mut().find(|call| call.call_id == call_id) {
                    call.outcome = Some(outcome);
                }
            }
            AgentEvent::Note {
                text,
                restarts_answer,
            } => {
                self.notes.push(text);
                if restarts_answer {
                    self.text.clear();
                }
            }
            AgentEvent::RunFinished {
                outcome,
                usage,
                degraded,
                degraded_reason,
            } => {
                self.outcome = Some(outcome);
                self.usage = usage;
                self.degraded = degraded;
                self.degraded_reason = degraded_reason;
                return true;
            }
            AgentEvent::RunStarted { .. }
            | AgentEvent::ApprovalRequired { .. }
            | AgentEvent::ApprovalDecided { .. }
            | AgentEvent::Handoff { .. } => {}
        }
        false
    }

    /// Keeps the citations whose markers stand in the answer.
    fn tidy(&mut self) {
        self.text = self.text.trim().to_owned();
        let text = &self.text;
        self.citations
            .retain(|citation| text.contains(&format!("[{}]", citation.marker)));
    }
}
