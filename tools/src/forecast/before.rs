//! What would have been told on Mondays of the past, of what was known then, by the code that tells it every week.
//!
//! For data that were brought along: whoever looks at them for the first time sees how good forecasts were. There was no model
//! then, so each deal has the prior of its week.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc};
use crm_predict::features::{Usual, UsualHistory};
use crm_store::{
    TenantStore,
    analytics::Reporting,
    forecast::{OpenOdds, Person},
    forecast_snapshots::{SNAPSHOT_HOUR, Snapshot},
    history::{DealHistory, Standing},
};
use uuid::Uuid;

use super::{
    By, ForecastError, MOST_OPEN, Seen, Won, answer, days,
    keep::{PERIODS, snapshots},
    past::{self, Past},
};
use crate::predictions::terms::sigmoid;

/// Keeps what would have been told on the first Monday of each month since a day, and leaves what was told. Of a quarter counts
/// what was told first: the other weeks would cost as much each, and be read by nobody. `store` sees all deals: that of a job.
/// How many were kept.
pub async fn keep_before(store: &TenantStore, since: NaiveDate) -> Result<u64, ForecastError> {
    let mut mondays = mondays(since, store.clock().now());
    mondays.retain(|monday| monday.day() <= 7);
    let told = told_before(store, mondays).await?;
    let mut tx = store.begin().await?;
    let kept = tx.keep_forecasts_of_before(&told).await?;
    tx.commit().await?;
    Ok(kept)
}

/// What would have been told at moments, which are in their order. `store` sees all deals.
pub async fn told_before(
    store: &TenantStore,
    moments: Vec<DateTime<Utc>>,
) -> Result<Vec<Snapshot>, ForecastError> {
    let mut tx = store.begin().await?;
    let reporting = tx.reporting().await?;
    tx.commit().await?;
    let now = store.clock().now();
    let (deals, left_out) = past::deals(store, past::MOST).await?;
    let mut owners: Vec<Uuid> = deals
        .iter()
        .flat_map(|deal| moments.iter().filter_map(|moment| deal.at(*moment).owner()))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    let mut tx = store.begin().await?;
    let people = tx.people(&owners).await?;
    tx.commit().await?;
    let told = tokio::task::spawn_blocking(move || {
        let usual = UsualHistory::new(&deals, &[]);
        let before = Before {
            past: past::make(&deals, &reporting, left_out, now),
            deals: deals.into_iter().map(Arc::new).collect(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            reporting,
        };
        let mut told = Vec::new();
        let mut at = moments.iter();
        usual.walk(moments.iter().copied(), |usual| {
            if let Some(moment) = at.next() {
                told.push(before.told(*moment, usual));
            }
        });
        told.into_iter().collect::<Result<Vec<_>, _>>()
    });
    let told = told
        .await
        .map_err(|error| ForecastError::Broken(error.to_string()))?;
    Ok(told?.concat())
}

/// The Mondays from a day until now, at the hour at which forecasts are kept.
fn mondays(since: NaiveDate, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let ahead = (7 - since.weekday().num_days_from_monday()) % 7;
    let hour = NaiveTime::from_hms_opt(SNAPSHOT_HOUR, 0, 0).unwrap_or_default();
    let first = since.checked_add_days(Days::new(ahead.into()));
    std::iter::successors(first, |day| day.checked_add_days(Days::new(7)))
        .map(|day| day.and_time(hour).and_utc())
        .take_while(|monday| *monday < now)
        .collect()
}

/// All deals with all that was ever known of them, to be looked at as of a moment.
struct Before {
    deals: Vec<Arc<DealHistory>>,
    past: Past,
    people: HashMap<Uuid, Person>,
    reporting: Reporting,
}

impl Before {
    /// What would have been told at a moment.
    fn told(&self, moment: DateTime<Utc>, usual: &Usual) -> Result<Vec<Snapshot>, ForecastError> {
        let seen = self.seen(moment, usual);
        let mut told = Vec::new();
        for period in PERIODS {
            let period = days(&period, &seen.reporting)?;
            for by in [By::Owner, By::Team] {
                told.extend(snapshots(&answer::told(&seen, &self.past, period, by), by));
            }
        }
        Ok(told)
    }

    /// The deals as they were at a moment: nothing of them comes from later.
    fn seen(&self, moment: DateTime<Utc>, usual: &Usual) -> Seen {
        let there = || self.deals.iter().filter(|deal| deal.created_at() <= moment);
        let mut open: Vec<Arc<DealHistory>> = there()
            .filter(|deal| deal.at(moment).standing() == Standing::Open)
            .cloned()
            .collect();
        open.sort_by_key(|deal| deal.id());
        let cut = open.len() >= MOST_OPEN;
        open.truncate(MOST_OPEN);
        let odds = open.iter().map(|deal| {
            let known = deal.at(moment);
            let odds = OpenOdds {
                id: deal.id(),
                forecast_category: known.stage_category().unwrap_or_default().to_owned(),
                probability: Some(sigmoid(usual.deal_prior(&known))),
            };
            (deal.id(), odds)
        });
        let ended = || there().filter(|deal| deal.closed().is_some_and(|closed| closed.at <= moment));
        let won = ended().filter_map(|deal| Won::of(deal, &self.reporting, moment));
        let on = moment.with_timezone(&self.reporting.timezone).date_naive();
        Seen {
            now: moment,
            odds: odds.collect(),
            closed: ended().map(|deal| deal.id()).collect(),
            won: won.collect(),
            open,
            cut,
            people: self.people.clone(),
            kept: Vec::new(),
            reporting: Reporting {
                on,
                ..self.reporting.clone()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mondays_begin_with_the_day_itself_and_end_before_now() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let now = "2026-03-16T05:00:00Z".parse().unwrap();
        let all: Vec<String> = mondays(day("2026-03-02"), now)
            .iter()
            .map(DateTime::to_rfc3339)
            .collect();
        assert_eq!(all, ["2026-03-02T05:00:00+00:00", "2026-03-09T05:00:00+00:00"]);
        assert_eq!(mondays(day("2026-03-03"), now).len(), 1);
        assert!(mondays(day("2026-03-17"), now).is_empty());
    }
}
