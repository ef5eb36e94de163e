//! A whole turn at once, for callers that do not stream.

use futures::StreamExt;

use super::{AnsweredBy, ModelError, ModelEvent, ModelStream, StopReason, TokenUsage, ToolCall};

/// Everything that one turn said.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// Which model answered, when a chain of models was asked.
    pub answered_by: Option<AnsweredBy>,
    /// The text.
    pub text: String,
    /// The calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Why the model stopped.
    pub reason: StopReason,
    /// What it used.
    pub usage: TokenUsage,
}

/// Reads a turn to its end.
pub async fn collect(mut stream: ModelStream) -> Result<Collected, ModelError> {
    let (mut answered_by, mut text, mut tool_calls) = (None, String::new(), Vec::new());
    while let Some(event) = stream.next().await {
        match event? {
            ModelEvent::Answering(model) => answered_by = Some(model),
            ModelEvent::TextDelta(delta) => text.push_str(&delta),
            ModelEvent::ToolCall(call) => tool_calls.push(call),
            ModelEvent::Finished { reason, usage } => {
                return Ok(Collected {
                    answered_by,
                    text,
                    tool_calls,
                    reason,
                    usage,
                });
            }
        }
    }
    Err(ModelError::Protocol("the turn has no end".to_owned()))
}
