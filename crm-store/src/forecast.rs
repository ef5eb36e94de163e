//! What a forecast reads beside the histories of deals: flat rows and sums, a bounded number of each.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use sqlx::{Postgres, postgres::PgArguments, query::QueryAs};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{FieldRule, Verb},
    catalog,
    history::ABSURD,
    records::exponent,
    text_enum::text_enum,
};

/// The fields that a forecast shows sums of.
const FIELDS: &[&str] = &["amount", "close_date", "stage", "owner_id", "forecast_category"];

text_enum! {
    /// What is said of a deal in a forecast.
    pub enum ForecastCategory {
        /// Nothing.
        Omitted = "omitted",
        /// That it is open.
        Pipeline = "pipeline",
        /// That it is won if it goes well.
        BestCase = "best_case",
        /// That it will be won.
        Commit = "commit",
        /// That it is won.
        Closed = "closed",
    }
}

/// An open deal as a forecast reads it.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct PendingDeal {
    /// The deal.
    pub id: Uuid,
    /// Who owns it.
    pub owner_id: Option<Uuid>,
    /// What its owner says of it.
    pub forecast_category: ForecastCategory,
    /// When it is expected to close.
    pub close_date: Option<NaiveDate>,
    /// What it is thought to be worth, in units of the tenant's currency at the rate of today; none without an amount or a rate, and
    /// for an amount that cannot be meant.
    pub worth: Option<f64>,
    /// The probability that it is won, by its latest score; none before it was scored.
    pub probability: Option<f64>,
    /// What the tenant gave its stage, 0 to 1.
    pub stage_probability: Option<f64>,
}

/// What somebody won.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct WonSum {
    /// Who owns the deals.
    pub owner_id: Option<Uuid>,
    /// How many there are.
    pub deals: i64,
    /// How many of them have no amount, or one in a currency without a rate: they are not in `worth`.
    pub without_amount: i64,
    /// In units of the tenant's currency, each at the rate of the day on which it closed.
    pub worth: f64,
}

/// Somebody who owns deals.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// The user.
    pub id: Uuid,
    /// The name for people.
    pub name: String,
    /// The name of the role; none for who has left.
    pub team: Option<String>,
    /// Whether they may still sign in.
    pub is_active: bool,
}

/// What one unit of a currency was worth in the tenant's own on some days; columns, as Postgres takes them.
#[derive(Debug, Default)]
struct RateColumns {
    currency: Vec<String>,
    /// Minor units in a unit, such as 100.
    minor: Vec<f64>,
    rate: Vec<f64>,
    since: Vec<NaiveDate>,
    /// The day from which another rate holds.
    until: Vec<Option<NaiveDate>>,
}

impl RateColumns {
    fn push(&mut self, currency: String, rate: f64, since: NaiveDate, until: Option<NaiveDate>) {
        let Some(digits) = exponent(&currency).and_then(|digits| i32::try_from(digits).ok()) else {
            return;
        };
        self.currency.push(currency);
        self.minor.push(10_f64.powi(digits));
        self.rate.push(rate);
        self.since.push(since);
        self.until.push(until);
    }

    /// The query with `$1` to `$6` of `worth!`.
    fn bind_to<O>(
        self,
        query: QueryAs<'_, Postgres, O, PgArguments>,
    ) -> QueryAs<'_, Postgres, O, PgArguments> {
        query
            .bind(self.currency)
            .bind(self.minor)
            .bind(self.rate)
            .bind(self.since)
            .bind(self.until)
            .bind(ABSURD)
    }
}

/// Of `opportunities o` at the day of `$day`, with what `RateColumns::bind_to` binds: what a deal is worth as `worth.worth`.
macro_rules! worth {
    ($day:literal) => {
        concat!(
            "LEFT JOIN unnest($1::text[], $2::float8[], $3::float8[], $4::date[], $5::date[]) \
                 AS r(currency, minor, rate, since, until) \
                 ON r.currency = o.currency AND r.since <= ",
            $day,
            " AND (r.until IS NULL OR r.until > ",
            $day,
            ") CROSS JOIN LATERAL (SELECT CASE WHEN sum.sum > 0 AND sum.sum < $6 THEN sum.sum END AS worth \
                 FROM (SELECT o.amount_minor::float8 / r.minor * r.rate AS sum) sum) worth "
        )
    };
}

impl TenantTx {
    /// Refuses an actor whose role does not show what forecasts are made of.
    pub async fn may_forecast(&mut self) -> Result<(), StoreError> {
        let access = self.access().await?;
        access.require(&catalog::OPPORTUNITY, Verb::Read)?;
        let closed: Vec<String> = FIELDS
            .iter()
            .filter(|field| {
                matches!(
                    access.field_rule(&catalog::OPPORTUNITY, field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            })
            .map(|&field| field.to_owned())
            .collect();
        if closed.is_empty() {
            return Ok(());
        }
        Err(StoreError::Refused {
            what: format!(
                "a forecast is made of fields of opportunities that your role may not see: {}",
                closed.join(", ")
            ),
            fields: closed,
        })
    }

    /// The open deals that the actor sees, in the order of their ids, after one.
    pub async fn pending_deals(
        &mut self,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<PendingDeal>, StoreError> {
        let today = self.now().date_naive();
        let rates = self.rate_columns(today, today).await?;
        let deals = sqlx::query_as(concat!(
            "SELECT o.id, o.owner_id, o.forecast_category, o.close_date, worth.worth, s.probability, \
                 p.probability::float8 / 100 AS stage_probability \
             FROM opportunities o \
             LEFT JOIN win_scores s ON s.tenant_id = o.tenant_id AND s.opportunity_id = o.id AND s.is_latest \
             LEFT JOIN pipeline_stages p ON p.tenant_id = o.tenant_id AND p.name = o.stage ",
            worth!("$7"),
            "WHERE NOT o.is_closed AND o.deleted_at IS NULL AND o.id > $8 ORDER BY o.id LIMIT $9"
        ));
        Ok(rates
            .bind_to(deals)
            .bind(today)
            .bind(after.unwrap_or_default())
            .bind(i64::from(most.clamp(1, 5_000)))
            .fetch_all(self.conn())
            .await?)
    }

    /// What was won from one day of the tenant's zone to another, both included, by each owner: of the deals that the actor sees,
    /// as they are now.
    pub async fn won_between(&mut self, from: NaiveDate, to: NaiveDate) -> Result<Vec<WonSum>, StoreError> {
        let zone = self.reporting().await?.timezone;
        // The index knows moments, and rates hold for days of UTC: a day of any zone is within a day of that.
        let before = from.pred_opt().unwrap_or(from);
        let after = to.succ_opt().unwrap_or(to);
        let rates = self.rate_columns(before, after).await?;
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let sums = sqlx::query_as(concat!(
            "SELECT o.owner_id, count(*) AS deals, count(*) FILTER (WHERE worth.worth IS NULL) AS without_amount, \
                 coalesce(sum(worth.worth), 0) AS worth \
             FROM opportunities o ",
            worth!("(o.closed_at AT TIME ZONE 'UTC')::date"),
            "WHERE o.is_won AND o.deleted_at IS NULL AND o.closed_at >= $7 AND o.closed_at < $8 \
                 AND (o.closed_at AT TIME ZONE $9)::date BETWEEN $10 AND $11 \
             GROUP BY o.owner_id ORDER BY o.owner_id"
        ));
        Ok(rates
            .bind_to(sums)
            .bind(midnight(before))
            .bind(midnight(after.succ_opt().unwrap_or(after)))
            .bind(zone.name())
            .bind(from)
            .bind(to)
            .fetch_all(self.conn())
            .await?)
    }

    /// The tenant's own currency, and the rates of others that hold on any day from one to another.
    async fn rate_columns(&mut self, from: NaiveDate, to: NaiveDate) -> Result<RateColumns, StoreError> {
        let own = self.reporting().await?.currency;
        let rows: Vec<(String, NaiveDate, Option<NaiveDate>, Decimal)> = sqlx::query_as(
            "SELECT * FROM (\
                 SELECT currency, valid_from, lead(valid_from) OVER (PARTITION BY currency ORDER BY valid_from) AS until, rate \
                 FROM exchange_rates WHERE deleted_at IS NULL AND currency <> $1) r \
             WHERE valid_from <= $3 AND (until IS NULL OR until > $2)",
        )
        .bind(&own)
        .bind(from)
        .bind(to)
        .fetch_all(self.conn())
        .await?;
        let mut columns = RateColumns::default();
        let ever = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default();
        columns.push(own, 1.0, ever, None);
        for (currency, since, until, rate) in rows {
            if let Some(rate) = rate.to_f64() {
                columns.push(currency, rate, since, until);
            }
        }
        Ok(columns)
    }

    /// Who these people of the tenant are.
    pub async fn people(&mut self, ids: &[Uuid]) -> Result<Vec<Person>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT u.id, u.name, r.name AS team, coalesce(m.status = 'active', false) AS is_active FROM users u
            LEFT JOIN memberships m ON m.user_id = u.id
            LEFT JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id WHERE u.id = ANY ($1)",
        )
        .bind(ids)
        .fetch_all(self.conn())
        .await?)
    }

    /// The deals that the actor sees among those that closed from one moment to another, both included; the latest `most`.
    pub async fn closed_deals_seen(
        &mut self,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT id FROM opportunities WHERE closed_at BETWEEN $1 AND $2 AND deleted_at IS NULL \
             ORDER BY closed_at DESC LIMIT $3",
        )
        .bind(since)
        .bind(until)
        .bind(i64::from(most))
        .fetch_all(self.conn())
        .await?)
    }
}
