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
mod keep;
mod past;
mod said;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use crm_store::{
    StoreError, TenantStore,
    analytics::Reporting,
    forecast::{OpenOdds, Person},
    forecast_snapshots::Snapshot,
    history::{DealHistory, Which},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use answer::{Basis, ForecastAnswer, ForecastLine, GroupLine, PastPeriod};
pub use before::{keep_before, told_before};
pub use cases::{CaseForecast, CaseQuery, CaseSeries, WeekThatWas, WeekToCome, case_forecast};
pub use keep::keep;
pub use said::Said;

use past::Past;

use crate::{
    kept::Kept,
    semantic::{Calendar, Range},
};

/// Pasts that are kept. One takes some megabytes.
const KEPT: usize = 16;
/// How long a past is kept: what closed since is missing in it.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Deals that are read at once.
const PAGE: u32 = 1_000;
/// The most open deals that a forecast is made of.
const MOST_OPEN: usize = 50_000;
/// How often outcomes are thrown; fewer times with very many deals.
const THROWS: usize = 2_000;
/// How many draws a forecast may take together.
const MOST_DRAWS: usize = 20_000_000;
/// How far back it is told what was said.
const KEPT_DAYS: i64 = 731;
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

/// Makes forecasts; keeps what a tenant's past says.
#[derive(Debug)]
pub struct Forecaster {
    kept: Kept<Uuid, Past>,
    /// The most closed deals of a past.
    most: u32,
    /// Simulations take a core each.
    simulating: Semaphore,
}

impl Default for Forecaster {
    fn default() -> Self {
        Self {
            kept: Kept::new(KEPT, FRESH),
            most: past::MOST,
            simulating: Semaphore::new(2),
        }
    }
}

/// A deal that was won.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Won {
    /// Who owns it.
    owner: Option<Uuid>,
    /// When, in the tenant's zone.
    on: NaiveDate,
    /// In units of the tenant's currency.
    worth: Option<f64>,
}

impl Won {
    /// What of a deal is told, by what is known `now`; none of one that was not won.
    fn of(deal: &DealHistory, reporting: &Reporting, now: DateTime<Utc>) -> Option<Self> {
        let closed = deal.closed().filter(|closed| closed.won)?;
        Some(Self {
            owner: deal.at(now).owner(),
            on: closed.at.with_timezone(&reporting.timezone).date_naive(),
            worth: deal.at(closed.at).worth(),
        })
    }
}

/// The deals that an asker sees.
struct Seen {
    reporting: Reporting,
    now: DateTime<Utc>,
    odds: HashMap<Uuid, OpenOdds>,
    open: Vec<Arc<DealHistory>>,
    /// What was won since the period began.
    won: Vec<Won>,
    /// Whether there are more open deals than a forecast is made of.
    cut: bool,
    /// Every closed deal of the past that the asker sees.
    closed: HashSet<Uuid>,
    people: HashMap<Uuid, Person>,
    /// What was said and kept, as far as the asker sees it.
    kept: Vec<Snapshot>,
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
        let mut tx = store.begin().await?;
        tx.may_forecast().await?;
        let reporting = tx.reporting().await?;
        tx.commit().await?;
        let period = days(&query.period, &reporting)?;
        check(period, reporting.on)?;
        let past = self.past(store, &reporting).await?;
        // Before the deals are read: however many ask, so many have them in memory at a time.
        let _turn = self
            .simulating
            .acquire()
            .await
            .map_err(|error| ForecastError::Broken(error.to_string()))?;
        let seen = see(store, reporting, period.0).await?;
        let made = tokio::task::spawn_blocking(move || answer::answer(&seen, &past, period, query.by));
        made.await
            .map_err(|error| ForecastError::Broken(error.to_string()))
    }

    /// What the tenant's past says; made once, however many ask for it at a time.
    async fn past(&self, store: &TenantStore, reporting: &Reporting) -> Result<Arc<Past>, ForecastError> {
        let (tenant, now) = (store.grant().tenant().uuid(), store.clock().now());
        let inside = store.predicting();
        self.kept
            .of(&tenant, now, past::past(&inside, reporting, self.most))
            .await
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

/// Reads the deals that the actor sees; of those that were won since the period began only what is summed up.
async fn see(store: &TenantStore, reporting: Reporting, from: NaiveDate) -> Result<Seen, StoreError> {
    let now = store.clock().now();
    let (mut open, mut odds, mut after) = (Vec::new(), HashMap::new(), None);
    while open.len() < MOST_OPEN {
        let mut tx = store.begin().await?;
        let page = tx.deal_outlines(Which::Open, after, PAGE).await?;
        let said = tx.open_odds(after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        odds.extend(said.into_iter().map(|one| (one.id, one)));
        open.extend(page.into_iter().map(Arc::new));
    }
    let (mut won, mut after): (Vec<Won>, _) = (Vec::new(), None);
    // A day early: the period begins at midnight of the tenant's zone.
    let since = from.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::days(1);
    loop {
        let mut tx = store.begin().await?;
        let page = tx.deal_outlines(Which::Closed { since }, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        won.extend(page.iter().filter_map(|deal| Won::of(deal, &reporting, now)));
    }
    let mut tx = store.begin().await?;
    let closed = tx
        .closed_deals_seen(now - TimeDelta::days(past::YEARS * 365))
        .await?;
    let kept = tx
        .kept_forecasts(reporting.on - TimeDelta::days(KEPT_DAYS))
        .await?;
    let mut ids: Vec<Uuid> = open
        .iter()
        .filter_map(|deal| deal.at(now).owner())
        .chain(won.iter().filter_map(|won| won.owner))
        .chain(kept.iter().filter_map(|kept| kept.owner_id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let people = tx.people(&ids).await?;
    tx.commit().await?;
    Ok(Seen {
        cut: open.len() >= MOST_OPEN,
        reporting,
        now,
        odds,
        open,
        won,
        closed: closed.into_iter().collect(),
        people: people.into_iter().map(|person| (person.id, person)).collect(),
        kept,
    })
}
