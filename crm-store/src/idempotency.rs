//! Requests that arrive twice.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{StoreError, SystemTx, TenantTx};

/// How long the outcome of a request is known.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After this long a request without an outcome counts as lost with its process.
const LOST: TimeDelta = TimeDelta::minutes(5);

/// What is known of a key when a request comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: do the work, then [`Idempotency::finish`] or [`Idempotency::forget`].
    First,
    /// The same request is being worked on.
    InFlight,
    /// The same request was done: answer with its outcome.
    Done {
        /// The HTTP status of the answer.
        status: i32,
        /// The record that it made.
        resource_id: Option<Uuid>,
    },
    /// Another request came with this key.
    Different,
}

/// The keys of this transaction's actor.
#[derive(Debug)]
pub struct Idempotency<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Keys of requests that have an effect.
    pub fn idempotency(&mut self) -> Idempotency<'_> {
        Idempotency(self)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    method_path: String,
    body_hash: Vec<u8>,
    status: Option<i32>,
    resource_id: Option<Uuid>,
}

impl Idempotency<'_> {
    /// Takes note of a request. Commit before the work begins, so that a second request sees it.
    pub async fn begin(
        &mut self,
        key: &str,
        method_path: &str,
        body_hash: &[u8],
    ) -> Result<Seen, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let first = sqlx::query(
            "INSERT INTO idempotency_keys (tenant_id, actor_id, key, method_path, body_hash, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (tenant_id, actor_id, key) DO UPDATE SET method_path = excluded.method_path, \
                 body_hash = excluded.body_hash, state = 'in_flight', status = NULL, resource_id = NULL, \
                 created_at = excluded.created_at, expires_at = excluded.expires_at \
             WHERE idempotency_keys.expires_at <= excluded.created_at",
        )
        .bind(grant.tenant())
        .bind(grant.actor().id())
        .bind(key)
        .bind(method_path)
        .bind(body_hash)
        .bind(now)
        .bind(now + LOST)
        .execute(self.0.conn())
        .await?;
        if first.rows_affected() == 1 {
            return Ok(Seen::First);
        }
        let row: Option<Row> = sqlx::query_as(
            "SELECT method_path, body_hash, status, resource_id FROM idempotency_keys WHERE key = $1",
        )
        .bind(key)
        .fetch_optional(self.0.conn())
        .await?;
        Ok(match row {
            Some(row) if row.method_path != method_path || row.body_hash != body_hash => Seen::Different,
            Some(Row {
                status: Some(status),
                resource_id,
                ..
            }) => Seen::Done { status, resource_id },
            // Gone between the two statements: its request has just given up.
            Some(_) | None => Seen::InFlight,
        })
    }

    /// Keeps the outcome for 24 hours.
    pub async fn finish(
        &mut self,
        key: &str,
        status: i32,
        resource_id: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE idempotency_keys SET state = 'done', status = $2, resource_id = $3, expires_at = $4 WHERE key = $1",
        )
        .bind(key)
        .bind(status)
        .bind(resource_id)
        .bind(now + KEPT)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Forgets a request that had no effect, so that it may be tried again.
    pub async fn forget(&mut self, key: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency_keys WHERE key = $1 AND state = 'in_flight'")
            .bind(key)
            .execute(self.0.conn())
            .await?;
        Ok(())
    }
}

impl SystemTx {
    /// Forgets the keys of all tenants whose time is over.
    pub async fn purge_idempotency_keys(&mut self) -> Result<u64, StoreError> {
        let now = self.now();
        let gone = sqlx::query("DELETE FROM idempotency_keys WHERE expires_at <= $1")
            .bind(now)
            .execute(self.conn())
            .await?;
        Ok(gone.rows_affected())
    }
}
