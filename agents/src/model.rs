//! What a language model is to this service.

pub mod breaker;
pub mod collect;
pub mod fallback;
pub mod openai;
pub mod retry;
pub mod scripted;

use std::time::Duration;

use crm_tools::ToolSpec;
use futures::{future::BoxFuture, stream::BoxStream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::DegradedReason;

pub use collect::{Collected, collect};
pub use fallback::Fallback;
pub use openai::{OpenAiConfig, OpenAiModel};
pub use retry::RetryPolicy;
pub use scripted::ScriptedModel;

/// One turn against one model. Implementations translate wire formats and
/// nothing else: retries, metering and tools belong to the loop.
pub trait ChatModel: Send + Sync {
    /// Facts the loop plans with.
    fn profile(&self) -> &ModelProfile;

    /// Starts a turn. Dropping the stream cancels the request.
    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ModelStream, ModelError>>;
}

/// The events of one turn, ended by [`ModelEvent::Finished`] or an error.
pub type ModelStream = BoxStream<'static, Result<ModelEvent, ModelError>>;

/// What the loop must know of a model before it calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelProfile {
    /// `gen_ai.provider.name`, such as `openai`, or `offline`.
    pub provider: String,
    /// `gen_ai.request.model`; also the key into the price list.
    pub model: String,
    /// Tokens that prompt and answer may have together.
    pub context_tokens: u32,
    /// Tokens that an answer may have.
    pub max_output_tokens: u32,
    /// Whether this is the floor: runs answered by it are marked degraded.
    pub is_floor: bool,
}

/// One request for one turn; adapters render it for a provider.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    /// The agent that asks; the floor picks its policy by it.
    pub agent: String,
    /// The agent's typed input, as it was stored with the run.
    pub input: Value,
    /// The rendered instructions.
    pub system: String,
    /// What has been said and done so far, oldest first.
    pub transcript: Vec<Entry>,
    /// The tools that may be called.
    pub tools: Vec<ToolSpec>,
    /// Tokens that this turn's answer may have.
    pub max_output_tokens: u32,
}

/// One entry of a run's typed transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Entry {
    /// Words of the person who asks.
    User {
        /// The words.
        text: String,
    },
    /// What the model said and which tools it called, in one turn.
    Assistant {
        /// The text, perhaps empty.
        text: String,
        /// The calls, perhaps none.
        tool_calls: Vec<ToolCall>,
    },
    /// What came of one call. Every call has exactly one.
    ToolResult {
        /// The call that this answers.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// The tool's output.
        result: ToolResult,
    },
}

/// A tool's output as the transcript keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ToolResult {
    /// The tool's typed output, as JSON.
    Ok {
        /// The output.
        output: Value,
    },
    /// The model can mend this: the message says how.
    Error {
        /// What was wrong and what would be right.
        message: String,
    },
}

/// A call of a tool by the model. Arguments may be anything a model can write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of this call, unique in the run.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as the model wrote them: JSON, if all is well.
    pub arguments: String,
}

/// What a model says while it works on a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// Which model answers this turn. Only a chain of models sends it, always as
    /// its first event; without it the turn is answered by [`ChatModel::profile`].
    Answering(AnsweredBy),
    /// A piece of the answer.
    TextDelta(String),
    /// A call, always complete: partial JSON never leaves the adapter.
    ToolCall(ToolCall),
    /// The last event, exactly once.
    Finished {
        /// Why the model stopped.
        reason: StopReason,
        /// What it used.
        usage: TokenUsage,
    },
}

/// The model that took a turn, and those that could not.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweredBy {
    /// The model: its name is the key into the price list.
    pub profile: ModelProfile,
    /// Why the floor stood in, when it did.
    pub degraded: Option<DegradedReason>,
    /// The models that were passed over, in the order they were tried.
    pub passed_over: Vec<PassedOver>,
}

/// A model that could not take a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Its name.
    pub model: String,
    /// Why.
    pub reason: DegradedReason,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It had said everything.
    Stop,
    /// It called tools and waits for them.
    ToolCalls,
    /// It ran into the limit of output tokens.
    Length,
    /// The provider withheld the rest.
    ContentFilter,
    /// It found nothing to answer from and said so. Only the floor knows this of
    /// itself; of a provider's model the loop infers it.
    Abstained,
}

/// Tokens of one or more calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TokenUsage {
    /// `gen_ai.usage.input_tokens`.
    pub input_tokens: u64,
    /// `gen_ai.usage.output_tokens`.
    pub output_tokens: u64,
    /// Input tokens that the provider served from its cache.
    pub cached_input_tokens: u64,
    /// Whether any of these numbers is our own estimate, because a provider
    /// reported none.
    #[serde(default)]
    pub estimated: bool,
}

/// A failed call, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The prompt is too long for this model: shorten it or take a larger one.
    #[error("the prompt is longer than the model's context")]
    ContextLength,
    /// Wait, then try again: the provider limits the rate of requests, or is down
    /// and says until when.
    #[error("the provider asks to wait")]
    RateLimited {
        /// How long the provider asks us to wait.
        retry_after: Option<Duration>,
    },
    /// Try again, or go to the next model.
    #[error("the provider cannot be reached or failed")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The provider refuses this request or this key: go to the next model.
    #[error("the provider refused the request with status {status}")]
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// The provider broke its own protocol: go to the next model.
    #[error("the provider's answer does not follow the protocol: {0}")]
    Protocol(String),
}
