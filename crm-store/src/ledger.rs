//! Money in double entry: what model calls may cost, and what they did.
//!
//! An attempt to call a model is held before the call (`available` → `held`) and
//! settled after it (`held` → `spent`, the rest released, what was too little
//! taken as overrun). Entries are only added. The counters in `budget_periods`
//! are caches of their sums: every statement here changes both or neither.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError, SystemTx, TenantTx,
    ids::{AttemptId, BudgetId, RunId},
    prices::NanoUsd,
};

/// Tokens of one call, as the provider reported them or as we estimate them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// Tokens of the prompt, cached ones among them.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Tokens of the prompt that the provider had in its cache.
    pub cached_input: u64,
}

/// An attempt that is about to call a model.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// The attempt; a second hold of the same one is a conflict.
    pub attempt: AttemptId,
    /// The run that calls.
    pub run: Option<RunId>,
    /// The agent that calls.
    pub agent: String,
    /// Whose model it is.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The most that the call can cost.
    pub amount: NanoUsd,
    /// The most tokens that it can use.
    pub tokens: Tokens,
    /// When the sweeper may settle it.
    pub lease_until: DateTime<Utc>,
}

/// What an attempt cost in the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Actual {
    /// The price of its tokens.
    pub cost: NanoUsd,
    /// Its tokens.
    pub tokens: Tokens,
    /// Whether the tokens are our estimate: the provider never reported any.
    pub estimated: bool,
}

/// What came of settling an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The entries are written.
    Now,
    /// There is nothing open: it was settled before, perhaps by the sweeper, or never held.
    Already,
}

/// The ledger of one tenant.
pub struct Ledger<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The ledger.
    pub fn ledger(&mut self) -> Ledger<'_> {
        Ledger { tx: self }
    }
}

/// One statement decides and writes: `taken` takes the amount in every budget
/// that has room, and the entry is written when that was every budget there is.
/// A refusal leaves counters behind that the caller's rollback takes away.
const HOLD: &str = "
    WITH due AS (
        SELECT b.id, b.name, b.limit_nano,
            budget_period_start(b.period, $9, b.timezone) AS period_start,
            budget_period_end(b.period, $9, b.timezone) AS renews_at
        FROM budgets b WHERE b.active AND (b.agent IS NULL OR b.agent = $5)
    ), taken AS (
        INSERT INTO budget_periods AS p (tenant_id, budget_id, period_start, held_nano)
        SELECT $1, d.id, d.period_start, $8 FROM due d WHERE $8 <= d.limit_nano ORDER BY d.id
        ON CONFLICT (tenant_id, budget_id, period_start) DO UPDATE SET held_nano = p.held_nano + EXCLUDED.held_nano
            WHERE EXCLUDED.held_nano = 0 OR p.opening_nano + p.held_nano + p.spent_nano + EXCLUDED.held_nano
                <= (SELECT b.limit_nano FROM budgets b WHERE b.tenant_id = p.tenant_id AND b.id = p.budget_id)
        RETURNING p.budget_id
    ), refused AS (
        SELECT d.id, d.name, d.limit_nano, d.renews_at FROM due d
        WHERE d.id NOT IN (SELECT budget_id FROM taken)
        ORDER BY d.renews_at DESC NULLS FIRST, d.id LIMIT 1
    ), entry AS (
        INSERT INTO ledger_entries (tenant_id, id, attempt_id, run_id, agent, kind, from_account, to_account,
            amount_nano, provider, model, input_tokens, output_tokens, held_at, budgets, lease_until, created_at)
        SELECT $1, $2, $3, $4, $5, 'hold', 'available', 'held', $8, $6, $7, $11, $12, $9,
            ARRAY(SELECT budget_id FROM taken ORDER BY 1), $10, $9
        WHERE NOT EXISTS (SELECT FROM refused)
    )
    SELECT r.id, r.name, r.limit_nano, r.renews_at, set_config('synchronous_commit', 'off', true)
    FROM (SELECT) one LEFT JOIN refused r ON true";

/// The end of a statement that settles: `hold` are the closed holds with what they cost.
macro_rules! settle_entries {
    ($holds:literal) => {
        concat!(
            "WITH hold AS (",
            $holds,
            "), entries AS (
        INSERT INTO ledger_entries (tenant_id, id, attempt_id, run_id, agent, kind, from_account, to_account,
            amount_nano, provider, model, input_tokens, output_tokens, cached_input_tokens, estimated,
            held_at, budgets, created_at)
        SELECT h.tenant_id, uuid_at($1), h.attempt_id, h.run_id, h.agent, m.kind, m.source, m.target,
            m.amount, h.provider, h.model, m.share * h.input, m.share * h.output, m.share * h.cached_input,
            h.estimated, h.held_at, h.budgets, $1
        FROM hold h CROSS JOIN LATERAL (VALUES
            ('settle', 'held', 'spent', LEAST(h.amount_nano, h.actual), 1),
            ('release', 'held', 'available', h.amount_nano - h.actual, 0),
            ('overrun', 'available', 'spent', h.actual - h.amount_nano, 0)
        ) AS m (kind, source, target, amount, share)
        WHERE m.kind = 'settle' OR m.amount > 0
    ), counted AS (
        SELECT h.tenant_id, b.id AS budget_id, budget_period_start(b.period, h.held_at, b.timezone) AS period_start,
            sum(h.amount_nano)::bigint AS held, sum(h.actual)::bigint AS actual
        FROM hold h JOIN budgets b ON b.tenant_id = h.tenant_id AND b.id = ANY (h.budgets)
        GROUP BY 1, 2, 3
    ), locked AS (
        -- In the order that every statement takes them, so that none waits in a circle.
        SELECT c.* FROM counted c JOIN budget_periods p USING (tenant_id, budget_id, period_start)
        ORDER BY tenant_id, budget_id, period_start FOR UPDATE OF p
    ), counters AS (
        UPDATE budget_periods p SET held_nano = p.held_nano - l.held, spent_nano = p.spent_nano + l.actual
        FROM locked l WHERE p.tenant_id = l.tenant_id AND p.budget_id = l.budget_id AND p.period_start = l.period_start
    )
    SELECT count(*), set_config('synchronous_commit', 'off', true) FROM hold"
        )
    };
}
const SETTLE: &str = settle_entries!(
    "UPDATE ledger_entries SET lease_until = NULL
     WHERE tenant_id = $2 AND attempt_id = $3 AND kind = 'hold' AND lease_until IS NOT NULL
     RETURNING tenant_id, attempt_id, run_id, agent, provider, model, amount_nano, held_at, budgets,
        $4::bigint AS actual, $5::bigint AS input, $6::bigint AS output, $7::bigint AS cached_input,
        $8::boolean AS estimated"
);

const SETTLE_RUN: &str = settle_entries!(
    "UPDATE ledger_entries SET lease_until = NULL
     WHERE tenant_id = $2 AND run_id = $3 AND kind = 'hold' AND lease_until IS NOT NULL
     RETURNING tenant_id, attempt_id, run_id, agent, provider, model, amount_nano, held_at, budgets,
        amount_nano AS actual, input_tokens AS input, output_tokens AS output, 0::bigint AS cached_input,
        true AS estimated"
);

const SWEEP: &str = settle_entries!(
    "UPDATE ledger_entries e SET lease_until = NULL
     FROM (SELECT tenant_id, id FROM ledger_entries WHERE lease_until < $1
           ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED) due
     WHERE e.tenant_id = due.tenant_id AND e.id = due.id
     RETURNING e.tenant_id, e.attempt_id, e.run_id, e.agent, e.provider, e.model, e.amount_nano, e.held_at,
        e.budgets, e.amount_nano AS actual, e.input_tokens AS input, e.output_tokens AS output,
        0::bigint AS cached_input, true AS estimated"
);

/// A budget that had no room; all empty when every budget had.
#[derive(FromRow)]
struct Refused {
    id: Option<BudgetId>,
    name: Option<String>,
    limit_nano: Option<NanoUsd>,
    renews_at: Option<DateTime<Utc>>,
}

impl Ledger<'_> {
    /// Holds the most that an attempt can cost, in every budget that counts it.
    ///
    /// The amount and the room for it are compared and taken in one statement:
    /// two attempts cannot both spend the last cent. A call that costs nothing is
    /// never refused. After a refusal the transaction must be dropped.
    pub async fn hold(&mut self, hold: &NewHold) -> Result<(), StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let refused: Refused = sqlx::query_as(HOLD)
            .bind(tenant)
            .bind(Uuid::now_v7())
            .bind(hold.attempt)
            .bind(hold.run)
            .bind(&hold.agent)
            .bind(&hold.provider)
            .bind(&hold.model)
            .bind(hold.amount)
            .bind(now)
            .bind(hold.lease_until)
            .bind(whole(hold.tokens.input))
            .bind(whole(hold.tokens.output))
            .fetch_one(self.tx.conn())
            .await?;
        match refused {
            Refused {
                id: Some(budget),
                name: Some(name),
                limit_nano: Some(limit),
                renews_at,
            } => Err(StoreError::BudgetSpent {
                budget,
                name,
                limit,
                renews_at,
            }),
            _ => Ok(()),
        }
    }

    /// Settles an attempt with what it cost. A second call changes nothing.
    pub async fn settle(&mut self, attempt: AttemptId, actual: &Actual) -> Result<Settled, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let count: i64 = sqlx::query_scalar(SETTLE)
            .bind(now)
            .bind(tenant)
            .bind(attempt)
            .bind(actual.cost)
            .bind(whole(actual.tokens.input))
            .bind(whole(actual.tokens.output))
            .bind(whole(actual.tokens.cached_input))
            .bind(actual.estimated)
            .fetch_one(self.tx.conn())
            .await?;
        Ok(if count == 0 {
            Settled::Already
        } else {
            Settled::Now
        })
    }

    /// Settles what a run that is dead has left open, at the held amounts.
    pub async fn settle_run(&mut self, run: RunId) -> Result<u64, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let count: i64 = sqlx::query_scalar(SETTLE_RUN)
            .bind(now)
            .bind(tenant)
            .bind(run)
            .fetch_one(self.tx.conn())
            .await?;
        Ok(count.unsigned_abs())
    }
}

impl SystemTx {
    /// Settles up to `limit` holds of any tenant whose lease ran out, at the held
    /// amounts. Two sweepers at once share the work.
    pub async fn sweep_ledger(&mut self, limit: i64) -> Result<u64, StoreError> {
        let now = self.now();
        let count: i64 = sqlx::query_scalar(SWEEP)
            .bind(now)
            .bind(limit)
            .fetch_one(self.conn())
            .await?;
        Ok(count.unsigned_abs())
    }
}

/// A count as the database keeps it.
pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
