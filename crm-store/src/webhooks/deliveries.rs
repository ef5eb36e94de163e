//! The log of deliveries, and sending again.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{WEBHOOK_JOB, Webhooks};
use crate::{
    StoreError,
    jobs::NewJob,
    page::{Cursor, Page, read_limit},
    text_enum::text_enum,
};

/// The most events that one replay sends again.
pub(super) const MOST_REPLAYED: i64 = 1_000;

text_enum! {
    /// Where a delivery stands.
    pub enum DeliveryState {
        /// It waits for its first or next attempt.
        Pending = "pending",
        /// The receiver has it.
        Delivered = "delivered",
        /// It was tried too often.
        Failed = "failed",
    }
}

/// An event for an endpoint, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Delivery {
    /// The delivery.
    pub id: Uuid,
    /// The event: what the receiver knows as `webhook-id`.
    pub event_id: Uuid,
    /// Its name, such as `lead.created`.
    pub event: String,
    /// What is posted.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts that were made.
    pub attempts: i32,
    /// Not before.
    pub next_at: Option<DateTime<Utc>>,
    /// The status of the last answer.
    pub status: Option<i32>,
    /// How long the last attempt took.
    pub latency_ms: Option<i32>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// One entry for each attempt.
    pub log: Value,
    /// The delivery that this one repeats.
    pub replay_of: Option<Uuid>,
    /// When the event happened, or was replayed.
    pub created_at: DateTime<Utc>,
    /// When it was tried last.
    pub updated_at: DateTime<Utc>,
}

/// What to send again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// These deliveries.
    These(Vec<Uuid>),
    /// Those of a span of time, of one state or of all that are not pending.
    Span {
        /// From this moment on.
        since: DateTime<Utc>,
        /// Before this moment.
        until: DateTime<Utc>,
        /// Only such.
        state: Option<DeliveryState>,
    },
}

impl Webhooks<'_> {
    /// What an endpoint was told, newest first.
    pub async fn deliveries(
        &mut self,
        endpoint: Uuid,
        state: Option<DeliveryState>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Delivery>, StoreError> {
        if self.get(endpoint).await?.is_none() {
            return Err(StoreError::NotFound { what: "webhook" });
        }
        let rows = sqlx::query_as(
            "SELECT id, event_id, event, body, state, attempts, next_at, status, latency_ms, error, log, replay_of, \
                 created_at, updated_at \
             FROM webhook_deliveries WHERE endpoint_id = $1 AND ($2::text IS NULL OR state = $2) \
               AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4)) \
             ORDER BY created_at DESC, id DESC LIMIT $5",
        )
        .bind(endpoint)
        .bind(state)
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |row: &Delivery| Cursor {
            at: row.created_at,
            id: row.id,
        }))
    }

    /// Sends events again, under their old ids, oldest first. Says how many; no more than a thousand at once.
    pub async fn replay(&mut self, endpoint: Uuid, what: &Replay) -> Result<u64, StoreError> {
        if self.get(endpoint).await?.is_none() {
            return Err(StoreError::NotFound { what: "webhook" });
        }
        let (these, span, state) = match what {
            Replay::These(ids) => (Some(ids.as_slice()), None, None),
            Replay::Span { since, until, state } => (None, Some((*since, *until)), *state),
        };
        let chosen: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND state <> 'pending' \
               AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND ($3::timestamptz IS NULL OR created_at >= $3) \
               AND ($4::timestamptz IS NULL OR created_at < $4) AND ($5::text IS NULL OR state = $5) \
             ORDER BY created_at, id LIMIT $6",
        )
        .bind(endpoint)
        .bind(these)
        .bind(span.map(|(since, _)| since))
        .bind(span.map(|(_, until)| until))
        .bind(state)
        .bind(MOST_REPLAYED)
        .fetch_all(self.0.conn())
        .await?;
        if these.is_some_and(|these| these.len() != chosen.len()) {
            return Err(StoreError::invalid(
                "delivery_ids",
                "must name deliveries of this webhook that are not pending, each once, a thousand at most",
            ));
        }
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let fresh: Vec<Uuid> = chosen.iter().map(|_| Uuid::now_v7()).collect();
        let made = sqlx::query(
            "INSERT INTO webhook_deliveries (tenant_id, id, endpoint_id, event_id, event, body, next_at, replay_of, created_at, updated_at) \
             SELECT $1, again.fresh, d.endpoint_id, d.event_id, d.event, d.body, $4, d.id, $4, $4 \
             FROM unnest($2::uuid[], $3::uuid[]) AS again (id, fresh) JOIN webhook_deliveries d ON d.id = again.id",
        )
        .bind(tenant)
        .bind(&chosen)
        .bind(fresh)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        self.0
            .jobs()
            .enqueue(&NewJob::new(WEBHOOK_JOB, endpoint.to_string()))
            .await?;
        self.note("replay", endpoint, &[]).await?;
        Ok(made.rows_affected())
    }

    /// Forgets up to `limit` deliveries that ended before `before`. Says how many there were.
    pub async fn prune(&mut self, before: DateTime<Utc>, limit: i64) -> Result<u64, StoreError> {
        let gone = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE id IN (\
                 SELECT id FROM webhook_deliveries WHERE state <> 'pending' AND created_at < $1 ORDER BY created_at LIMIT $2)",
        )
        .bind(before)
        .bind(limit)
        .execute(self.0.conn())
        .await?;
        Ok(gone.rows_affected())
    }
}
