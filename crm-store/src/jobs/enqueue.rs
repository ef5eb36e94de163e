//! Enqueueing, and what a tenant sees of its jobs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Backlog, Job, Jobs};
use crate::{StoreError, ids::JobId};

/// A job to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What is to be done.
    pub kind: String,
    /// To what: of jobs with an equal kind and key only one waits at a time.
    pub key: String,
    /// More about it. The worker reads the record anew, so ids are enough.
    pub payload: Value,
    /// Not before; at once, when `None`.
    pub run_at: Option<DateTime<Utc>>,
    /// How often it may be begun.
    pub max_attempts: i32,
}

impl NewJob {
    /// A job to be done as soon as possible, with up to ten attempts.
    pub fn new(kind: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            key: key.into(),
            payload: json!({}),
            run_at: None,
            max_attempts: 10,
        }
    }
}

impl Jobs<'_> {
    /// Adds a job, or what is new in its payload to the equal job that waits already: what that one was asked to do besides
    /// stays asked.
    ///
    /// Also the waiting job is written to, so that no worker takes it before
    /// this transaction's change can be read.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, payload, max_attempts, run_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO UPDATE SET payload = jobs.payload || excluded.payload, \
                 run_at = LEAST(jobs.run_at, excluded.run_at), updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(JobId::new())
        .bind(&job.kind)
        .bind(&job.key)
        .bind(&job.payload)
        .bind(job.max_attempts)
        .bind(job.run_at.unwrap_or(now))
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Adds many jobs of one kind in one statement, such as all articles for a rebuild.
    pub async fn enqueue_all(&mut self, kind: &str, keys: &[String]) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let ids: Vec<JobId> = keys.iter().map(|_| JobId::new()).collect();
        // Sorted and without doubles: two such statements lock rows in the same order.
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             SELECT DISTINCT ON (new.key) $1::uuid, new.id, $2, new.key, $5, $5, $5 \
             FROM unnest($3::uuid[], $4::text[]) AS new (id, key) ORDER BY new.key \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO UPDATE SET \
                 run_at = LEAST(jobs.run_at, excluded.run_at), updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(kind)
        .bind(ids)
        .bind(keys)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Adds those jobs of one kind that do not wait yet; one that waits keeps its moment. For work that was found missing
    /// rather than changed: who changes a record calls [`Self::enqueue_all`].
    pub async fn enqueue_missing(&mut self, kind: &str, keys: &[String]) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let ids: Vec<JobId> = keys.iter().map(|_| JobId::new()).collect();
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             SELECT DISTINCT ON (new.key) $1::uuid, new.id, $2, new.key, $5, $5, $5 \
             FROM unnest($3::uuid[], $4::text[]) AS new (id, key) ORDER BY new.key \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO NOTHING",
        )
        .bind(tenant)
        .bind(kind)
        .bind(ids)
        .bind(keys)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Adds many jobs of one kind, each for its moment. A job that waits already moves to its new moment.
    pub async fn enqueue_at(
        &mut self,
        kind: &str,
        keys: &[String],
        times: &[DateTime<Utc>],
    ) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let ids: Vec<JobId> = keys.iter().map(|_| JobId::new()).collect();
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             SELECT DISTINCT ON (new.key) $1::uuid, new.id, $2, new.key, new.run_at, $6, $6 \
             FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS new (id, key, run_at) ORDER BY new.key, new.run_at \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO UPDATE SET \
                 run_at = excluded.run_at, updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(kind)
        .bind(ids)
        .bind(keys)
        .bind(times)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// One job.
    pub async fn get(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, kind, key, payload, state, attempts, max_attempts, run_at, last_error, created_at, updated_at \
             FROM jobs WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The jobs that failed too often, latest first.
    pub async fn dead(&mut self, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, kind, key, payload, state, attempts, max_attempts, run_at, last_error, created_at, updated_at \
             FROM jobs WHERE state = 'dead' ORDER BY updated_at DESC, id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// How much work of a kind the tenant has.
    pub async fn backlog(&mut self, kind: &str) -> Result<Backlog, StoreError> {
        Ok(sqlx::query_as(
            "SELECT count(*) FILTER (WHERE state = 'ready') AS ready, count(*) FILTER (WHERE state = 'leased') AS leased, \
                    count(*) FILTER (WHERE state = 'dead') AS dead, \
                    min(created_at) FILTER (WHERE state <> 'dead') AS oldest \
             FROM jobs WHERE kind = $1 AND state IN ('ready', 'leased', 'dead')",
        )
        .bind(kind)
        .fetch_one(self.0.conn())
        .await?)
    }
}
