//! Models in order of preference, the floor last.

use std::sync::Arc;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};

use super::{
    AnsweredBy, ChatModel, ChatRequest, ModelError, ModelEvent, ModelProfile, ModelStream, PassedOver,
    breaker::{Breaker, BreakerPolicy},
    retry::{self, RetryPolicy},
};
use crate::event::DegradedReason;

/// Asks one model after the other until one begins to answer.
///
/// Its stream starts with [`ModelEvent::Answering`]. The floor is asked when all
/// others failed or none is configured; its own failure is the chain's.
pub struct Fallback {
    models: Vec<Member>,
    floor: Arc<dyn ChatModel>,
    retry: RetryPolicy,
    profile: ModelProfile,
}

struct Member {
    model: Arc<dyn ChatModel>,
    breaker: Breaker,
}

impl Fallback {
    /// A chain of `models` in order, ended by `floor`.
    pub fn new(models: Vec<Arc<dyn ChatModel>>, floor: Arc<dyn ChatModel>) -> Self {
        let profile = planned_with(&models, floor.as_ref());
        let models = models
            .into_iter()
            .map(|model| Member {
                model,
                breaker: Breaker::new(BreakerPolicy::default()),
            })
            .collect();
        Self {
            models,
            floor,
            retry: RetryPolicy::default(),
            profile,
        }
    }

    /// Tries each model again by `policy`.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Counts models as down by `policy`.
    #[must_use]
    pub fn with_breaker(mut self, policy: BreakerPolicy) -> Self {
        for member in &mut self.models {
            member.breaker = Breaker::new(policy);
        }
        self
    }

    /// The profiles of all models in order, the floor last; the price of a turn
    /// is at most that of the dearest.
    pub fn profiles(&self) -> impl Iterator<Item = &ModelProfile> {
        self.models
            .iter()
            .map(|member| member.model.profile())
            .chain([self.floor.profile()])
    }

    /// The model at a place in the chain, the floor at the last one.
    pub(crate) fn at(&self, place: usize) -> Option<&dyn ChatModel> {
        match self.models.get(place) {
            Some(member) => Some(member.model.as_ref()),
            None => (place == self.models.len()).then_some(self.floor.as_ref()),
        }
    }

    /// The place of the floor.
    pub(crate) fn floor(&self) -> usize {
        self.models.len()
    }

    /// Why the model at a place would not be asked now.
    pub(crate) fn down(&self, place: usize) -> Option<DegradedReason> {
        self.models.get(place).and_then(|member| member.breaker.down())
    }

    /// Asks only the model at a place: the loop meters each model by itself.
    pub(crate) async fn ask_only(
        &self,
        place: usize,
        request: &ChatRequest,
    ) -> Result<ModelStream, DegradedReason> {
        match self.models.get(place) {
            Some(member) => member.ask(request, &self.retry).await,
            None => self.floor.stream(request).await.map_err(|error| reason(&error)),
        }
    }

    async fn answer(&self, request: &ChatRequest) -> Result<ModelStream, ModelError> {
        let mut passed_over = Vec::new();
        for member in &self.models {
            match member.ask(request, &self.retry).await {
                Ok(stream) => return Ok(announced(member.model.profile(), None, passed_over, stream)),
                Err(reason) => {
                    let model = member.model.profile().model.clone();
                    passed_over.push(PassedOver { model, reason });
                }
            }
        }
        // Why the preferred model failed is what an operator wants to know.
        let degraded = passed_over
            .first()
            .map_or(DegradedReason::NoModel, |first| first.reason);
        let stream = self.floor.stream(request).await?;
        Ok(announced(
            self.floor.profile(),
            Some(degraded),
            passed_over,
            stream,
        ))
    }
}

impl Member {
    async fn ask(&self, request: &ChatRequest, retry: &RetryPolicy) -> Result<ModelStream, DegradedReason> {
        let permit = self.breaker.permit()?;
        match retry::first_event(self.model.as_ref(), request, retry).await {
            Ok(stream) => {
                permit.succeeded();
                Ok(stream)
            }
            Err(error) => {
                let model = &self.model.profile().model;
                tracing::warn!(
                    model,
                    error = &error as &dyn std::error::Error,
                    "a model could not take a turn"
                );
                let reason = reason(&error);
                match error {
                    // The prompt's fault: the model works.
                    ModelError::ContextLength => permit.succeeded(),
                    ModelError::RateLimited { retry_after } => permit.failed(reason, retry_after),
                    ModelError::Rejected { status: 400 | 422 } => drop(permit),
                    ModelError::Unavailable(_) | ModelError::Rejected { .. } | ModelError::Protocol(_) => {
                        permit.failed(reason, None);
                    }
                }
                Err(reason)
            }
        }
    }
}

impl ChatModel for Fallback {
    /// What the loop may plan with whichever model answers: the identity of the
    /// preferred one, the smallest limits of all providers' models.
    fn profile(&self) -> &ModelProfile {
        &self.profile
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ModelStream, ModelError>> {
        self.answer(request).boxed()
    }
}

impl std::fmt::Debug for Fallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.profiles().map(|profile| &profile.model))
            .finish()
    }
}

fn planned_with(models: &[Arc<dyn ChatModel>], floor: &dyn ChatModel) -> ModelProfile {
    let smallest = |limit: fn(&ModelProfile) -> u32| models.iter().map(|model| limit(model.profile())).min();
    match models.first() {
        None => floor.profile().clone(),
        Some(preferred) => {
            let profile = preferred.profile().clone();
            ModelProfile {
                context_tokens: smallest(|profile| profile.context_tokens).unwrap_or(profile.context_tokens),
                max_output_tokens: smallest(|profile| profile.max_output_tokens)
                    .unwrap_or(profile.max_output_tokens),
                ..profile
            }
        }
    }
}

fn announced(
    profile: &ModelProfile,
    degraded: Option<DegradedReason>,
    passed_over: Vec<PassedOver>,
    stream: ModelStream,
) -> ModelStream {
    let answering = ModelEvent::Answering(AnsweredBy {
        profile: profile.clone(),
        degraded,
        passed_over,
    });
    stream::iter([Ok(answering)]).chain(stream).boxed()
}

/// What a failure of a model is called.
pub(crate) fn reason(error: &ModelError) -> DegradedReason {
    match error {
        ModelError::Unavailable(_) => DegradedReason::ModelUnavailable,
        ModelError::RateLimited { .. } => DegradedReason::RateLimited,
        ModelError::ContextLength | ModelError::Rejected { .. } | ModelError::Protocol(_) => {
            DegradedReason::ModelRejected
        }
    }
}

#[cfg(test)]
mod tests;
