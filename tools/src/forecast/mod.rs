//! What a period is likely to bring: the deals that the asker may see, their probabilities, and how days and sums turned out
//! before.
//!
//! The arithmetic is [`crm_predict::forecast`]. How long deals take and how far outcomes go together is learned from all of a
//! tenant's past; every sum that is shown is of deals that the asker may see. Past forecasts are made again from what was
//! known on their day, with the prior of that day, so that they can be compared with what came.

mod answer;
mod backtest;
mod before;
mod cases;
mod fresh;
mod keep;
mod past;
mod said;
mod seen;
mod told;

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use crm_store::{StoreError, TenantStore, analytics::Reporting};
use tokio::{sync::Semaphore, task::JoinError};
use uuid::Uuid;

pub use answer::{Basis, ForecastAnswer, ForecastLine, GroupLine, PastPeriod};
pub use before::{keep_before, told_before};
pub use cases::{CaseForecast, CaseQuery, CaseSeries, WeekThatWas, WeekToCome, case_forecast};
pub use keep::keep;
pub use said::Said;

use past::Past;

use crate::{
    kept::{Kept, Lasting},
    semantic::{Calendar, Range},
};

/// Pasts that are kept. One takes some megabytes.
const KEPT: usize = 16;
/// How long a past is kept: what closed since is missing in it.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// How many simulations run at once: each takes a core.
const AT_ONCE: usize = 2;
/// Tenants whose turns are known.
const TURNS: usize = 1_000;
/// How long the turns of a tenant are known.
const TURNS_LAST: TimeDelta = TimeDelta::days(1);
/// The most open deals that a forecast is made of.
const MOST_OPEN: usize = 50_000;
/// The longest period.
const MOST_DAYS: i64 = 731;

/// By what a forecast is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Not at all.
    #[default]
    Nothing,
    /// By who owns the deals.
    Owner,
    /// By the owners' roles.
    Team,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastQuery {
    /// The period; quarters and years are fiscal ones.
    pub period: Range,
    /// By what it is split.
    pub by: By,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// The store could not do it, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The calculation broke off.
    #[error("the calculation broke off: {0}")]
    Broken(String),
}

impl From<JoinError> for ForecastError {
    fn from(error: JoinError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Makes forecasts; keeps what a tenant's past says.
#[derive(Debug)]
pub struct Forecaster {
    kept: Lasting<Uuid, Past>,
    /// The most closed deals of a past.
    most: u32,
    /// Who has one simulates; nobody has one who reads.
    simulating: Arc<Semaphore>,
    /// A tenant simulates one forecast at a time, so that many askers of one do not keep those of others waiting.
    turns: Kept<Uuid, Semaphore>,
}

impl Default for Forecaster {
    fn default() -> Self {
        Self {
            kept: Lasting::new(KEPT, FRESH),
            most: past::MOST,
            simulating: Arc::new(Semaphore::new(AT_ONCE)),
            turns: Kept::new(TURNS, TURNS_LAST),
        }
    }
}

impl Forecaster {
    /// One that looks back at the latest closed deals alone, so many at the most.
    pub fn of_latest(most: u32) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// The forecast of a period, of the deals that `store`'s actor may see.
    ///
    /// Refuses a role that does not show amounts, stages, owners, categories and close dates; a period that ends before it
    /// begins, is over, or is longer than two years is invalid.
    pub async fn forecast(
        &self,
        store: &TenantStore,
        query: ForecastQuery,
    ) -> Result<ForecastAnswer, ForecastError> {
        let reporting = self.reporting(store).await?;
        let period = days(&query.period, &reporting)?;
        check(period, reporting.on)?;
        let past = self.past(store, &reporting).await?;
        let (seen, stretches) = seen::see(store, reporting, &past, &[period], Some(query.by)).await?;
        let made = self.simulate(store, move || {
            let stretch = stretches.first()?;
            Some(answer::answer(&seen, &past, stretch, query.by))
        });
        made.await?
            .ok_or_else(|| ForecastError::Broken("no period was read".to_owned()))
    }

    /// In what money and calendar the tenant reports; refuses whose role does not show what forecasts are made of.
    async fn reporting(&self, store: &TenantStore) -> Result<Reporting, ForecastError> {
        let mut tx = store.begin().await?;
        tx.may_forecast().await?;
        let reporting = tx.reporting().await?;
        tx.commit().await?;
        Ok(reporting)
    }

    /// What the tenant's past says; made once, however many ask for it at a time, and also when all of them have left.
    async fn past(&self, store: &TenantStore, reporting: &Reporting) -> Result<Arc<Past>, ForecastError> {
        let (tenant, now) = (store.grant().tenant().uuid(), store.clock().now());
        let make = past::past(store.predicting(), reporting.clone(), self.most);
        self.kept.of(&tenant, now, make).await
    }

    /// Computes when it is the tenant's turn. What is computed goes on when its asker has left, and has its turn until then.
    async fn simulate<T: Send + 'static>(
        &self,
        store: &TenantStore,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ForecastError> {
        let (tenant, now) = (store.grant().tenant().uuid(), store.clock().now());
        let turn = async { Ok::<_, ForecastError>(Semaphore::new(1)) };
        let turn = self.turns.of(&tenant, now, turn).await?;
        let closed = |error: tokio::sync::AcquireError| ForecastError::Broken(error.to_string());
        let own = turn.acquire_owned().await.map_err(closed)?;
        let one = Arc::clone(&self.simulating)
            .acquire_owned()
            .await
            .map_err(closed)?;
        let made = tokio::task::spawn_blocking(move || {
            let _turns = (own, one);
            work()
        });
        Ok(made.await?)
    }
}

/// The first and the last day of a period.
fn days(period: &Range, reporting: &Reporting) -> Result<(NaiveDate, NaiveDate), StoreError> {
    if let Range::Between {
        from: Some(from),
        to: Some(to),
    } = period
    {
        return Ok((*from, *to));
    }
    let days = Calendar::new(reporting, reporting.on)
        .days(period)
        .map_err(|message| StoreError::invalid("period", message))?;
    days.from
        .zip(days.to)
        .ok_or_else(|| StoreError::invalid("period", "has no first and last day"))
}

fn check((from, to): (NaiveDate, NaiveDate), today: NaiveDate) -> Result<(), StoreError> {
    if from > to {
        return Err(StoreError::invalid(
            "to",
            format!("ends on {to} before it begins on {from}; swap them"),
        ));
    }
    if to < today {
        return Err(StoreError::invalid(
            "to",
            format!("the period ended on {to}; a forecast is of one that has days ahead"),
        ));
    }
    if (to - from).num_days() > MOST_DAYS || (to - today).num_days() > MOST_DAYS {
        return Err(StoreError::invalid(
            "to",
            "a forecast looks two years ahead at the most",
        ));
    }
    Ok(())
}
