//! A response read as the events of a turn, under its time limits.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use async_openai::types::chat::CreateChatCompletionRequest;
use crm_prompts::TokenCounter;
use futures::{StreamExt, stream};
use reqwest::Response;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    assemble::{Assembler, End},
    client::Transport,
    convert,
    refusal::ProviderFailure,
    sse::Decoder,
};
use crate::model::{ModelError, ModelEvent, ModelStream, TokenUsage};

/// How long usage may take after the finish; the answer itself is complete.
const USAGE_GRACE: Duration = Duration::from_secs(2);

/// How long a turn may take, and how to count what a provider does not report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) first_event: Duration,
    pub(super) idle: Duration,
    pub(super) tokens: TokenCounter,
}

/// Sends the request and reads its answer as it is asked for.
pub(super) async fn open(
    transport: &Transport,
    wire: CreateChatCompletionRequest,
    taken_ids: HashSet<String>,
    limits: Limits,
) -> Result<ModelStream, ModelError> {
    let first_by = Instant::now() + limits.first_event;
    let response = timeout_at(first_by, transport.open(&wire))
        .await
        .map_err(|_| silent(limits.first_event))??;
    let reader = Reader {
        response: Some(response),
        decoder: Decoder::default(),
        assembler: Some(Assembler::new(taken_ids)),
        ready: VecDeque::new(),
        failure: None,
        first_by: Some(first_by),
        said: String::new(),
        limits,
        wire,
    };
    Ok(stream::try_unfold(reader, Reader::next).boxed())
}

struct Reader {
    /// `None` once the bytes have ended.
    response: Option<Response>,
    decoder: Decoder,
    /// `None` once the turn has ended.
    assembler: Option<Assembler>,
    ready: VecDeque<ModelEvent>,
    /// What ends the stream once `ready` is empty.
    failure: Option<ModelError>,
    /// When the first event must be there; `None` once it was.
    first_by: Option<Instant>,
    /// What was said, to count it when the provider does not.
    said: String,
    limits: Limits,
    wire: CreateChatCompletionRequest,
}

impl Reader {
    async fn next(mut self) -> Result<Option<(ModelEvent, Self)>, ModelError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.first_by = None;
                return Ok(Some((event, self)));
            }
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            if self.assembler.is_none() {
                return Ok(None);
            }
            // What was said before a failure comes out before it, so that the
            // events do not depend on how the bytes were split.
            self.failure = self.advance().await.err();
        }
    }

    async fn advance(&mut self) -> Result<(), ModelError> {
        let end = match self.read().await? {
            Read::Events(events) => self.take(events)?,
            Read::End(last) => Some(self.take(last.into_iter().collect())?.unwrap_or(End::Closed)),
        };
        match end {
            Some(end) => self.end(end).await,
            None => Ok(()),
        }
    }

    /// Waits for bytes. Silence after the finish is an end, before it an error.
    async fn read(&mut self) -> Result<Read, ModelError> {
        let Some(response) = &mut self.response else {
            return Ok(Read::End(None));
        };
        let finished = self.assembler.as_ref().is_some_and(Assembler::has_finished);
        let chunk = match self.first_by {
            _ if finished => timeout(USAGE_GRACE.min(self.limits.idle), response.chunk()).await,
            Some(first_by) => timeout_at(first_by, response.chunk()).await,
            None => timeout(self.limits.idle, response.chunk()).await,
        };
        match chunk {
            Ok(Ok(Some(bytes))) => {
                let events = self
                    .decoder
                    .push(&bytes)
                    .map_err(|error| ModelError::Protocol(error.to_string()))?;
                Ok(Read::Events(events))
            }
            Ok(Ok(None)) => {
                self.response = None;
                Ok(Read::End(std::mem::take(&mut self.decoder).finish()))
            }
            Ok(Err(_)) | Err(_) if finished => {
                self.response = None;
                Ok(Read::End(None))
            }
            Ok(Err(error)) => Err(ModelError::Unavailable(Box::new(error.without_url()))),
            Err(_) if self.first_by.is_some() => Err(silent(self.limits.first_event)),
            Err(_) => Err(silent(self.limits.idle)),
        }
    }

    fn take(&mut self, events: Vec<String>) -> Result<Option<End>, ModelError> {
        let Some(assembler) = &mut self.assembler else {
            return Ok(None);
        };
        for data in events {
            match data.trim() {
                "[DONE]" => return Ok(Some(End::Done)),
                // Some servers keep the connection alive with empty events.
                "" => {}
                data => {
                    if let Some(event) = assembler.chunk(data)? {
                        if let ModelEvent::TextDelta(text) = &event {
                            self.said.push_str(text);
                        }
                        self.ready.push_back(event);
                    }
                }
            }
        }
        Ok(None)
    }

    async fn end(&mut self, end: End) -> Result<(), ModelError> {
        self.response = None;
        let Some(assembler) = self.assembler.take() else {
            return Ok(());
        };
        let turn = assembler.end(end)?;
        let usage = if let Some(usage) = turn.usage {
            usage
        } else {
            let calls = turn
                .calls
                .iter()
                .map(|call| format!("{}{}", call.name, call.arguments));
            let said = std::iter::once(std::mem::take(&mut self.said))
                .chain(calls)
                .collect();
            estimate(std::mem::take(&mut self.wire), said, self.limits.tokens).await
        };
        self.ready
            .extend(turn.calls.into_iter().map(ModelEvent::ToolCall));
        self.ready.push_back(ModelEvent::Finished {
            reason: turn.reason,
            usage,
        });
        Ok(())
    }
}

enum Read {
    Events(Vec<String>),
    End(Option<String>),
}

fn silent(after: Duration) -> ModelError {
    ModelError::Unavailable(Box::new(ProviderFailure::Silent(after)))
}

/// Counts what the provider did not, off the threads that serve streams.
async fn estimate(wire: CreateChatCompletionRequest, said: String, tokens: TokenCounter) -> TokenUsage {
    let counted = tokio::task::spawn_blocking(move || {
        (
            convert::texts(&wire).map(|text| tokens.count(text)).sum(),
            tokens.count(&said),
        )
    });
    // A count that failed is a defect; the answer is still good.
    let (input_tokens, output_tokens) = counted.await.unwrap_or_default();
    TokenUsage {
        input_tokens,
        output_tokens,
        cached_input_tokens: 0,
        estimated: true,
    }
}
