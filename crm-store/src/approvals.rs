//! Calls of tools that wait, or waited, for a human.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{StoreError, TenantTx, ids::RunId, text_enum::text_enum};

text_enum! {
    /// What became of a call that waits.
    pub enum ApprovalState {
        /// Nobody has decided.
        Pending = "pending",
        /// A human wants it done.
        Approve = "approve",
        /// A human does not.
        Reject = "reject",
        /// Nobody decided in time.
        Expired = "expired",
        /// The run was stopped first.
        Cancelled = "cancelled",
    }
}

/// A call that waits, or waited, for a human.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Approval {
    /// The run.
    pub run_id: RunId,
    /// The call.
    pub call_id: String,
    /// The tool.
    pub tool: String,
    /// The arguments as the model proposed them.
    pub arguments: Value,
    /// The arguments as the human changed them.
    pub decided_arguments: Option<Value>,
    /// What became of it.
    pub state: ApprovalState,
    /// The kind of actor that decided.
    pub decided_by_kind: Option<String>,
    /// The actor that decided.
    pub decided_by_id: Option<Uuid>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Until when somebody may decide.
    pub expires_at: DateTime<Utc>,
}

/// The approvals of one tenant.
pub struct Approvals<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The approvals.
    pub fn approvals(&mut self) -> Approvals<'_> {
        Approvals { tx: self }
    }
}

impl Approvals<'_> {
    /// Lets a call wait for a human until `expires_at`.
    pub async fn propose(
        &mut self,
        run: RunId,
        call_id: &str,
        tool: &str,
        arguments: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        sqlx::query(
            "INSERT INTO approvals (tenant_id, run_id, call_id, tool, arguments, state, expires_at, created_at)
            VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)",
        )
        .bind(tenant)
        .bind(run)
        .bind(call_id)
        .bind(tool)
        .bind(arguments)
        .bind(expires_at)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    /// The calls of a run, in the order they were proposed.
    pub async fn of_run(&mut self, run: RunId) -> Result<Vec<Approval>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT run_id, call_id, tool, arguments, decided_arguments, state, decided_by_kind, decided_by_id,
                decided_at, expires_at
            FROM approvals WHERE tenant_id = $1 AND run_id = $2 ORDER BY created_at, call_id",
        )
        .bind(self.tx.grant().tenant())
        .bind(run)
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// Decides a call that waits, as the transaction's actor. False when it does
    /// not wait (any more): the first decision stands.
    pub async fn decide(
        &mut self,
        run: RunId,
        call_id: &str,
        state: ApprovalState,
        arguments: Option<&Value>,
    ) -> Result<bool, StoreError> {
        let (grant, now) = (*self.tx.grant(), self.tx.now());
        let done = sqlx::query(
            "UPDATE approvals SET state = $4, decided_arguments = $5, decided_by_kind = $6, decided_by_id = $7,
                decided_at = $8
            WHERE tenant_id = $1 AND run_id = $2 AND call_id = $3 AND state = 'pending'",
        )
        .bind(grant.tenant())
        .bind(run)
        .bind(call_id)
        .bind(state)
        .bind(arguments)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
