//! What a tenant may spend.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{StoreError, TenantTx, ids::BudgetId, prices::NanoUsd, text_enum::text_enum};

text_enum! {
    /// How often a budget renews.
    pub enum BudgetPeriod {
        /// At midnight in the budget's time zone.
        Day = "day",
        /// On the first of the month.
        Month = "month",
        /// Never.
        Total = "total",
    }
}

/// A budget to be made. All but name, limit and whether it counts stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewBudget {
    /// What people call it; unique in the tenant.
    pub name: String,
    /// The agent whose calls it counts; all when `None`.
    pub agent: Option<String>,
    /// What may be spent in a period.
    pub limit_nano: NanoUsd,
    /// How often it renews.
    pub period: BudgetPeriod,
    /// The time zone of its days, such as `Europe/Berlin`.
    pub timezone: String,
}

/// A budget and where it stands in its present period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Budget {
    /// The budget.
    pub id: BudgetId,
    /// What people call it.
    pub name: String,
    /// The agent whose calls it counts; all when `None`.
    pub agent: Option<String>,
    /// What may be spent in a period.
    pub limit_nano: NanoUsd,
    /// How often it renews.
    pub period: BudgetPeriod,
    /// The time zone of its days.
    pub timezone: String,
    /// Whether it counts at all.
    pub active: bool,
    /// For optimistic locking.
    pub version: i64,
    /// Held for calls under way.
    pub held_nano: NanoUsd,
    /// Spent in this period, before the budget was made too.
    pub spent_nano: NanoUsd,
    /// When the present period ends; never, when `None`.
    pub renews_at: Option<DateTime<Utc>>,
}

/// A change of a budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BudgetPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another limit; may be below what is spent already.
    pub limit_nano: Option<NanoUsd>,
    /// Whether it counts from now on.
    pub active: Option<bool>,
}

/// The budgets of one tenant.
pub struct Budgets<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The budgets.
    pub fn budgets(&mut self) -> Budgets<'_> {
        Budgets { tx: self }
    }
}

impl Budgets<'_> {
    /// Makes a budget. It counts every attempt held from now on; what the present
    /// period has cost already is its opening balance.
    pub async fn create(&mut self, new: &NewBudget) -> Result<BudgetId, StoreError> {
        let (tenant, now, id) = (self.tx.grant().tenant(), self.tx.now(), BudgetId::new());
        // An unknown zone would fail every later hold.
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)")
            .bind(&new.timezone)
            .fetch_one(self.tx.conn())
            .await?;
        if !known {
            return Err(StoreError::invalid(
                "timezone",
                "must be a name such as Europe/Berlin or UTC",
            ));
        }
        if new.limit_nano < NanoUsd::ZERO {
            return Err(StoreError::invalid("limit_nano", "must not be negative"));
        }
        sqlx::query(
            "INSERT INTO budgets (tenant_id, id, name, agent, limit_nano, period, timezone, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(tenant)
        .bind(id)
        .bind(&new.name)
        .bind(&new.agent)
        .bind(new.limit_nano)
        .bind(new.period)
        .bind(&new.timezone)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        sqlx::query(
            "INSERT INTO budget_periods (tenant_id, budget_id, period_start, opening_nano)
            SELECT $1, b.id, s.at, (SELECT COALESCE(sum(e.amount_nano), 0)::bigint FROM ledger_entries e
                WHERE e.tenant_id = $1 AND e.created_at >= s.at AND e.held_at >= s.at AND e.to_account = 'spent'
                    AND (b.agent IS NULL OR e.agent = b.agent))
            FROM budgets b, LATERAL (SELECT budget_period_start(b.period, $3, b.timezone) AS at) s
            WHERE b.tenant_id = $1 AND b.id = $2",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(id)
    }

    /// Every budget with where it stands, by name.
    pub async fn list(&mut self) -> Result<Vec<Budget>, StoreError> {
        self.read(None).await
    }

    /// One budget with where it stands.
    pub async fn get(&mut self, id: BudgetId) -> Result<Option<Budget>, StoreError> {
        Ok(self.read(Some(id)).await?.into_iter().next())
    }

    /// Changes a budget that still has the version `expected`.
    pub async fn update(
        &mut self,
        id: BudgetId,
        patch: &BudgetPatch,
        expected: i64,
    ) -> Result<Budget, StoreError> {
        if patch.limit_nano.is_some_and(|limit| limit < NanoUsd::ZERO) {
            return Err(StoreError::invalid("limit_nano", "must not be negative"));
        }
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let changed = sqlx::query(
            "UPDATE budgets SET name = COALESCE($3, name), limit_nano = COALESCE($4, limit_nano),
                active = COALESCE($5, active), version = version + 1, updated_at = $6
            WHERE tenant_id = $1 AND id = $2 AND version = $7",
        )
        .bind(tenant)
        .bind(id)
        .bind(&patch.name)
        .bind(patch.limit_nano)
        .bind(patch.active)
        .bind(now)
        .bind(expected)
        .execute(self.tx.conn())
        .await?
        .rows_affected();
        let budget = self
            .get(id)
            .await?
            .ok_or(StoreError::NotFound { what: "budget" })?;
        if changed == 0 {
            Err(StoreError::Stale {
                current: budget.version,
            })
        } else {
            Ok(budget)
        }
    }

    async fn read(&mut self, id: Option<BudgetId>) -> Result<Vec<Budget>, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        Ok(sqlx::query_as(
            "SELECT b.id, b.name, b.agent, b.limit_nano, b.period, b.timezone, b.active, b.version,
                COALESCE(p.held_nano, 0) AS held_nano, COALESCE(p.opening_nano + p.spent_nano, 0) AS spent_nano,
                budget_period_end(b.period, $2, b.timezone) AS renews_at
            FROM budgets b LEFT JOIN budget_periods p ON p.tenant_id = b.tenant_id AND p.budget_id = b.id
                AND p.period_start = budget_period_start(b.period, $2, b.timezone)
            WHERE b.tenant_id = $1 AND ($3::uuid IS NULL OR b.id = $3) ORDER BY b.name",
        )
        .bind(tenant)
        .bind(now)
        .bind(id)
        .fetch_all(self.tx.conn())
        .await?)
    }
}
