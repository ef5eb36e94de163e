//! The floor: a model without a model.
//!
//! It follows one policy per agent and reads the typed transcript, never prompt
//! text. What it says is quoted; what it cannot quote, it does not say.

mod answer;
mod blocks;
mod compose;
mod coverage;
mod judge;
mod phrases;
mod pipeline;
mod score;
mod sentences;
mod units;
mod win;

use std::sync::Arc;

use crm_prompts::TokenCounter;
use crm_rag::Embedder;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};

use crate::model::{
    ChatModel, ChatRequest, Entry, ModelError, ModelEvent, ModelProfile, ModelStream, StopReason, TokenUsage,
    ToolCall, ToolResult,
};

/// A [`ChatModel`] that answers from its tools alone, without a network or a price.
pub struct OfflineModel {
    profile: ModelProfile,
    embedder: Option<Arc<dyn Embedder>>,
    tokens: TokenCounter,
}

impl OfflineModel {
    /// The name in profiles and the price list, where it costs nothing.
    pub const NAME: &'static str = "offline";

    /// A floor that ranks sentences with `embedder`, or by their words alone.
    pub fn new(embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self {
            profile: ModelProfile {
                provider: Self::NAME.to_owned(),
                model: Self::NAME.to_owned(),
                context_tokens: 1_000_000,
                max_output_tokens: 1_000,
                is_floor: true,
            },
            embedder,
            tokens: TokenCounter::for_model(Self::NAME),
        }
    }

    async fn turn(&self, request: &ChatRequest) -> Result<Said, ModelError> {
        let embedder = self.embedder.as_deref();
        match request.agent.as_str() {
            "answer" => Ok(answer::turn(request, embedder).await),
            "pipeline" => Ok(pipeline::turn(request)),
            "win" => Ok(win::turn(request)),
            agent => Err(ModelError::Protocol(format!(
                "the floor has no policy for the agent {agent}"
            ))),
        }
    }

    async fn usage(&self, request: &ChatRequest, said: &Said) -> TokenUsage {
        let (read, wrote, tokens) = (read(request), said.words().to_owned(), self.tokens);
        // The first count reads a vocabulary, which takes longer than a stream may wait.
        let counted = tokio::task::spawn_blocking(move || (tokens.count(&read), tokens.count(&wrote)));
        let (input_tokens, output_tokens) = counted.await.unwrap_or_default();
        TokenUsage {
            input_tokens,
            output_tokens,
            cached_input_tokens: 0,
            estimated: false,
        }
    }
}

impl ChatModel for OfflineModel {
    fn profile(&self) -> &ModelProfile {
        &self.profile
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ModelStream, ModelError>> {
        async move {
            let said = self.turn(request).await?;
            let usage = self.usage(request, &said).await;
            let mut events = Vec::new();
            let reason = match said {
                Said::Call(call) => {
                    events.push(ModelEvent::ToolCall(call));
                    StopReason::ToolCalls
                }
                Said::Text(text, reason) => {
                    events.extend(
                        text.split_inclusive(' ')
                            .map(|word| ModelEvent::TextDelta(word.to_owned())),
                    );
                    reason
                }
            };
            events.push(ModelEvent::Finished { reason, usage });
            Ok(stream::iter(events.into_iter().map(Ok)).boxed())
        }
        .boxed()
    }
}

impl std::fmt::Debug for OfflineModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfflineModel")
            .field("embedder", &self.embedder)
            .finish_non_exhaustive()
    }
}

/// What a policy says in one turn.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    Call(ToolCall),
    Text(String, StopReason),
}

impl Said {
    fn words(&self) -> &str {
        match self {
            Self::Call(call) => &call.arguments,
            Self::Text(text, _) => text,
        }
    }
}

/// What a turn reads: a model would be given the same, with its instructions.
fn read(request: &ChatRequest) -> String {
    let mut text = String::new();
    for entry in &request.transcript {
        match entry {
            Entry::User { text: words } | Entry::Assistant { text: words, .. } => text.push_str(words),
            Entry::ToolResult {
                result: ToolResult::Ok { output },
                ..
            } => {
                for found in crm_tools::passages_in(output) {
                    text.push_str(&found.passage.text);
                    text.push('\n');
                }
            }
            Entry::ToolResult {
                result: ToolResult::Error { message },
                ..
            } => text.push_str(message),
        }
        text.push('\n');
    }
    text
}
