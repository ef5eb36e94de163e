//! What the outside sees of a run.
//!
//! Grammar: first `run_started`; last `run_finished`, exactly once; each
//! `tool_finished` answers one `tool_started`; a parked run has no
//! `run_finished` yet and goes on in the same log.
//!
//! Text that was shown is never taken back. When a model breaks off in the middle
//! of its answer, a `note` with `restarts_answer` says so and the next model
//! answers from the start: the answer is the text after the last such note.

use crm_store::ids::{ArticleId, ArticleVersionId, RunId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::TokenUsage;

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentEvent {
    /// The run has begun.
    RunStarted {
        /// The run.
        run_id: RunId,
        /// The agent that runs.
        agent: String,
    },
    /// A piece of the answer's text.
    TextDelta {
        /// The piece.
        text: String,
    },
    /// A tool was called.
    ToolStarted {
        /// The call.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// The arguments as they were parsed.
        arguments: Value,
    },
    /// A call has ended.
    ToolFinished {
        /// The call.
        call_id: String,
        /// How it ended.
        outcome: ToolOutcome,
    },
    /// A place in the answer rests on a passage.
    Citation(Citation),
    /// An answer that a tool put together: what pages draw beside the text.
    Card {
        /// The call that it came from.
        call_id: String,
        /// The card, by the agent: an `AnswerCard` of `pipeline`.
        card: Value,
    },
    /// The run waits for a human.
    ApprovalRequired {
        /// The call that waits.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// The arguments as they were parsed, never the model's words for them.
        arguments: Value,
    },
    /// A human has decided.
    ApprovalDecided {
        /// The call that waited.
        call_id: String,
        /// What was decided.
        decision: Decision,
    },
    /// The conversation goes to a human.
    Handoff {
        /// Why, for the human.
        reason: String,
    },
    /// Something the reader should know, such as a model that was replaced.
    Note {
        /// What happened.
        text: String,
        /// Whether the answer begins anew after this; what was shown before is void.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        restarts_answer: bool,
    },
    /// The run has ended.
    RunFinished {
        /// How it ended.
        outcome: RunOutcome,
        /// What it used.
        usage: Usage,
        /// Whether the floor stood in for a model.
        degraded: bool,
        /// Why it did.
        #[serde(skip_serializing_if = "Option::is_none")]
        degraded_reason: Option<DegradedReason>,
    },
}

impl AgentEvent {
    /// The type's name, as JSON and event streams have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run_started",
            Self::TextDelta { .. } => "text_delta",
            Self::ToolStarted { .. } => "tool_started",
            Self::ToolFinished { .. } => "tool_finished",
            Self::Citation(_) => "citation",
            Self::Card { .. } => "card",
            Self::ApprovalRequired { .. } => "approval_required",
            Self::ApprovalDecided { .. } => "approval_decided",
            Self::Handoff { .. } => "handoff",
            Self::Note { .. } => "note",
            Self::RunFinished { .. } => "run_finished",
        }
    }
}

impl RunOutcome {
    /// The outcome's name, as JSON and the store have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Abstained => "abstained",
            Self::Cancelled => "cancelled",
            Self::TurnLimit => "turn_limit",
            Self::ToolLimit => "tool_limit",
            Self::TimeLimit => "time_limit",
            Self::BudgetLimit => "budget_limit",
            Self::BudgetSpent => "budget_spent",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl DegradedReason {
    /// The reason's name, as JSON and the store have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::ModelUnavailable => "model_unavailable",
            Self::RateLimited => "rate_limited",
            Self::ModelRejected => "model_rejected",
            Self::ModelErred => "model_erred",
        }
    }
}

/// A checked pointer from the answer into a stored article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The marker in the text: `[1]` is 1.
    pub marker: u32,
    /// The article.
    pub article_id: ArticleId,
    /// The tenant's own id of the article, if it has one.
    pub external_id: Option<String>,
    /// The version that was read.
    pub version_id: ArticleVersionId,
    /// The version's number, from 1.
    pub version: i32,
    /// The article's title in that version.
    pub title: String,
    /// Where the quote starts in the version's body, in Unicode code points.
    pub start: usize,
    /// Where it ends, exclusive, in code points.
    pub end: usize,
    /// The quoted text.
    pub quote: String,
    /// How well the passage fits the question, 0..1.
    pub score: f32,
}

/// How a tool call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// It worked.
    Ok {
        /// One line for people, such as `5 passages`.
        summary: String,
    },
    /// It did not; the model was told why.
    Error {
        /// What was wrong.
        message: String,
    },
    /// It never ran: the run ended or a human said no.
    NotRun {
        /// Why.
        reason: String,
    },
}

/// A human's decision on a proposed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Do it.
    Approve,
    /// Do not.
    Reject,
    /// Nobody decided in time.
    Expired,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It answered.
    Completed,
    /// It found nothing to answer from and said so.
    Abstained,
    /// It was stopped by a person.
    Cancelled,
    /// It reached its limit of turns.
    TurnLimit,
    /// It reached its limit of tool calls.
    ToolLimit,
    /// It reached its limit of time.
    TimeLimit,
    /// It reached its limit of tokens or money.
    BudgetLimit,
    /// The tenant's budget is spent.
    BudgetSpent,
    /// Something failed on our side.
    Failed,
    /// The service stopped in the middle of it.
    Interrupted,
}

/// Why the floor stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DegradedReason {
    /// No model is configured.
    NoModel,
    /// Every configured model failed.
    ModelUnavailable,
    /// The provider limits the rate.
    RateLimited,
    /// The provider broke its protocol or refused.
    ModelRejected,
    /// The model was reached and came to no answer: it only talked, or its calls failed again after their repair.
    ModelErred,
}

/// What a run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens over all calls.
    #[serde(flatten)]
    pub tokens: TokenUsage,
    /// Calls of models.
    pub model_calls: u32,
    /// Calls of tools.
    pub tool_calls: u32,
    /// Cost in billionths of a US dollar.
    pub cost_nano_usd: i64,
}
