//! Chunks of a completion to the events of a turn. Pure: no I/O, no time.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::refusal;
use crate::model::{ModelError, ModelEvent, StopReason, TokenUsage, ToolCall};

/// More calls than this in one turn, and the model has lost its way.
const MAX_CALLS: usize = 32;
/// Bytes of text and arguments in one turn.
const MAX_TURN_BYTES: usize = 1024 * 1024;

/// One chunk, read leniently: compatible servers leave out what they like.
#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    #[serde(default)]
    delta: Delta,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Debug, Deserialize)]
struct CallDelta {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionDelta>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionDelta {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

#[derive(Debug)]
struct OpenCall {
    index: Option<usize>,
    call: ToolCall,
}

/// How the bytes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With `[DONE]`.
    Done,
    /// The connection was closed, or went silent after the finish.
    Closed,
}

/// A turn that has come to its end.
#[derive(Debug, PartialEq)]
pub(super) struct Turn {
    /// The calls, in the order the model made them.
    pub(super) calls: Vec<ToolCall>,
    /// Why it stopped.
    pub(super) reason: StopReason,
    /// What the provider says it used.
    pub(super) usage: Option<TokenUsage>,
}

/// Puts a turn together from its chunks.
#[derive(Debug)]
pub(super) struct Assembler {
    taken_ids: HashSet<String>,
    calls: Vec<OpenCall>,
    finish: Option<String>,
    usage: Option<TokenUsage>,
    bytes: usize,
    said_something: bool,
}

impl Assembler {
    /// A new turn; its calls get ids that are not among `taken_ids`.
    pub(super) fn new(taken_ids: HashSet<String>) -> Self {
        Self {
            taken_ids,
            calls: Vec::new(),
            finish: None,
            usage: None,
            bytes: 0,
            said_something: false,
        }
    }

    /// Whether the model has said why it stopped, so that only usage may follow.
    pub(super) fn has_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Takes the data of one event and returns the text in it.
    pub(super) fn chunk(&mut self, data: &str) -> Result<Option<ModelEvent>, ModelError> {
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            protocol(format!(
                "a chunk is not what it should be, at column {}",
                error.column()
            ))
        })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(refusal::from_chunk(&error));
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(TokenUsage {
                input_tokens: usage.prompt_tokens,
                output_tokens: usage.completion_tokens,
                cached_input_tokens: usage
                    .prompt_tokens_details
                    .and_then(|details| details.cached_tokens)
                    .unwrap_or(0),
                estimated: false,
            });
        }
        let mut text = String::new();
        // Only one choice is asked for.
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if self.finish.is_none() {
                text.push_str(&choice.delta.content.unwrap_or_default());
                text.push_str(&choice.delta.refusal.unwrap_or_default());
                for delta in choice.delta.tool_calls.unwrap_or_default() {
                    self.call(delta)?;
                }
            }
            if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
                self.finish.get_or_insert(reason);
            }
        }
        self.grow(text.len())?;
        if text.is_empty() {
            return Ok(None);
        }
        self.said_something = true;
        Ok(Some(ModelEvent::TextDelta(text)))
    }

    /// Ends the turn; an answer without an end is an error.
    pub(super) fn end(self, end: End) -> Result<Turn, ModelError> {
        let Some(finish) = self.finish else {
            return Err(match end {
                End::Done => protocol("it ended without a finish reason"),
                End::Closed => ModelError::Unavailable(Box::new(refusal::ProviderFailure::Dropped)),
            });
        };
        let has_calls = !self.calls.is_empty();
        let reason = match finish.as_str() {
            // What was cut off in the middle of a call is not a call.
            "length" => StopReason::Length,
            "content_filter" => StopReason::ContentFilter,
            _ if has_calls => StopReason::ToolCalls,
            "tool_calls" | "function_call" if !self.said_something => {
                return Err(protocol("it stopped to call tools and called none"));
            }
            // Servers of other makers have other words for having said everything.
            _ => StopReason::Stop,
        };
        let calls = match reason {
            StopReason::ToolCalls => self.calls.into_iter().map(|open| open.call).collect(),
            _ => Vec::new(),
        };
        if calls.iter().any(|call: &ToolCall| call.name.is_empty()) {
            return Err(protocol("a tool call has no name"));
        }
        Ok(Turn {
            calls,
            reason,
            usage: self.usage.filter(|usage| usage.input_tokens > 0),
        })
    }

    fn call(&mut self, delta: CallDelta) -> Result<(), ModelError> {
        let id = delta.id.filter(|id| !id.is_empty());
        let at = self
            .calls
            .iter()
            .rposition(|open| continues(open, delta.index, id.as_deref()));
        let at = match at {
            Some(at) => at,
            None => self.open_call(delta.index, id)?,
        };
        let function = delta.function.unwrap_or_default();
        let arguments = function.arguments.unwrap_or_default();
        self.grow(arguments.len())?;
        if let Some(open) = self.calls.get_mut(at) {
            // Some servers repeat the name in every piece.
            if open.call.name.is_empty() {
                open.call.name = function.name.unwrap_or_default();
            }
            open.call.arguments.push_str(&arguments);
        }
        Ok(())
    }

    /// Opens a call under its own id, or a new one where that is taken or missing:
    /// some servers count from zero in every turn.
    fn open_call(&mut self, index: Option<usize>, id: Option<String>) -> Result<usize, ModelError> {
        if self.calls.len() == MAX_CALLS {
            return Err(protocol(format!(
                "it called more than {MAX_CALLS} tools in one turn"
            )));
        }
        let wanted = id.clone().unwrap_or_else(|| "call".to_owned());
        let unique = match id {
            Some(id) if !self.taken_ids.contains(&id) => id,
            _ => (1..=self.taken_ids.len() + 1)
                .map(|count| format!("{wanted}-{count}"))
                .find(|id| !self.taken_ids.contains(id))
                .unwrap_or(wanted.clone()),
        };
        self.taken_ids.insert(unique.clone());
        self.calls.push(OpenCall {
            index,
            call: ToolCall {
                id: unique,
                name: String::new(),
                arguments: String::new(),
            },
        });
        Ok(self.calls.len() - 1)
    }

    fn grow(&mut self, by: usize) -> Result<(), ModelError> {
        self.bytes = self.bytes.saturating_add(by);
        if self.bytes > MAX_TURN_BYTES {
            return Err(protocol(format!(
                "its turn is longer than {MAX_TURN_BYTES} bytes"
            )));
        }
        Ok(())
    }
}

/// Whether a piece belongs to a call that is open: the index says so, unless the
/// piece carries the id of another call, as servers send that leave all at 0.
fn continues(open: &OpenCall, index: Option<usize>, id: Option<&str>) -> bool {
    let same_id = id.is_none_or(|id| open.call.id == id || open.call.id.starts_with(&format!("{id}-")));
    match index {
        Some(_) => open.index == index && same_id,
        None => same_id,
    }
}

fn protocol(problem: impl Into<String>) -> ModelError {
    ModelError::Protocol(problem.into())
}

#[cfg(test)]
mod tests;
