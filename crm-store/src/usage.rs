//! Reading the ledger: what was spent, by day, agent and model, and every entry.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    ids::{AttemptId, RunId},
    ledger::Tokens,
    prices::NanoUsd,
};

/// What was spent on one day by one agent on one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct UsageRow {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// The agent.
    pub agent: String,
    /// Whose model it is.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Calls of the model.
    pub calls: i64,
    /// Tokens of the prompts.
    pub input_tokens: i64,
    /// Tokens of the answers.
    pub output_tokens: i64,
    /// Tokens of the prompts that came from the provider's cache.
    pub cached_input_tokens: i64,
    /// What it cost.
    pub cost_nano: NanoUsd,
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct LedgerEntry {
    /// The entry.
    pub id: Uuid,
    /// The attempt that it belongs to.
    pub attempt_id: AttemptId,
    /// The run that called.
    pub run_id: Option<RunId>,
    /// The agent that called.
    pub agent: String,
    /// `hold`, `settle`, `release` or `overrun`.
    pub kind: String,
    /// The account that the amount left.
    pub from_account: String,
    /// The account that it went to.
    pub to_account: String,
    /// How much.
    pub amount_nano: NanoUsd,
    /// Whose model it is.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Tokens of the prompt.
    pub input_tokens: i64,
    /// Tokens of the answer.
    pub output_tokens: i64,
    /// Tokens of the prompt that came from the provider's cache.
    pub cached_input_tokens: i64,
    /// Whether the tokens are our estimate.
    pub estimated: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// What a run has cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls that are settled.
    pub calls: u32,
    /// Their tokens.
    pub tokens: Tokens,
    /// Their cost.
    pub cost: NanoUsd,
}

/// Reads the ledger of one tenant.
pub struct Usage<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// What was spent.
    pub fn usage(&mut self) -> Usage<'_> {
        Usage { tx: self }
    }
}

impl Usage<'_> {
    /// What was spent from `from` until before `until`, newest day first.
    pub async fn by_day(
        &mut self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<UsageRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT (created_at AT TIME ZONE 'UTC')::date AS day, agent, provider, model,
                count(*) FILTER (WHERE kind = 'settle') AS calls, sum(input_tokens)::bigint AS input_tokens,
                sum(output_tokens)::bigint AS output_tokens,
                sum(cached_input_tokens)::bigint AS cached_input_tokens, sum(amount_nano)::bigint AS cost_nano
            FROM ledger_entries
            WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3 AND to_account = 'spent'
            GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4",
        )
        .bind(self.tx.grant().tenant())
        .bind(from)
        .bind(until)
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// The entries, newest first; `before` is the id of the last one already read.
    pub async fn entries(
        &mut self,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, attempt_id, run_id, agent, kind, from_account, to_account, amount_nano, provider, model,
                input_tokens, output_tokens, cached_input_tokens, estimated, created_at
            FROM ledger_entries WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
            ORDER BY id DESC LIMIT $3",
        )
        .bind(self.tx.grant().tenant())
        .bind(before)
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// What the settled calls of a run have cost.
    pub async fn of_run(&mut self, run: RunId) -> Result<Spent, StoreError> {
        let (calls, input, output, cached, cost): (i64, i64, i64, i64, NanoUsd) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE kind = 'settle'), COALESCE(sum(input_tokens), 0)::bigint,
                COALESCE(sum(output_tokens), 0)::bigint, COALESCE(sum(cached_input_tokens), 0)::bigint,
                COALESCE(sum(amount_nano), 0)::bigint
            FROM ledger_entries WHERE tenant_id = $1 AND run_id = $2 AND to_account = 'spent'",
        )
        .bind(self.tx.grant().tenant())
        .bind(run)
        .fetch_one(self.tx.conn())
        .await?;
        Ok(Spent {
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
            tokens: Tokens {
                input: input.unsigned_abs(),
                output: output.unsigned_abs(),
                cached_input: cached.unsigned_abs(),
            },
            cost,
        })
    }
}
