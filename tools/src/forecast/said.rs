//! Forecasts as they were really told and kept, beside what came.

use chrono::{DateTime, NaiveDate, Utc};
use crm_predict::forecast::{Accuracy, Forecast, PastForecast, accuracy};
use crm_store::forecast_snapshots::{Snapshot, SnapshotScope};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use uuid::Uuid;

use super::{By, answer::Rounded, past::PastDeal, seen::Seen, told::group};

/// What was said of a period at its beginning, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The first day of the period.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// When it was said: within the period, as early as it was kept, else the last before it.
    pub as_of: DateTime<Utc>,
    /// Of what deals it was said.
    pub scope: SnapshotScope,
    /// Whose deals; none for all deals, a team's, and those of nobody.
    pub owner_id: Option<Uuid>,
    /// The name of the owner or the team; empty for all deals.
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
/// that, and of how good it was; and what was said of the parts, when it is split. Everybody else gets what was said of the owners
/// whose deals they see. `visible` are the deals of the past that the asker sees.
pub(super) fn said(seen: &Seen, visible: &[&PastDeal], by: By) -> (Vec<Said>, Accuracy) {
    let has_all = seen.kept.iter().any(|kept| kept.scope == SnapshotScope::All);
    let measured = if has_all {
        SnapshotScope::All
    } else {
        SnapshotScope::Owner
    };
    let split = match by {
        By::Team => Some(SnapshotScope::Team),
        By::Owner => Some(SnapshotScope::Owner),
        By::Nothing => None,
    };
    let rounded = Rounded::new(&seen.reporting.currency);
    let mut all: Vec<Said> = seen
        .kept
        .iter()
        .filter(|kept| kept.scope == measured || has_all && Some(kept.scope) == split)
        .map(|kept| {
            let known = kept.period_to < seen.reporting.on && kept.currency == seen.reporting.currency;
            Said {
                from: kept.period_from,
                to: kept.period_to,
                as_of: kept.as_of,
                scope: kept.scope,
                owner_id: kept.owner_id,
                name: match kept.scope {
                    SnapshotScope::All => String::new(),
                    SnapshotScope::Team => kept.team.clone().unwrap_or_default(),
                    SnapshotScope::Owner => group(seen, By::Owner, kept.owner_id).0,
                },
                currency: kept.currency.clone(),
                expected: kept.expected,
                low: kept.low,
                high: kept.high,
                commit: kept.commit,
                best_case: kept.best_case,
                pipeline: kept.pipeline,
                actual: known.then(|| rounded.of(came(seen, visible, kept))),
            }
        })
        .collect();
    all.sort_by(|one, other| {
        let place = |said: &Said| (said.from, said.to);
        let whole = |said: &Said| said.scope != SnapshotScope::All;
        place(other)
            .cmp(&place(one))
            .then_with(|| (whole(one), &one.name).cmp(&(whole(other), &other.name)))
    });
    let over: Vec<PastForecast> = all
        .iter()
        .filter(|said| said.scope == measured)
        .filter_map(compared)
        .collect();
    (all, accuracy(&over))
}

/// What was won in the period of a kept forecast, of the deals that the asker sees. Who has changed teams since counts to the new
/// one with all that they won.
fn came(seen: &Seen, visible: &[&PastDeal], kept: &Snapshot) -> f64 {
    let is_meant = |deal: &PastDeal| match kept.scope {
        SnapshotScope::All => true,
        SnapshotScope::Owner => deal.owner == kept.owner_id,
        SnapshotScope::Team => Some(group(seen, By::Team, deal.owner).0) == kept.team,
    };
    let period = kept.period_from..=kept.period_to;
    let came = visible.iter().filter_map(|deal| Some((deal, deal.came()?)));
    came.filter(|(deal, (day, _))| period.contains(day) && is_meant(deal))
        .map(|(_, (_, worth))| worth)
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
