//! Leases of runs across tenants: the heartbeat of a process, and what a lost one left behind.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Grant, StoreError, SystemTx,
    ids::{RunId, TenantId},
    runs::{Lease, grant_of},
};

/// A run whose lease was extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Leased {
    /// The run.
    pub id: RunId,
    /// When somebody asked to stop it.
    pub cancel_requested_at: Option<DateTime<Utc>>,
}

/// A run that its process left behind, now leased by whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostRun {
    /// The right to write to it, as the one who started it.
    pub grant: Grant,
    /// The run.
    pub id: RunId,
}

/// A call whose approval nobody gave in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredApproval {
    /// The right to end the waiting, as the one who started the run.
    pub grant: Grant,
    /// The run.
    pub run: RunId,
    /// The call.
    pub call_id: String,
}

/// The leases of all runs.
pub struct RunLeases<'t> {
    tx: &'t mut SystemTx,
}

impl SystemTx {
    /// The leases of all runs.
    pub fn run_leases(&mut self) -> RunLeases<'_> {
        RunLeases { tx: self }
    }
}

#[derive(FromRow)]
struct Lost {
    tenant_id: TenantId,
    id: RunId,
    actor_kind: String,
    actor_id: Uuid,
}

impl RunLeases<'_> {
    /// Extends the leases of a process for the runs that it works on, in one
    /// statement however many there are. A run that does not come back is lost to it.
    pub async fn extend(&mut self, lease: &Lease, runs: &[RunId]) -> Result<Vec<Leased>, StoreError> {
        let now = self.tx.now();
        Ok(sqlx::query_as(
            "UPDATE runs SET lease_until = $2, updated_at = $3 WHERE leased_by = $1 AND id = ANY ($4)
            RETURNING id, cancel_requested_at",
        )
        .bind(&lease.worker)
        .bind(lease.until)
        .bind(now)
        .bind(runs)
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// Takes over runs whose lease ran out; with `sole`, those of every other
    /// process too, because there can be none.
    pub async fn take_lost(
        &mut self,
        lease: &Lease,
        sole: bool,
        limit: i64,
    ) -> Result<Vec<LostRun>, StoreError> {
        let now = self.tx.now();
        let lost: Vec<Lost> = sqlx::query_as(
            "UPDATE runs r SET leased_by = $1, lease_until = $2, updated_at = $3
            FROM (SELECT tenant_id, id FROM runs WHERE lease_until < $3 OR ($4 AND leased_by <> $1)
                ORDER BY lease_until LIMIT $5 FOR UPDATE SKIP LOCKED) due
            WHERE r.tenant_id = due.tenant_id AND r.id = due.id
            RETURNING r.tenant_id, r.id, r.actor_kind, r.actor_id",
        )
        .bind(&lease.worker)
        .bind(lease.until)
        .bind(now)
        .bind(sole)
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?;
        lost.into_iter()
            .map(|run| {
                Ok(LostRun {
                    grant: grant_of(run.tenant_id, &run.actor_kind, run.actor_id)?,
                    id: run.id,
                })
            })
            .collect()
    }

    /// Calls that have waited too long for a human.
    pub async fn expired_approvals(&mut self, limit: i64) -> Result<Vec<ExpiredApproval>, StoreError> {
        let now = self.tx.now();
        let expired: Vec<(TenantId, RunId, String, String, Uuid)> = sqlx::query_as(
            "SELECT a.tenant_id, a.run_id, a.call_id, r.actor_kind, r.actor_id
            FROM approvals a JOIN runs r ON r.tenant_id = a.tenant_id AND r.id = a.run_id
            WHERE a.state = 'pending' AND a.expires_at < $1 ORDER BY a.expires_at LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?;
        expired
            .into_iter()
            .map(|(tenant, run, call_id, kind, actor)| {
                Ok(ExpiredApproval {
                    grant: grant_of(tenant, &kind, actor)?,
                    run,
                    call_id,
                })
            })
            .collect()
    }
}
