//! What the worker takes, and what it says came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng;
use serde_json::json;
use uuid::Uuid;

use super::{PURPOSE, SigningSecret, WEBHOOK_JOB, Webhooks, endpoints::EndpointStatus};
use crate::{
    StoreError,
    jobs::{JobClaim, NewJob},
    secrets::Sealed,
};

/// No receiver is left alone for longer because it asked.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// When to try again, and when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// How often one event is tried.
    pub attempts: i32,
    /// The pause after the first failure; each later one is three times as long.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
    /// So many failures in a row disable an endpoint.
    pub disable_after: i32,
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        Self {
            attempts: 12,
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_hours(6),
            disable_after: 20,
        }
    }
}

/// What an endpoint is to be told now.
#[derive(Debug)]
pub struct Due {
    /// Where to.
    pub url: String,
    /// What to sign with, the newest first.
    pub secrets: Vec<SigningSecret>,
    /// Whether the last attempt failed: then send one and see.
    pub is_failing: bool,
    /// The events, oldest first.
    pub deliveries: Vec<DueDelivery>,
}

/// One event to be sent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DueDelivery {
    /// The row of the outbox.
    pub id: Uuid,
    /// The event: the same in every attempt.
    pub event_id: Uuid,
    /// The body as it is signed.
    pub body: String,
    /// Attempts that were made already.
    pub attempts: i32,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The row of the outbox.
    pub delivery: Uuid,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub latency: Duration,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it does not count as delivered, in words; `None` when it does.
    pub error: Option<String>,
    /// The start of the answer's body, for people.
    pub answer: String,
    /// How long the receiver asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The receiver is gone for good (410).
    pub is_gone: bool,
}

/// What became of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is done; there may be a later one.
    Done,
    /// It is done, and the endpoint is disabled now.
    Disabled {
        /// Why.
        reason: String,
    },
    /// Another worker had the job: nothing was written. Do not commit.
    Lost,
}

#[derive(sqlx::FromRow)]
struct Row {
    url: String,
    status: EndpointStatus,
    failures: i32,
    paused_until: Option<DateTime<Utc>>,
    secret_sealed: Sealed,
    old_secret_sealed: Option<Sealed>,
    old_secret_until: Option<DateTime<Utc>>,
}

impl Webhooks<'_> {
    /// Up to `limit` events that an endpoint is to be told now. `None` when there is nothing to do for it, or not yet, or
    /// when the tenant has switched webhooks off: what waits goes out with the next event after they are on again.
    pub async fn due(&mut self, endpoint: Uuid, limit: i64) -> Result<Option<Due>, StoreError> {
        let now = self.0.now();
        let row: Option<Row> = sqlx::query_as(
            "SELECT url, status, failures, paused_until, secret_sealed, old_secret_sealed, old_secret_until \
             FROM webhook_endpoints WHERE id = $1 \
               AND (SELECT COALESCE(NOT settings -> 'gates' -> 'off' ? 'webhooks', true) FROM tenants)",
        )
        .bind(endpoint)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(row) = row.filter(|row| row.status == EndpointStatus::Active) else {
            return Ok(None);
        };
        if row.paused_until.is_some_and(|until| until > now) {
            return Ok(None);
        }
        let mut sealed = vec![row.secret_sealed];
        if row.old_secret_until.is_some_and(|until| until > now) {
            sealed.extend(row.old_secret_sealed);
        }
        let mut secrets = Vec::with_capacity(sealed.len());
        for secret in &sealed {
            secrets.push(SigningSecret::parse(
                self.0.unseal(PURPOSE, secret)?.expose_text()?,
            )?);
        }
        let deliveries: Vec<DueDelivery> = sqlx::query_as(
            "SELECT id, event_id, body, attempts FROM webhook_deliveries \
             WHERE endpoint_id = $1 AND state = 'pending' AND next_at <= $2 ORDER BY next_at, id LIMIT $3",
        )
        .bind(endpoint)
        .bind(now)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        Ok((!deliveries.is_empty()).then_some(Due {
            url: row.url,
            secrets,
            is_failing: row.failures > 0,
            deliveries,
        }))
    }

    /// Writes down what came of the attempts, enqueues the next job of the endpoint and ends this one.
    pub async fn settle(
        &mut self,
        claim: &JobClaim,
        endpoint: Uuid,
        attempts: &[Attempt],
        policy: &DeliveryPolicy,
    ) -> Result<Settled, StoreError> {
        let now = self.0.now();
        let failing: Option<i32> =
            sqlx::query_scalar("SELECT failures FROM webhook_endpoints WHERE id = $1 FOR UPDATE")
                .bind(endpoint)
                .fetch_optional(self.0.conn())
                .await?;
        let Some(mut failures) = failing else {
            return self.end(claim, Settled::Done).await;
        };
        for attempt in attempts {
            failures = if attempt.error.is_some() { failures + 1 } else { 0 };
            self.log(attempt, policy).await?;
        }
        let asked = attempts.iter().filter_map(|attempt| attempt.retry_after).max();
        let rest = pause(failures, policy).max(asked.unwrap_or_default().min(LONGEST_ASKED));
        let all_failed = !attempts.is_empty() && attempts.iter().all(|attempt| attempt.error.is_some());
        if !attempts.is_empty() {
            sqlx::query(
                "UPDATE webhook_endpoints SET failures = $2, \
                     failing_since = CASE WHEN $2 = 0 THEN NULL ELSE COALESCE(failing_since, $3) END, \
                     paused_until = $4 WHERE id = $1",
            )
            .bind(endpoint)
            .bind(failures)
            .bind(now)
            .bind(all_failed.then(|| now + rest))
            .execute(self.0.conn())
            .await?;
        }
        let gone = attempts.iter().any(|attempt| attempt.is_gone);
        if gone || (all_failed && failures >= policy.disable_after) {
            let reason = if gone {
                "it answered 410: gone".to_owned()
            } else {
                let last = attempts.iter().rev().find_map(|attempt| attempt.error.as_deref());
                format!(
                    "{failures} attempts in a row failed; the last one: {}",
                    last.unwrap_or_default()
                )
            };
            self.disable(endpoint, &reason).await?;
            return self.end(claim, Settled::Disabled { reason }).await;
        }
        let next: Option<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT GREATEST(min(d.next_at), max(e.paused_until)) FROM webhook_endpoints e \
             JOIN webhook_deliveries d ON d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.state = 'pending' \
             WHERE e.id = $1 AND e.status = 'active'",
        )
        .bind(endpoint)
        .fetch_one(self.0.conn())
        .await?;
        if let Some(next) = next {
            let mut job = NewJob::new(WEBHOOK_JOB, endpoint.to_string());
            job.run_at = Some(next);
            self.0.jobs().enqueue(&job).await?;
        }
        self.end(claim, Settled::Done).await
    }

    async fn end(&mut self, claim: &JobClaim, settled: Settled) -> Result<Settled, StoreError> {
        Ok(if self.0.jobs().complete(claim).await? {
            settled
        } else {
            Settled::Lost
        })
    }

    /// Writes one attempt down.
    async fn log(&mut self, attempt: &Attempt, policy: &DeliveryPolicy) -> Result<(), StoreError> {
        let made: Option<i32> = sqlx::query_scalar("SELECT attempts FROM webhook_deliveries WHERE id = $1")
            .bind(attempt.delivery)
            .fetch_optional(self.0.conn())
            .await?;
        let Some(made) = made else { return Ok(()) };
        let number = made + 1;
        let pause = pause(number, policy).max(attempt.retry_after.unwrap_or_default().min(LONGEST_ASKED));
        let state = match &attempt.error {
            None => "delivered",
            Some(_) if number >= policy.attempts => "failed",
            Some(_) => "pending",
        };
        let latency = i32::try_from(attempt.latency.as_millis()).unwrap_or(i32::MAX);
        let entry = json!({
            "attempt": number,
            "at": attempt.at,
            "status": attempt.status,
            "latency_ms": latency,
            "error": attempt.error,
            "answer": attempt.answer,
        });
        let now = self.0.now();
        sqlx::query(
            "UPDATE webhook_deliveries SET state = $2, attempts = $3, status = $4, latency_ms = $5, error = $6, \
                 next_at = CASE WHEN $2 = 'pending' THEN $7::timestamptz END, log = log || $8, updated_at = $9 \
             WHERE id = $1 AND state = 'pending'",
        )
        .bind(attempt.delivery)
        .bind(state)
        .bind(number)
        .bind(attempt.status.map(i32::from))
        .bind(latency)
        .bind(&attempt.error)
        .bind(now + pause)
        .bind(entry)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    async fn disable(&mut self, endpoint: Uuid, reason: &str) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = $2, version = version + 1, updated_at = $3 \
             WHERE id = $1",
        )
        .bind(endpoint)
        .bind(reason)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        sqlx::query("DELETE FROM webhook_subscriptions WHERE endpoint_id = $1")
            .bind(endpoint)
            .execute(self.0.conn())
            .await?;
        self.0
            .security_event(
                "webhook_disabled",
                json!({ "webhook_id": endpoint, "reason": reason }),
            )
            .await?;
        self.note("disable", endpoint, &["status"]).await
    }
}

/// Three times as long after each failure, give or take a fifth, so that receivers that came back are not stormed.
fn pause(attempt: i32, policy: &DeliveryPolicy) -> Duration {
    let times = u32::try_from(attempt - 1).unwrap_or(0).min(20);
    let pause = policy.first_pause.saturating_mul(3_u32.saturating_pow(times));
    let jitter = rand::rng().random_range(0.8..=1.2);
    pause.min(policy.longest_pause).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_differ() {
        let policy = DeliveryPolicy::default();
        let near = |attempt, seconds: f64| {
            let pause = pause(attempt, &policy).as_secs_f64();
            assert!(
                (seconds * 0.8..=seconds * 1.2).contains(&pause),
                "{attempt}: {pause}"
            );
        };
        near(1, 5.0);
        near(2, 15.0);
        near(4, 135.0);
        near(12, 21_600.0);
        near(99, 21_600.0);
        let several: std::collections::HashSet<Duration> = (0..20).map(|_| pause(3, &policy)).collect();
        assert!(several.len() > 1);
    }
}
