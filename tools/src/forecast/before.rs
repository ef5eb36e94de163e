//! What would have been told on Mondays of the past, of what was known then, by the code that tells it every week.
//!
//! For data that were brought along: whoever looks at them for the first time sees how good forecasts were. There was no model
//! then, so each deal has the prior of its week.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc};
use crm_predict::features::{Usual, UsualHistory};
use crm_store::{
    TenantStore,
    analytics::Reporting,
    forecast::{ForecastCategory, PendingDeal, Person, WonSum},
    forecast_snapshots::{SNAPSHOT_HOUR, Snapshot},
    history::{DealHistory, Standing},
};
use uuid::Uuid;

use super::{
    ForecastError, MOST_OPEN, days,
    keep::{PERIODS, SPLITS, snapshots},
    past::{self, Lived, Past},
    seen::{Seen, Stretch},
    told::told,
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
    let lived = past::lived(store, past::MOST).await?;
    let mut owners: Vec<Uuid> = lived
        .deals
        .iter()
        .flat_map(|deal| {
            let end = deal.closed().map(|closed| closed.at);
            let moments = moments.iter().copied().chain(end);
            moments.filter_map(|moment| deal.at(moment).owner())
        })
        .collect();
    owners.sort_unstable();
    owners.dedup();
    let mut tx = store.begin().await?;
    let people = tx.people(&owners).await?;
    tx.commit().await?;
    let told = tokio::task::spawn_blocking(move || {
        let usual = UsualHistory::new(&lived.deals, &[]);
        let before = Before {
            past: past::make(&lived, &reporting, now),
            lived,
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
    Ok(told.await??.concat())
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
    lived: Lived,
    past: Past,
    people: HashMap<Uuid, Person>,
    reporting: Reporting,
}

impl Before {
    /// What would have been told at a moment.
    fn told(&self, moment: DateTime<Utc>, usual: &Usual) -> Result<Vec<Snapshot>, ForecastError> {
        let seen = self.seen(moment, usual);
        let mut said = Vec::new();
        for period in &PERIODS {
            let stretch = self.stretch(days(period, &seen.reporting)?, moment);
            for by in SPLITS {
                said.extend(snapshots(&told(&seen, &self.past, &stretch, by), by));
            }
        }
        Ok(said)
    }

    fn there(&self, moment: DateTime<Utc>) -> impl Iterator<Item = &DealHistory> {
        let all = self.lived.deals.iter();
        all.filter(move |deal| deal.created_at() <= moment)
    }

    /// The deals as they were at a moment: nothing of them comes from later.
    fn seen(&self, moment: DateTime<Utc>, usual: &Usual) -> Seen {
        let mut open: Vec<PendingDeal> = self
            .there(moment)
            .filter_map(|deal| {
                let known = deal.at(moment);
                let category = known.stage_category().and_then(|category| category.parse().ok());
                (known.standing() == Standing::Open).then(|| PendingDeal {
                    id: deal.id(),
                    owner_id: known.owner(),
                    forecast_category: category.unwrap_or(ForecastCategory::Omitted),
                    close_date: known.close_date(),
                    worth: known.worth(),
                    probability: Some(sigmoid(usual.deal_prior(&known))),
                    stage_probability: known.stage_probability(),
                })
            })
            .collect();
        open.sort_by_key(|deal| deal.id);
        let cut = open.len() >= MOST_OPEN;
        open.truncate(MOST_OPEN);
        let ended = self
            .there(moment)
            .filter(|deal| deal.closed().is_some_and(|closed| closed.at <= moment));
        Seen {
            now: moment,
            closed: ended.map(DealHistory::id).collect(),
            open,
            cut,
            people: self.people.clone(),
            // Who is not there today was there then, as far as is known.
            left: HashSet::new(),
            kept: Vec::new(),
            reporting: Reporting {
                on: moment.with_timezone(&self.reporting.timezone).date_naive(),
                ..self.reporting.clone()
            },
        }
    }

    /// A period, and what had been won in it by a moment.
    fn stretch(&self, (from, to): (NaiveDate, NaiveDate), moment: DateTime<Utc>) -> Stretch {
        let mut won: BTreeMap<Option<Uuid>, WonSum> = BTreeMap::new();
        for deal in self.there(moment) {
            let closed = deal.closed().filter(|closed| closed.won && closed.at <= moment);
            let day = closed.map(|closed| closed.at.with_timezone(&self.reporting.timezone).date_naive());
            let Some(closed) = closed.filter(|_| day.is_some_and(|day| (from..=to).contains(&day))) else {
                continue;
            };
            let known = deal.at(moment);
            let worth = known.worth_on(closed.at.date_naive());
            let owner_id = known.owner();
            let sum = won.entry(owner_id).or_insert(WonSum {
                owner_id,
                deals: 0,
                without_amount: 0,
                worth: 0.0,
            });
            sum.deals += 1;
            sum.without_amount += i64::from(worth.is_none());
            sum.worth += worth.unwrap_or_default();
        }
        Stretch {
            from,
            to,
            won: won.into_values().collect(),
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
