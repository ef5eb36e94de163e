//! Token buckets that hold across replicas.
//!
//! A bucket is a row, and replicas lease tokens from it by the handful, so that a request takes its token out of memory
//! (`api/src/http/rate_limit.rs`). Leasing instead of counting afterwards: what is not in the row cannot be spent, so
//! the limit holds however many replicas there are. The table is unlogged, so that a lease writes no log and waits for
//! no disk; after a crash of Postgres the buckets are full, which harms nobody.

use uuid::Uuid;

use crate::{Grant, Store, StoreError, ids::TenantId};

/// A bucket: one actor's, or a whole tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BucketKey {
    tenant: TenantId,
    id: Uuid,
}

impl BucketKey {
    /// The bucket of whoever acts.
    pub fn of_actor(grant: &Grant) -> Self {
        Self {
            tenant: grant.tenant(),
            id: grant.actor().id(),
        }
    }

    /// The bucket that all of a tenant share.
    pub fn of_tenant(grant: &Grant) -> Self {
        Self {
            tenant: grant.tenant(),
            id: grant.tenant().uuid(),
        }
    }
}

/// Tokens that are asked for or given back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// Of which bucket.
    pub bucket: BucketKey,
    /// How many; less than zero gives back.
    pub tokens: f64,
    /// Tokens that the bucket gains in a second.
    pub per_second: f64,
    /// Tokens that it holds.
    pub burst: f64,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leased {
    /// Of which bucket.
    pub bucket: BucketKey,
    /// Whole tokens that may be spent.
    pub tokens: f64,
    /// What is left in the bucket.
    pub left: f64,
}

const LEASE: &str = "\
    WITH wanted AS (\
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[], $5::float8[]) AS w (tenant_id, id, want, rate, burst)), \
    filled AS (\
        SELECT b.tenant_id, b.id, w.want, w.burst, LEAST(w.burst, b.tokens + \
            w.rate * GREATEST(0, extract(epoch FROM clock_timestamp() - b.refilled_at)::float8)) AS tokens \
        FROM rate_buckets b JOIN wanted w ON w.tenant_id = b.tenant_id AND w.id = b.id \
        ORDER BY b.tenant_id, b.id FOR UPDATE OF b), \
    granted AS (\
        SELECT f.*, CASE WHEN f.want > 0 THEN GREATEST(0, LEAST(f.want, floor(f.tokens))) ELSE f.want END AS given FROM filled f) \
    UPDATE rate_buckets b SET tokens = LEAST(g.burst, g.tokens - g.given), refilled_at = GREATEST(b.refilled_at, clock_timestamp()) \
    FROM granted g WHERE b.tenant_id = g.tenant_id AND b.id = g.id \
    RETURNING b.tenant_id, b.id, g.given, b.tokens";

impl Store {
    /// Leases tokens of buckets, and gives back those that were not spent, in one round trip.
    pub async fn lease_tokens(&self, asks: &[Ask]) -> Result<Vec<Leased>, StoreError> {
        let mut leased = self.lease(asks).await?;
        let missing: Vec<Ask> = asks
            .iter()
            .filter(|ask| !leased.iter().any(|leased| leased.bucket == ask.bucket))
            .copied()
            .collect();
        if missing.is_empty() {
            return Ok(leased);
        }
        // A bucket that nobody has asked yet is full. Asked by two replicas at once, it is made once.
        sqlx::query(
            "INSERT INTO rate_buckets (tenant_id, id, tokens, refilled_at) \
             SELECT *, clock_timestamp() FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) ON CONFLICT DO NOTHING",
        )
        .bind(missing.iter().map(|ask| ask.bucket.tenant).collect::<Vec<_>>())
        .bind(missing.iter().map(|ask| ask.bucket.id).collect::<Vec<_>>())
        .bind(missing.iter().map(|ask| ask.burst).collect::<Vec<_>>())
        .execute(self.system_pool())
        .await?;
        leased.extend(self.lease(&missing).await?);
        Ok(leased)
    }

    async fn lease(&self, asks: &[Ask]) -> Result<Vec<Leased>, StoreError> {
        let rows: Vec<(TenantId, Uuid, f64, f64)> = sqlx::query_as(LEASE)
            .bind(asks.iter().map(|ask| ask.bucket.tenant).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.bucket.id).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.tokens).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.per_second).collect::<Vec<_>>())
            .bind(asks.iter().map(|ask| ask.burst).collect::<Vec<_>>())
            .fetch_all(self.system_pool())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(tenant, id, tokens, left)| Leased {
                bucket: BucketKey { tenant, id },
                tokens,
                left,
            })
            .collect())
    }

    /// Forgets buckets that nobody asked for an hour: they are full, as a new one is.
    pub async fn forget_buckets(&self) -> Result<u64, StoreError> {
        let gone =
            sqlx::query("DELETE FROM rate_buckets WHERE refilled_at < clock_timestamp() - interval '1 hour'")
                .execute(self.system_pool())
                .await?;
        Ok(gone.rows_affected())
    }

    /// Forgets counted attempts and sessions that say nothing any more.
    pub async fn forget_sign_ins(&self) -> Result<(), StoreError> {
        let mut tx = self.system().await?;
        let now = tx.now();
        for statement in [
            "DELETE FROM login_failures WHERE last_at < $1 - interval '1 day' AND (locked_until IS NULL OR locked_until < $1)",
            "DELETE FROM sessions WHERE expires_at < $1 - interval '30 days'",
        ] {
            sqlx::query(statement).bind(now).execute(tx.conn()).await?;
        }
        tx.commit().await
    }
}
