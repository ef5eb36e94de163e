//! Runs of agents: what was asked, where it stands, how it ended.
//!
//! A running run is leased by one process. Whoever writes to it says who they
//! are, and finds out when the lease has gone to someone else.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Actor, Grant, StoreError, TenantTx,
    ids::{ApiKeyId, ConversationId, JobId, RunId, TenantId, UserId, VisitorId},
    text_enum::text_enum,
};

text_enum! {
    /// Where a run stands.
    pub enum RunState {
        /// It waits for its turn.
        Queued = "queued",
        /// A process works on it.
        Running = "running",
        /// It waits for a human.
        AwaitingApproval = "awaiting_approval",
        /// It has ended.
        Finished = "finished",
    }
}

/// The process that works on a run, and until when it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The process.
    pub worker: String,
    /// When others may take the run.
    pub until: DateTime<Utc>,
}

/// A run to be made.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The run.
    pub id: RunId,
    /// The agent.
    pub agent: String,
    /// Its typed input.
    pub input: Value,
    /// The conversation that it belongs to.
    pub conversation_id: Option<ConversationId>,
    /// Whether it must wait for its turn first.
    pub queued: bool,
    /// Who works on it.
    pub lease: Lease,
}

/// A run.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// The agent.
    pub agent: String,
    /// Where it stands.
    pub state: RunState,
    /// How it ended.
    pub outcome: Option<String>,
    /// Its typed input.
    pub input: Value,
    /// What was said and done; complete once it has parked or ended.
    pub transcript: Value,
    /// What it needs to go on after it parked.
    pub parked: Option<Value>,
    /// The conversation that it belongs to.
    pub conversation_id: Option<ConversationId>,
    /// Whether the floor stood in for a model.
    pub degraded: bool,
    /// Why it did.
    pub degraded_reason: Option<String>,
    /// What it used.
    pub usage: Value,
    /// The number of the last event in the store.
    pub last_seq: i64,
    /// When somebody asked to stop it.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    actor_kind: String,
    actor_id: Uuid,
}

/// What is written when a run ends.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// How it ended.
    pub outcome: String,
    /// What was said and done.
    pub transcript: Value,
    /// Whether the floor stood in for a model.
    pub degraded: bool,
    /// Why it did.
    pub degraded_reason: Option<String>,
    /// What it used.
    pub usage: Value,
}

/// The runs of one tenant.
pub struct Runs<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The runs.
    pub fn runs(&mut self) -> Runs<'_> {
        Runs { tx: self }
    }
}

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "SELECT id, agent, state, outcome, input, transcript, parked, conversation_id, degraded, \
             degraded_reason, usage, last_seq, cancel_requested_at, created_at, finished_at, actor_kind, actor_id \
             FROM runs WHERE tenant_id = $1 ",
            $rest
        )
    };
}

impl Runs<'_> {
    /// Makes a run of the transaction's actor.
    pub async fn create(&mut self, new: &NewRun) -> Result<(), StoreError> {
        let (grant, now) = (*self.tx.grant(), self.tx.now());
        let state = if new.queued {
            RunState::Queued
        } else {
            RunState::Running
        };
        sqlx::query(
            "INSERT INTO runs (tenant_id, id, agent, state, input, actor_kind, actor_id, conversation_id,
                leased_by, lease_until, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        )
        .bind(grant.tenant())
        .bind(new.id)
        .bind(&new.agent)
        .bind(state)
        .bind(&new.input)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(new.conversation_id)
        .bind(&new.lease.worker)
        .bind(new.lease.until)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    /// One run.
    pub async fn get(&mut self, id: RunId) -> Result<Option<Run>, StoreError> {
        Ok(sqlx::query_as(select_runs!("AND id = $2"))
            .bind(self.tx.grant().tenant())
            .bind(id)
            .fetch_optional(self.tx.conn())
            .await?)
    }

    /// Where a run stands, and the number of its last stored event once it is at rest.
    pub async fn standing(&mut self, id: RunId) -> Result<Option<(RunState, u64)>, StoreError> {
        let row: Option<(RunState, i64)> =
            sqlx::query_as("SELECT state, last_seq FROM runs WHERE tenant_id = $1 AND id = $2")
                .bind(self.tx.grant().tenant())
                .bind(id)
                .fetch_optional(self.tx.conn())
                .await?;
        Ok(row.map(|(state, last)| (state, last.unsigned_abs())))
    }

    /// Where a run stands; it stays so until this transaction ends.
    pub async fn lock(&mut self, id: RunId) -> Result<Option<RunState>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT state FROM runs WHERE tenant_id = $1 AND id = $2 FOR UPDATE")
                .bind(self.tx.grant().tenant())
                .bind(id)
                .fetch_optional(self.tx.conn())
                .await?,
        )
    }

    /// The runs, newest first; `before` is the last one already read.
    pub async fn list(&mut self, before: Option<RunId>, limit: i64) -> Result<Vec<Run>, StoreError> {
        Ok(sqlx::query_as(select_runs!(
            "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
        ))
        .bind(self.tx.grant().tenant())
        .bind(before)
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// A queued run has its turn. False when the lease is lost.
    pub async fn begin(&mut self, id: RunId, worker: &str) -> Result<bool, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let done = sqlx::query(
            "UPDATE runs SET state = 'running', updated_at = $4
            WHERE tenant_id = $1 AND id = $2 AND leased_by = $3 AND state IN ('queued', 'running')",
        )
        .bind(tenant)
        .bind(id)
        .bind(worker)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a run that `worker` works on, and tells those who read along in other
    /// processes. False when the lease is lost: then nothing may be written.
    pub async fn finish(
        &mut self,
        id: RunId,
        worker: &str,
        last_seq: u64,
        end: &RunEnd,
    ) -> Result<bool, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let done = sqlx::query(
            "WITH done AS (
                UPDATE runs SET state = 'finished', outcome = $4, transcript = $5, degraded = $6,
                    degraded_reason = $7, usage = $8, last_seq = $9, parked = NULL, leased_by = NULL,
                    lease_until = NULL, finished_at = $10, updated_at = $10
                WHERE tenant_id = $1 AND id = $2 AND leased_by = $3 RETURNING id)
            SELECT pg_notify('run_events', id::text) FROM done",
        )
        .bind(tenant)
        .bind(id)
        .bind(worker)
        .bind(&end.outcome)
        .bind(&end.transcript)
        .bind(end.degraded)
        .bind(&end.degraded_reason)
        .bind(&end.usage)
        .bind(i64::try_from(last_seq).unwrap_or(i64::MAX))
        .bind(now)
        .fetch_optional(self.tx.conn())
        .await?;
        Ok(done.is_some())
    }

    /// Lays a run down until a human has decided. False when the lease is lost, or
    /// when somebody has asked to stop the run.
    pub async fn park(
        &mut self,
        id: RunId,
        worker: &str,
        last_seq: u64,
        transcript: &Value,
        parked: &Value,
    ) -> Result<bool, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let done = sqlx::query(
            "WITH done AS (
                UPDATE runs SET state = 'awaiting_approval', transcript = $4, parked = $5, last_seq = $6,
                    leased_by = NULL, lease_until = NULL, updated_at = $7
                WHERE tenant_id = $1 AND id = $2 AND leased_by = $3 AND cancel_requested_at IS NULL RETURNING id)
            SELECT pg_notify('run_events', id::text) FROM done",
        )
        .bind(tenant)
        .bind(id)
        .bind(worker)
        .bind(transcript)
        .bind(parked)
        .bind(i64::try_from(last_seq).unwrap_or(i64::MAX))
        .bind(now)
        .fetch_optional(self.tx.conn())
        .await?;
        Ok(done.is_some())
    }

    /// Takes up a parked run; `None` when it is not parked (any more). The grant
    /// is that of whoever started it: the run goes on with their rights.
    pub async fn unpark(&mut self, id: RunId, lease: &Lease) -> Result<Option<(Grant, Run)>, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let taken = sqlx::query(
            "UPDATE runs SET state = 'running', leased_by = $3, lease_until = $4, updated_at = $5
            WHERE tenant_id = $1 AND id = $2 AND state = 'awaiting_approval'",
        )
        .bind(tenant)
        .bind(id)
        .bind(&lease.worker)
        .bind(lease.until)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        let run = self.get(id).await?;
        run.map(|run| Ok((grant_of(tenant, &run.actor_kind, run.actor_id)?, run)))
            .transpose()
    }

    /// Asks whoever works on a run to stop; says where it stood. `None` when there is no such run.
    pub async fn request_cancel(&mut self, id: RunId) -> Result<Option<RunState>, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        sqlx::query(
            "WITH asked AS (
                UPDATE runs SET cancel_requested_at = COALESCE(cancel_requested_at, $3), updated_at = $3
                WHERE tenant_id = $1 AND id = $2 AND state <> 'finished' RETURNING id)
            SELECT pg_notify('run_cancel', id::text) FROM asked",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(
            sqlx::query_scalar("SELECT state FROM runs WHERE tenant_id = $1 AND id = $2")
                .bind(tenant)
                .bind(id)
                .fetch_optional(self.tx.conn())
                .await?,
        )
    }
}

/// The grant of a stored actor. Private to this crate, like the minting itself.
pub(crate) fn grant_of(tenant: TenantId, kind: &str, id: Uuid) -> Result<Grant, StoreError> {
    let actor = match kind {
        "user" => Actor::User(UserId::from(id)),
        "api_key" => Actor::ApiKey(ApiKeyId::from(id)),
        "visitor" => Actor::Visitor(VisitorId::from(id)),
        "job" => Actor::Job(JobId::from(id)),
        other => {
            return Err(StoreError::Corrupt {
                what: format!("the actor kind {other}"),
            });
        }
    };
    Ok(Grant::mint(tenant, actor))
}
