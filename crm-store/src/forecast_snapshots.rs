//! Forecasts as they were told: kept once a week, so that what was really said can be compared with what came.
//!
//! The service writes them, of all deals; an owner's sums are seen by whoever sees that owner's deals, all other sums by
//! whoever sees all deals.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{StoreError, TenantTx, ids::JobId, text_enum::text_enum};

/// The kind of job that keeps what is forecast; its key is `all`, or [`BEFORE`].
pub const SNAPSHOT_JOB: &str = "forecast_snapshot";
/// The key of that job which keeps what would have been told before: [`TenantTx::plan_past_forecasts`].
pub const BEFORE: &str = "before";
/// The hour of a Monday, UTC, at which it is kept: after the night in which deals are scored.
pub const SNAPSHOT_HOUR: u32 = 5;
/// How many are read at the most: of two years each owner's quarters, of 500 owners.
const MOST: i64 = 5_000;

text_enum! {
    /// Whose deals a kept forecast is of.
    pub enum SnapshotScope {
        /// All deals of the tenant.
        All = "all",
        /// Those of the owners with one role.
        Team = "team",
        /// Those of one owner.
        Owner = "owner",
    }
}

/// What was said of a period on a day. Sums are in the currency that the tenant had then.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Snapshot {
    /// The first day of the period.
    pub period_from: NaiveDate,
    /// Its last day.
    pub period_to: NaiveDate,
    /// Whose deals.
    pub scope: SnapshotScope,
    /// The owner; none but for an owner's, and for the deals of nobody.
    pub owner_id: Option<Uuid>,
    /// The name of the role, for a team's.
    pub team: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// What had been won in the period by then.
    pub closed: Decimal,
    /// What was expected in all.
    pub expected: Decimal,
    /// One time in ten it would be less.
    pub low: Decimal,
    /// One time in ten it would be more.
    pub high: Decimal,
    /// Open deals that owners had committed.
    pub commit: Decimal,
    /// Best case.
    pub best_case: Decimal,
    /// Pipeline.
    pub pipeline: Decimal,
    /// On which day it was said, in the tenant's zone.
    pub made_on: NaiveDate,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
}

/// What becomes of a forecast that was kept of the same period on the same day.
#[derive(Debug, Clone, Copy)]
enum Known {
    Replaced,
    Stays,
}

macro_rules! insert {
    ($known:literal) => {
        concat!(
            "INSERT INTO forecast_snapshots (tenant_id, id, period_from, period_to, scope, owner_id, team, currency, closed, \
                 expected, low, high, commit, best_case, pipeline, made_on, as_of) \
             SELECT $1, n.* FROM unnest($2::uuid[], $3::date[], $4::date[], $5::text[], $6::uuid[], $7::text[], $8::text[], \
                 $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[], \
                 $15::numeric[], $16::date[], $17::timestamptz[]) AS n \
             ON CONFLICT ON CONSTRAINT forecast_snapshots_key ",
            $known
        )
    };
}

impl TenantTx {
    /// Keeps forecasts; what was said of the same period on the same day is replaced. Only a job may. How many there are.
    pub async fn keep_forecasts(&mut self, said: &[Snapshot]) -> Result<u64, StoreError> {
        self.insert_forecasts(said, Known::Replaced).await
    }

    /// Keeps what would have been told before; what was really told of the same period on the same day stays. Only a job may.
    /// How many there are.
    pub async fn keep_forecasts_of_before(&mut self, said: &[Snapshot]) -> Result<u64, StoreError> {
        self.insert_forecasts(said, Known::Stays).await
    }

    async fn insert_forecasts(&mut self, said: &[Snapshot], known: Known) -> Result<u64, StoreError> {
        let tenant = self.grant().tenant();
        let sums = |of: fn(&Snapshot) -> Decimal| said.iter().map(of).collect::<Vec<Decimal>>();
        let days = |of: fn(&Snapshot) -> NaiveDate| said.iter().map(of).collect::<Vec<NaiveDate>>();
        let kept = sqlx::query(match known {
            Known::Replaced => insert!(
                "DO UPDATE SET currency = excluded.currency, closed = excluded.closed, expected = excluded.expected, \
                     low = excluded.low, high = excluded.high, commit = excluded.commit, \
                     best_case = excluded.best_case, pipeline = excluded.pipeline, as_of = excluded.as_of"
            ),
            Known::Stays => insert!("DO NOTHING"),
        })
        .bind(tenant)
        .bind(said.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
        .bind(days(|one| one.period_from))
        .bind(days(|one| one.period_to))
        .bind(said.iter().map(|one| one.scope.as_str()).collect::<Vec<_>>())
        .bind(said.iter().map(|one| one.owner_id).collect::<Vec<_>>())
        .bind(said.iter().map(|one| one.team.as_deref()).collect::<Vec<_>>())
        .bind(said.iter().map(|one| one.currency.as_str()).collect::<Vec<_>>())
        .bind(sums(|one| one.closed))
        .bind(sums(|one| one.expected))
        .bind(sums(|one| one.low))
        .bind(sums(|one| one.high))
        .bind(sums(|one| one.commit))
        .bind(sums(|one| one.best_case))
        .bind(sums(|one| one.pipeline))
        .bind(days(|one| one.made_on))
        .bind(said.iter().map(|one| one.as_of).collect::<Vec<_>>())
        .execute(self.conn())
        .await?;
        Ok(kept.rows_affected())
    }

    /// What was said of periods that began since a day, of such deals, as far as the actor may see it, the latest period first: of
    /// each what was said first within it, else last before it.
    pub async fn kept_forecasts(
        &mut self,
        since: NaiveDate,
        of: &[SnapshotScope],
    ) -> Result<Vec<Snapshot>, StoreError> {
        let of: Vec<&str> = of.iter().map(|scope| scope.as_str()).collect();
        Ok(sqlx::query_as(
            "SELECT DISTINCT ON (period_from, period_to, scope, owner_id, team) period_from, period_to, scope, owner_id, team, \
                 currency, closed, expected, low, high, commit, best_case, pipeline, made_on, as_of \
             FROM forecast_snapshots WHERE period_from >= $1 AND scope = ANY ($3) \
             ORDER BY period_from DESC, period_to DESC, scope, owner_id, team, made_on < period_from, \
                 abs(made_on - period_from) LIMIT $2",
        )
        .bind(since)
        .bind(MOST)
        .bind(of)
        .fetch_all(self.conn())
        .await?)
    }

    /// Plans when forecasts are kept next, the coming Monday, unless that is planned.
    pub async fn plan_forecast_snapshot(&mut self) -> Result<(), StoreError> {
        let at = monday(self.now());
        self.plan_forecasts("all", at).await
    }

    /// Has kept what would have been told in the past, for data that were brought along, unless something was kept already.
    pub async fn plan_past_forecasts(&mut self) -> Result<(), StoreError> {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM forecast_snapshots)")
            .fetch_one(self.conn())
            .await?;
        if known {
            return Ok(());
        }
        let now = self.now();
        self.plan_forecasts(BEFORE, now).await
    }

    async fn plan_forecasts(&mut self, key: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let (tenant, now) = (self.grant().tenant(), self.now());
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO NOTHING",
        )
        .bind(tenant)
        .bind(JobId::new())
        .bind(SNAPSHOT_JOB)
        .bind(key)
        .bind(at)
        .bind(now)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// The hour of keeping on the Monday after a moment.
fn monday(now: DateTime<Utc>) -> DateTime<Utc> {
    let ahead = 7 - u64::from(now.weekday().num_days_from_monday());
    let day = now.date_naive().checked_add_days(Days::new(ahead));
    day.map_or(now + TimeDelta::days(7), |day| {
        day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(SNAPSHOT_HOUR.into())
    })
}
