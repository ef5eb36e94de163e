//! How fast one key may ask: a token bucket for each, in the memory of this
//! process. With several replicas each has its own buckets, so the limit of a
//! key is multiplied by their number.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use crate::{Problem, ProblemKind, config::RateLimit};

/// Buckets that are kept; a bucket that is full again says nothing and can go.
const MAX_BUCKETS: usize = 100_000;

/// The buckets of all keys.
#[derive(Debug)]
pub struct RateLimiter {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<Uuid, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// What a key may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u64,
    remaining: u64,
    /// Seconds until the bucket is full.
    reset: u64,
}

impl RateLimiter {
    /// Buckets as configured.
    pub fn new(config: RateLimit) -> Self {
        Self {
            per_second: f64::from(config.per_second.get()),
            burst: f64::from(config.burst.get()),
            buckets: Mutex::default(),
        }
    }

    /// Takes one token of `key` at the time `now`.
    pub fn take(&self, key: Uuid, now: Instant) -> Result<Allowance, Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| self.refilled(*bucket, now) < self.burst);
            if buckets.len() >= MAX_BUCKETS {
                return Err(Problem::unavailable(
                    "too many keys are in use at once: try again shortly",
                ));
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: self.burst,
            at: now,
        });
        let tokens = self.refilled(*bucket, now);
        let allowed = tokens >= 1.0;
        *bucket = Bucket {
            tokens: if allowed { tokens - 1.0 } else { tokens },
            at: now,
        };
        let allowance = self.allowance(bucket.tokens);
        drop(buckets);
        if allowed {
            return Ok(allowance);
        }
        let wait = whole_seconds((1.0 - tokens) / self.per_second).max(1);
        let mut problem = Problem::new(
            ProblemKind::RateLimited,
            format!(
                "this key may make {} requests a second: wait {wait} s",
                self.per_second
            ),
        )
        .header(header::RETRY_AFTER, HeaderValue::from(wait));
        for (name, value) in allowance.headers() {
            problem = problem.header(name, value);
        }
        Err(problem)
    }

    fn refilled(&self, bucket: Bucket, now: Instant) -> f64 {
        let rested = now.saturating_duration_since(bucket.at).as_secs_f64();
        self.per_second.mul_add(rested, bucket.tokens).min(self.burst)
    }

    fn allowance(&self, tokens: f64) -> Allowance {
        Allowance {
            limit: floor(self.burst),
            remaining: floor(tokens),
            reset: whole_seconds((self.burst - tokens) / self.per_second),
        }
    }
}

impl Allowance {
    /// `RateLimit-Limit`, `-Remaining` and `-Reset`.
    pub fn headers(self) -> [(HeaderName, HeaderValue); 3] {
        [
            (
                HeaderName::from_static("ratelimit-limit"),
                HeaderValue::from(self.limit),
            ),
            (
                HeaderName::from_static("ratelimit-remaining"),
                HeaderValue::from(self.remaining),
            ),
            (
                HeaderName::from_static("ratelimit-reset"),
                HeaderValue::from(self.reset),
            ),
        ]
    }

    /// Writes the headers.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.extend(self.headers());
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and not negative"
)]
fn floor(number: f64) -> u64 {
    number.max(0.0).floor() as u64
}

fn whole_seconds(seconds: f64) -> u64 {
    floor(seconds.ceil())
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use super::*;

    fn limiter(per_second: u32, burst: u32) -> RateLimiter {
        let number = |n| NonZeroU32::new(n).unwrap();
        RateLimiter::new(RateLimit {
            per_second: number(per_second),
            burst: number(burst),
        })
    }

    #[test]
    fn a_burst_is_spent_and_comes_back_with_time() {
        let limiter = limiter(2, 3);
        let (key, start) = (Uuid::now_v7(), Instant::now());
        for left in [2, 1, 0] {
            assert_eq!(limiter.take(key, start).unwrap().remaining, left);
        }
        assert_eq!(
            limiter.take(key, start).unwrap_err().kind(),
            ProblemKind::RateLimited
        );
        assert!(limiter.take(key, start + Duration::from_millis(400)).is_err());
        assert!(limiter.take(key, start + Duration::from_millis(500)).is_ok());
        assert_eq!(
            limiter
                .take(key, start + Duration::from_mins(1))
                .unwrap()
                .remaining,
            2
        );
    }

    #[test]
    fn one_key_does_not_spend_what_is_anothers() {
        let limiter = limiter(1, 1);
        let now = Instant::now();
        assert!(limiter.take(Uuid::now_v7(), now).is_ok());
        assert!(limiter.take(Uuid::now_v7(), now).is_ok());
    }
}
