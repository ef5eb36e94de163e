//! Second attempts, only while nothing has been said.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::{ChatModel, ChatRequest, ModelError, ModelStream};

/// When to try the same model again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 never tries again.
    pub attempts: u32,
    /// The first pause; each later one is twice as long.
    pub base: Duration,
    /// The longest pause of our own choice.
    pub longest: Duration,
    /// The longest pause that a provider may ask for; when it asks for more, the
    /// next model is asked instead.
    pub longest_asked: Duration,
    /// No attempt starts later than this after the first.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(200),
            longest: Duration::from_secs(2),
            longest_asked: Duration::from_secs(5),
            total: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// Never tries again.
    pub const NEVER: Self = Self {
        attempts: 1,
        base: Duration::ZERO,
        longest: Duration::ZERO,
        longest_asked: Duration::ZERO,
        total: Duration::ZERO,
    };

    /// The pause after attempt number `attempt` (from 1) failed with `error`;
    /// `None` when there should be no other. `random` is in 0..1.
    fn pause(&self, attempt: u32, error: &ModelError, random: f64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let asked = match error {
            ModelError::Unavailable(_) => None,
            ModelError::RateLimited { retry_after } => *retry_after,
            ModelError::ContextLength | ModelError::Rejected { .. } | ModelError::Protocol(_) => return None,
        };
        if let Some(asked) = asked {
            // A little later than asked, so that not all come at the same instant.
            return (asked <= self.longest_asked).then(|| asked + self.base.mul_f64(random));
        }
        let doubled = self
            .base
            .saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
        // Full jitter: clients that failed together come back apart.
        Some(doubled.min(self.longest).mul_f64(0.5 + random / 2.0))
    }
}

/// Asks `model` until its first event is there or the policy gives up. After the
/// first event a failure is the stream's own: what was said cannot be unsaid.
pub async fn first_event(
    model: &dyn ChatModel,
    request: &ChatRequest,
    policy: &RetryPolicy,
) -> Result<ModelStream, ModelError> {
    let began = Instant::now();
    let mut attempt = 1;
    loop {
        let error = match open(model, request).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        let pause = policy.pause(attempt, &error, rand::random());
        let Some(pause) = pause.filter(|pause| began.elapsed() + *pause <= policy.total) else {
            return Err(error);
        };
        tracing::info!(
            model = model.profile().model,
            attempt,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            "a model failed before it said anything; it is asked again"
        );
        sleep(pause).await;
        attempt += 1;
    }
}

async fn open(model: &dyn ChatModel, request: &ChatRequest) -> Result<ModelStream, ModelError> {
    let mut stream = model.stream(request).await?;
    match stream.next().await {
        Some(Ok(first)) => Ok(stream::iter([Ok(first)]).chain(stream).boxed()),
        Some(Err(error)) => Err(error),
        None => Err(ModelError::Protocol("the turn has no events".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down() -> ModelError {
        ModelError::Unavailable("down".into())
    }

    fn limited(seconds: u64) -> ModelError {
        ModelError::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_the_attempts() {
        let policy = RetryPolicy {
            attempts: 6,
            ..RetryPolicy::default()
        };
        let pauses: Vec<_> = (1..=6)
            .map(|attempt| policy.pause(attempt, &down(), 1.0))
            .collect();

        assert_eq!(
            pauses,
            [200, 400, 800, 1_600, 2_000]
                .map(|ms| Some(Duration::from_millis(ms)))
                .into_iter()
                .chain([None])
                .collect::<Vec<_>>()
        );
        assert_eq!(policy.pause(1, &down(), 0.0), Some(Duration::from_millis(100)));
    }

    #[test]
    fn a_provider_may_ask_for_a_pause_but_not_for_any() {
        let policy = RetryPolicy::default();

        assert_eq!(
            policy.pause(1, &limited(3), 0.5),
            Some(Duration::from_millis(3_100))
        );
        assert_eq!(policy.pause(1, &limited(6), 0.5), None);
        assert_eq!(
            policy.pause(1, &ModelError::RateLimited { retry_after: None }, 1.0),
            Some(policy.base)
        );
    }

    #[test]
    fn what_would_fail_again_is_not_tried_again() {
        let policy = RetryPolicy::default();

        for error in [
            ModelError::ContextLength,
            ModelError::Rejected { status: 401 },
            ModelError::Protocol("html".to_owned()),
        ] {
            assert_eq!(policy.pause(1, &error, 0.5), None, "{error}");
        }
    }
}
