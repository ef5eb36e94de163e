//! Models behind an OpenAI-compatible endpoint.
//!
//! The request is made of async-openai's types; the transport is ours, because
//! that crate's client hides `Retry-After`, cannot tell a finished stream from a
//! dropped one, reads ahead without a bound, and logs what it cannot parse.
//!
//! Invariants: conversion does no I/O; no prompt or answer text is logged; the
//! stream reads only as fast as it is read.

mod assemble;
mod client;
mod convert;
mod refusal;
mod render;
mod sse;
mod stream;

use std::{hash::BuildHasher, sync::Arc, time::Duration};

use crm_prompts::{Fence, PromptError, Prompts, TokenCounter};
use crm_store::Clock;
use futures::{FutureExt, future::BoxFuture};
use secrecy::SecretString;

use super::{ChatModel, ChatRequest, Entry, ModelError, ModelProfile, ModelStream};
use client::Transport;
use stream::Limits;

/// How to reach one model.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// `gen_ai.provider.name`, for people and metrics.
    pub provider: String,
    /// The endpoint's base, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The key; empty for servers that want none.
    pub api_key: SecretString,
    /// The model's name.
    pub model: String,
    /// Tokens that prompt and answer may have together.
    pub context_tokens: u32,
    /// Tokens that an answer may have.
    pub max_output_tokens: u32,
    /// Which field carries the limit of the answer.
    pub output_limit: OutputLimit,
    /// Whether tools are sent as strict ones.
    pub strict_tools: bool,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long the first word or tool call may take, from the start.
    pub first_event_timeout: Duration,
    /// How long the provider may be silent after that.
    pub idle_timeout: Duration,
    /// An HTTP proxy. The environment's proxy settings are not read.
    pub proxy: Option<String>,
}

impl OpenAiConfig {
    /// The usual settings for `model` at `base_url`.
    pub fn new(base_url: impl Into<String>, api_key: SecretString, model: impl Into<String>) -> Self {
        Self {
            provider: "openai".to_owned(),
            base_url: base_url.into(),
            api_key,
            model: model.into(),
            context_tokens: 128_000,
            max_output_tokens: 4_096,
            output_limit: OutputLimit::MaxCompletionTokens,
            strict_tools: true,
            connect_timeout: Duration::from_secs(5),
            first_event_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(20),
            proxy: None,
        }
    }
}

/// The field that limits an answer: `OpenAI`'s newer models refuse the old one,
/// older compatible servers do not know the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputLimit {
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// `max_tokens`.
    MaxTokens,
}

/// A model that cannot be set up; the message names the setting.
#[derive(Debug, thiserror::Error)]
pub enum OpenAiConfigError {
    /// The base is not an address of HTTP.
    #[error("the base URL `{0}` is not an http or https address")]
    BaseUrl(String),
    /// The key holds characters that a header cannot.
    #[error("the API key holds characters that an HTTP header cannot carry")]
    ApiKey,
    /// The HTTP client cannot be built, for want of certificates or a bad proxy.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
    /// A prompt template of this build is broken.
    #[error("the prompts cannot be read")]
    Prompts(#[from] PromptError),
}

/// A [`ChatModel`] that speaks chat completions.
pub struct OpenAiModel {
    profile: ModelProfile,
    transport: Transport,
    prompts: Prompts,
    render: convert::Options,
    limits: Limits,
    nonces: std::hash::RandomState,
}

impl OpenAiModel {
    /// Sets the model up; nothing is sent yet.
    pub fn new(config: OpenAiConfig, clock: Arc<dyn Clock>) -> Result<Self, OpenAiConfigError> {
        let transport = Transport::new(&config, clock)?;
        Ok(Self {
            transport,
            prompts: Prompts::new()?,
            limits: Limits {
                first_event: config.first_event_timeout,
                idle: config.idle_timeout,
                tokens: TokenCounter::for_model(&config.model),
            },
            render: convert::Options {
                model: config.model.clone(),
                output_limit: config.output_limit,
                max_output_tokens: config.max_output_tokens,
                strict_tools: config.strict_tools,
            },
            profile: ModelProfile {
                provider: config.provider,
                model: config.model,
                context_tokens: config.context_tokens,
                max_output_tokens: config.max_output_tokens,
                is_floor: false,
            },
            nonces: std::hash::RandomState::new(),
        })
    }

    /// The fence of a request. The code is the same in every turn of a run, so
    /// that a provider's prompt cache holds, and cannot be guessed, because the
    /// hash is keyed with this process's own randomness.
    fn fence(&self, request: &ChatRequest) -> Fence {
        let first = request.transcript.first().map(|entry| match entry {
            Entry::User { text } | Entry::Assistant { text, .. } => text,
            Entry::ToolResult { call_id, .. } => call_id,
        });
        Fence::new(self.nonces.hash_one((&request.agent, first)))
    }
}

impl ChatModel for OpenAiModel {
    fn profile(&self) -> &ModelProfile {
        &self.profile
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ModelStream, ModelError>> {
        async move {
            let fence = self.fence(request);
            let wire = convert::request(&self.prompts, &fence, &self.render, request)
                .map_err(|error| ModelError::Protocol(format!("the prompt cannot be rendered: {error}")))?;
            let known_ids = convert::call_ids(request);
            stream::open(&self.transport, wire, known_ids, self.limits).await
        }
        .boxed()
    }
}

impl std::fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiModel")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
