//! What a worker says about a job that it has.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Acquire, PgConnection};

use super::{Backlog, JobClaim, Jobs, SystemJobs};
use crate::{
    StoreError,
    ids::{JobId, TenantId},
};

/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// What became of a job whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again.
    Retry {
        /// Not before.
        at: DateTime<Utc>,
    },
    /// A later job for the same key waits already and does its work.
    Replaced,
    /// It failed too often; a human must look.
    Dead,
    /// The lease had run out and the job is another worker's.
    Lost,
}

impl Jobs<'_> {
    /// Marks a job done in the transaction that writes its result. False when the lease was lost: then
    /// do not commit.
    pub async fn complete(&mut self, claim: &JobClaim) -> Result<bool, StoreError> {
        let now = self.0.now();
        complete(self.0.conn(), claim, now).await
    }

    /// Marks many jobs of the tenant done in the transaction that writes their results. Returns those that were still
    /// this worker's: write the results of no others.
    pub async fn complete_many(&mut self, claims: &[&JobClaim]) -> Result<HashSet<JobId>, StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let done: Vec<JobId> = sqlx::query_scalar(
            "UPDATE jobs j SET state = 'done', run_at = $2, lease_until = NULL, leased_by = NULL, updated_at = $2 \
             FROM unnest($3::uuid[], $4::integer[], $5::text[]) AS c (id, attempt, worker) \
             WHERE j.tenant_id = $1 AND j.id = c.id AND j.state = 'leased' AND j.leased_by = c.worker \
                 AND j.attempts = c.attempt RETURNING j.id",
        )
        .bind(tenant)
        .bind(now)
        .bind(claims.iter().map(|claim| claim.id).collect::<Vec<_>>())
        .bind(claims.iter().map(|claim| claim.attempt).collect::<Vec<_>>())
        .bind(claims.iter().map(|claim| claim.worker.as_str()).collect::<Vec<_>>())
        .fetch_all(self.0.conn())
        .await?;
        Ok(done.into_iter().collect())
    }
}

impl SystemJobs<'_> {
    /// Marks a job done. False when the lease was lost and the job is another worker's.
    pub async fn complete(&mut self, claim: &JobClaim) -> Result<bool, StoreError> {
        let now = self.0.now();
        complete(self.0.conn(), claim, now).await
    }

    /// Gives a job back after a failed attempt: to be tried again after a pause that doubles each time.
    pub async fn fail(&mut self, claim: &JobClaim, error: &str) -> Result<Failed, StoreError> {
        let (now, id) = (self.0.now(), claim.id);
        let max: Option<i32> = sqlx::query_scalar(
            "SELECT max_attempts FROM jobs WHERE tenant_id = $1 AND id = $2 AND state = 'leased' \
                 AND leased_by = $3 AND attempts = $4 FOR UPDATE",
        )
        .bind(claim.grant.tenant())
        .bind(id)
        .bind(&claim.worker)
        .bind(claim.attempt)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(max) = max else { return Ok(Failed::Lost) };
        if claim.attempt >= max {
            release(self.0.conn(), claim, "dead", now, now, Some(error)).await?;
            return Ok(Failed::Dead);
        }
        let at = now + pause(claim.attempt);
        self.put_back(claim, at, Some(error)).await
    }

    /// Gives a job back at once and untried, as on shutdown.
    pub async fn release(&mut self, claim: &JobClaim) -> Result<(), StoreError> {
        let now = self.0.now();
        self.put_back(claim, now, None).await?;
        sqlx::query(
            "UPDATE jobs SET attempts = attempts - 1 WHERE tenant_id = $1 AND id = $2 AND state = 'ready'",
        )
        .bind(claim.grant.tenant())
        .bind(claim.id)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Keeps a job for `lease` from now on. False when the lease was lost: stop working.
    pub async fn extend(&mut self, claim: &mut JobClaim, lease: Duration) -> Result<bool, StoreError> {
        let now = self.0.now();
        let kept = sqlx::query(
            "UPDATE jobs SET lease_until = $5, updated_at = $6 WHERE tenant_id = $1 AND id = $2 \
                 AND state = 'leased' AND leased_by = $3 AND attempts = $4",
        )
        .bind(claim.grant.tenant())
        .bind(claim.id)
        .bind(&claim.worker)
        .bind(claim.attempt)
        .bind(now + lease)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        let kept = kept.rows_affected() == 1;
        if kept {
            claim.lease_until = now + lease;
        }
        Ok(kept)
    }

    /// Tries the dead jobs of a tenant again, such as after a repair; those that a later job replaces stay dead.
    pub async fn revive(&mut self, tenant: TenantId, kind: &str) -> Result<u64, StoreError> {
        let now = self.0.now();
        let revived = sqlx::query(
            "UPDATE jobs j SET state = 'ready', attempts = 0, run_at = $3, updated_at = $3 FROM (\
                 SELECT DISTINCT ON (d.key) d.id FROM jobs d WHERE d.tenant_id = $1 AND d.kind = $2 AND d.state = 'dead' \
                     AND NOT EXISTS (SELECT FROM jobs w WHERE w.tenant_id = $1 AND w.kind = $2 AND w.key = d.key AND w.state = 'ready') \
                 ORDER BY d.key, d.updated_at DESC) dead \
             WHERE j.tenant_id = $1 AND j.id = dead.id",
        )
        .bind(tenant)
        .bind(kind)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(revived.rows_affected())
    }

    /// Forgets jobs that were done before `before`.
    pub async fn purge(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM jobs WHERE state = 'done' AND updated_at < $1")
            .bind(before)
            .execute(self.0.conn())
            .await?;
        Ok(gone.rows_affected())
    }

    /// How much work of a kind there is in all tenants.
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

    /// Makes the job ready again, unless a later one for its key came meanwhile.
    async fn put_back(
        &mut self,
        claim: &JobClaim,
        at: DateTime<Utc>,
        error: Option<&str>,
    ) -> Result<Failed, StoreError> {
        let now = self.0.now();
        // The later job may come between any check and the write, so the unique
        // index decides, inside a savepoint.
        let mut savepoint = self.0.conn().begin().await?;
        match release(&mut savepoint, claim, "ready", at, now, error).await {
            Ok(true) => {
                savepoint.commit().await?;
                Ok(Failed::Retry { at })
            }
            Ok(false) => {
                savepoint.commit().await?;
                Ok(Failed::Lost)
            }
            Err(StoreError::Conflict { .. }) => {
                savepoint.rollback().await?;
                release(self.0.conn(), claim, "done", now, now, error).await?;
                Ok(Failed::Replaced)
            }
            Err(error) => Err(error),
        }
    }
}

async fn complete(conn: &mut PgConnection, claim: &JobClaim, now: DateTime<Utc>) -> Result<bool, StoreError> {
    release(conn, claim, "done", now, now, None).await
}

/// Ends the worker's claim. False when it was lost already.
async fn release(
    conn: &mut PgConnection,
    claim: &JobClaim,
    state: &str,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "UPDATE jobs SET state = $5, run_at = $6, lease_until = NULL, leased_by = NULL, \
             last_error = COALESCE($7, last_error), updated_at = $8 \
         WHERE tenant_id = $1 AND id = $2 AND state = 'leased' AND leased_by = $3 AND attempts = $4",
    )
    .bind(claim.grant.tenant())
    .bind(claim.id)
    .bind(&claim.worker)
    .bind(claim.attempt)
    .bind(state)
    .bind(run_at)
    .bind(error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// 1 s, 2 s, 4 s, … up to an hour.
fn pause(attempt: i32) -> TimeDelta {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(12);
    TimeDelta::seconds(1 << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_an_hour() {
        let seconds: Vec<i64> = [1, 2, 3, 10, 40]
            .map(|attempt| pause(attempt).num_seconds())
            .to_vec();
        assert_eq!(seconds, [1, 2, 4, 512, 3600]);
    }
}
