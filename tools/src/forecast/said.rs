//! Forecasts as they were really told and kept, beside what came.

use chrono::{DateTime, NaiveDate, Utc};
use crm_predict::forecast::{Accuracy, Forecast, PastForecast, accuracy};
use crm_store::forecast_snapshots::{Snapshot, SnapshotScope};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use uuid::Uuid;

use super::{
    Seen,
    answer::Rounded,
    past::{Past, PastDeal},
};

/// What was said of a period at its beginning, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The first day of the period.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// When it was said: within the period, as early as it was kept, else the last before it.
    pub as_of: DateTime<Utc>,
    /// Whose deals; none for all deals.
    pub owner_id: Option<Uuid>,
    /// The owner's name; empty for all deals.
    pub name: String,
    /// The currency of its sums.
    pub currency: String,
    /// What was expected in all.
    pub expected: Decimal,
    /// One time in ten less.
    pub low: Decimal,
    /// One time in ten more.
    pub high: Decimal,
    /// What owners had committed.
    pub commit: Decimal,
    /// Best case.
    pub best_case: Decimal,
    /// Pipeline.
    pub pipeline: Decimal,
    /// What was won; none while the period is not over, and where sums are in another currency by now.
    pub actual: Option<Decimal>,
}

/// The periods of which something was kept, latest first, and how good that was. Whoever sees what was said of all deals gets
/// that, everybody else what was said of the owners whose deals they see.
pub(super) fn said(seen: &Seen, past: &Past) -> (Vec<Said>, Accuracy) {
    let has_all = seen.kept.iter().any(|kept| kept.scope == SnapshotScope::All);
    let scope = if has_all {
        SnapshotScope::All
    } else {
        SnapshotScope::Owner
    };
    let rounded = Rounded::new(&seen.reporting.currency);
    let mut all: Vec<Said> = seen
        .kept
        .iter()
        .filter(|kept| kept.scope == scope)
        .map(|kept| {
            let known = kept.period_to < seen.reporting.on && kept.currency == seen.reporting.currency;
            Said {
                from: kept.period_from,
                to: kept.period_to,
                as_of: kept.as_of,
                owner_id: kept.owner_id,
                name: kept
                    .owner_id
                    .and_then(|owner| seen.people.get(&owner))
                    .map_or_else(String::new, |person| person.name.clone()),
                currency: kept.currency.clone(),
                expected: kept.expected,
                low: kept.low,
                high: kept.high,
                commit: kept.commit,
                best_case: kept.best_case,
                pipeline: kept.pipeline,
                actual: known.then(|| rounded.of(won(seen, past, kept))),
            }
        })
        .collect();
    all.sort_by_key(|said| std::cmp::Reverse((said.from, said.to)));
    let over: Vec<PastForecast> = all.iter().filter_map(compared).collect();
    (all, accuracy(&over))
}

/// What was won in the period of a kept forecast, of the deals that the asker sees.
fn won(seen: &Seen, past: &Past, kept: &Snapshot) -> f64 {
    past.deals
        .iter()
        .filter(|deal| seen.closed.contains(&deal.id))
        .filter(|deal| kept.scope == SnapshotScope::All || deal.owner == kept.owner_id)
        .filter_map(PastDeal::won)
        .filter(|(day, _)| (kept.period_from..=kept.period_to).contains(day))
        .map(|(_, worth)| worth)
        .sum()
}

fn compared(said: &Said) -> Option<PastForecast> {
    let number = |sum: Decimal| sum.to_f64();
    let expected = number(said.expected)?;
    Some(PastForecast {
        forecast: Forecast {
            closed: 0.0,
            open: expected,
            fresh: 0.0,
            expected,
            low: number(said.low)?,
            median: expected,
            high: number(said.high)?,
        },
        actual: number(said.actual?)?,
    })
}
