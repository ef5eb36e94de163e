//! What the service tells others, and for how long it keeps what it was told.

use std::{num::NonZeroU32, time::Duration};

use crm_store::webhooks::DeliveryPolicy;
use serde::Deserialize;

use super::{ConfigError, value};

/// Section `webhooks`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Whether addresses of private networks and of this machine may be called.
    pub allow_private: bool,
    /// How long a receiver has for its answer.
    #[serde(deserialize_with = "value::duration")]
    pub timeout: Duration,
    /// How often one event is tried.
    pub attempts: NonZeroU32,
    /// The pause after the first failure.
    #[serde(deserialize_with = "value::duration")]
    pub first_retry: Duration,
    /// The longest pause.
    #[serde(deserialize_with = "value::duration")]
    pub longest_retry: Duration,
    /// Failures in a row that disable an endpoint.
    pub disable_after: NonZeroU32,
}

impl Webhooks {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.timeout.is_zero() || self.timeout > Duration::from_mins(1) {
            return Err(ConfigError::invalid(
                "webhooks.timeout",
                "must be more than nothing and at most 60s",
            ));
        }
        Ok(())
    }

    /// When to try again, and when to stop.
    pub fn policy(&self) -> DeliveryPolicy {
        let count = |number: NonZeroU32| i32::try_from(number.get()).unwrap_or(i32::MAX);
        DeliveryPolicy {
            attempts: count(self.attempts),
            first_pause: self.first_retry,
            longest_pause: self.longest_retry,
            disable_after: count(self.disable_after),
        }
    }
}
