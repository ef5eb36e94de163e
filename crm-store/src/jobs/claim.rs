//! Claiming jobs, fairly between tenants.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::SystemJobs;
use crate::{
    Actor, Grant, StoreError,
    ids::{JobId, TenantId},
};

/// A job that a worker has until its lease runs out, and the right to do it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobClaim {
    /// The job.
    pub id: JobId,
    /// Opens the job's tenant, with the job as the actor.
    pub grant: Grant,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub key: String,
    /// More about it.
    pub payload: Value,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// Until when the worker has it.
    pub lease_until: DateTime<Utc>,
    pub(super) worker: String,
}

/// Which jobs of its kinds a worker takes, by what their keys name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Every job.
    Any,
    /// Those about all records of something at once, whose keys end in `:all`.
    All,
    /// The others.
    One,
}

impl Keys {
    /// Whether the keys end in `:all`; none where that is all one.
    const fn ends_in_all(self) -> Option<bool> {
        match self {
            Self::Any => None,
            Self::All => Some(true),
            Self::One => Some(false),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: TenantId,
    id: JobId,
    kind: String,
    key: String,
    payload: Value,
    attempts: i32,
}

/// Claims whose worker let the lease run out; those that crashed too often die.
const RECLAIM: &str = "\
    WITH lost AS (\
        SELECT tenant_id, id FROM jobs WHERE state = 'leased' AND lease_until < $1 AND kind = ANY ($2) \
            AND ($6::boolean IS NULL OR (key LIKE '%:all') = $6) \
        ORDER BY lease_until LIMIT $3 FOR UPDATE SKIP LOCKED), \
    taken AS (\
        UPDATE jobs j SET updated_at = $1, \
            state = CASE WHEN j.attempts < j.max_attempts THEN 'leased' ELSE 'dead' END, \
            attempts = CASE WHEN j.attempts < j.max_attempts THEN j.attempts + 1 ELSE j.attempts END, \
            lease_until = CASE WHEN j.attempts < j.max_attempts THEN $4::timestamptz END, \
            leased_by = CASE WHEN j.attempts < j.max_attempts THEN $5 END, \
            last_error = 'the worker was lost' \
        FROM lost WHERE j.tenant_id = lost.tenant_id AND j.id = lost.id RETURNING j.*) \
    SELECT tenant_id, id, kind, key, payload, attempts FROM taken WHERE state = 'leased'";

/// The next tenants that have work, each with its share of the limit.
///
/// `due` steps from tenant to tenant over the index, first those after the one
/// that was served last, so that the cost follows the limit and not the number
/// of tenants or jobs.
const CLAIM: &str = "\
    WITH RECURSIVE due AS (\
        (SELECT j.tenant_id, 1 AS n FROM jobs j \
         WHERE j.state = 'ready' AND j.tenant_id > $6 AND j.run_at <= $1 AND j.kind = ANY ($2) \
           AND ($7::boolean IS NULL OR (j.key LIKE '%:all') = $7) ORDER BY j.tenant_id, j.run_at LIMIT 1) \
        UNION ALL \
        SELECT (SELECT j.tenant_id FROM jobs j \
                WHERE j.state = 'ready' AND j.tenant_id > due.tenant_id AND j.run_at <= $1 AND j.kind = ANY ($2) \
                  AND ($7::boolean IS NULL OR (j.key LIKE '%:all') = $7) \
                ORDER BY j.tenant_id, j.run_at LIMIT 1), due.n + 1 \
        FROM due WHERE due.tenant_id IS NOT NULL AND due.n <= $3), \
    again AS (\
        (SELECT j.tenant_id, 1 AS n FROM jobs j \
         WHERE j.state = 'ready' AND j.run_at <= $1 AND j.kind = ANY ($2) \
           AND ($7::boolean IS NULL OR (j.key LIKE '%:all') = $7) ORDER BY j.tenant_id, j.run_at LIMIT 1) \
        UNION ALL \
        SELECT (SELECT j.tenant_id FROM jobs j \
                WHERE j.state = 'ready' AND j.tenant_id > again.tenant_id AND j.run_at <= $1 AND j.kind = ANY ($2) \
                  AND ($7::boolean IS NULL OR (j.key LIKE '%:all') = $7) \
                ORDER BY j.tenant_id, j.run_at LIMIT 1), again.n + 1 \
        FROM again WHERE again.tenant_id IS NOT NULL AND again.n <= $3), \
    tenant AS (\
        SELECT tenant_id, row_number() OVER (ORDER BY lap, tenant_id) AS turn FROM (\
            SELECT tenant_id, 1 AS lap FROM due WHERE tenant_id IS NOT NULL \
            UNION ALL SELECT tenant_id, 2 FROM again WHERE tenant_id <= $6) lap \
        ORDER BY lap, tenant_id LIMIT $3), \
    picked AS (\
        SELECT j.tenant_id, j.id FROM tenant CROSS JOIN LATERAL (\
            SELECT w.tenant_id, w.id, w.run_at FROM jobs w \
            WHERE w.tenant_id = tenant.tenant_id AND w.state = 'ready' AND w.run_at <= $1 AND w.kind = ANY ($2) \
              AND ($7::boolean IS NULL OR (w.key LIKE '%:all') = $7) \
              AND NOT EXISTS (SELECT FROM jobs busy WHERE busy.tenant_id = w.tenant_id AND busy.kind = w.kind \
                              AND busy.key = w.key AND busy.state = 'leased') \
            ORDER BY w.run_at, w.id \
            LIMIT (SELECT ceil($3::numeric / count(*))::bigint FROM tenant) FOR UPDATE SKIP LOCKED) j \
        ORDER BY tenant.turn, j.run_at, j.id), \
    share AS (\
        SELECT tenant_id, id FROM (\
            SELECT p.*, row_number() OVER (PARTITION BY p.tenant_id) AS nth FROM picked p) ranked \
        ORDER BY nth LIMIT $3) \
    UPDATE jobs j SET state = 'leased', attempts = j.attempts + 1, lease_until = $4, leased_by = $5, updated_at = $1 \
    FROM share WHERE j.tenant_id = share.tenant_id AND j.id = share.id \
    RETURNING j.tenant_id, j.id, j.kind, j.key, j.payload, j.attempts";

impl SystemJobs<'_> {
    /// Takes up to `limit` jobs of these kinds, and first those whose worker was lost.
    ///
    /// Tenants take turns: one with ten thousand jobs does not delay another
    /// one's single job. Commit before the work begins.
    pub async fn claim(
        &mut self,
        worker: &str,
        kinds: &[&str],
        limit: i64,
        lease: Duration,
    ) -> Result<Vec<JobClaim>, StoreError> {
        self.claim_keys(worker, kinds, Keys::Any, limit, lease).await
    }

    /// As [`Self::claim`], of the jobs whose keys are these.
    pub async fn claim_keys(
        &mut self,
        worker: &str,
        kinds: &[&str],
        keys: Keys,
        limit: i64,
        lease: Duration,
    ) -> Result<Vec<JobClaim>, StoreError> {
        let now = self.0.now();
        let lease_until = now + lease;
        let turn = self.0.turn();
        let mut rows: Vec<Row> = sqlx::query_as(RECLAIM)
            .bind(now)
            .bind(kinds)
            .bind(limit)
            .bind(lease_until)
            .bind(worker)
            .bind(keys.ends_in_all())
            .fetch_all(self.0.conn())
            .await?;
        let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if left > 0 {
            let fresh: Vec<Row> = sqlx::query_as(CLAIM)
                .bind(now)
                .bind(kinds)
                .bind(left)
                .bind(lease_until)
                .bind(worker)
                .bind(turn.last())
                .bind(keys.ends_in_all())
                .fetch_all(self.0.conn())
                .await?;
            turn.served(fresh.iter().map(|row| row.tenant_id));
            rows.extend(fresh);
        }
        Ok(rows
            .into_iter()
            .map(|row| JobClaim {
                id: row.id,
                grant: Grant::mint(row.tenant_id, Actor::Job(row.id)),
                kind: row.kind,
                key: row.key,
                payload: row.payload,
                attempt: row.attempts,
                lease_until,
                worker: worker.to_owned(),
            })
            .collect())
    }
}
