//! How much is done about a deal in a week, over the time in which it was done.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::history::{ActivityAt, DealAt};
use uuid::Uuid;

use super::doing::told;
use crate::features::words::{capital, count, days, since, some, weeks};

/// How long before a deal began what was done counts for its pace: a made-up day in an import would else stretch its time to
/// decades.
const BEFORE: TimeDelta = TimeDelta::days(365);

/// What is done about a deal, over its time: since it began, or since the first thing before that. A conversion gives a deal
/// what was done with its lead, and an import may give it the day on which it came: divided by the age of the deal alone, that
/// would be a pace at which nobody works.
struct Doing {
    /// How much of it fits.
    of: f64,
    begun: DateTime<Utc>,
}

impl Doing {
    fn of(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> Self {
        let (mut of, mut begun) = (0, deal.created_at());
        for activity in deal.done().filter(|activity| counts(deal, activity)) {
            of += usize::from(fits(&activity));
            begun = begun.min(activity.at);
        }
        Self { of: count(of), begun }
    }

    fn days(&self, deal: &DealAt<'_>) -> f64 {
        since(self.begun, deal.moment())
    }
}

fn counts(deal: &DealAt<'_>, activity: &ActivityAt<'_>) -> bool {
    activity.at >= deal.created_at() - BEFORE
}

/// What fits and was done in that time, as evidence, and the first thing of all, where it says since when.
pub(super) fn counted(
    deal: &DealAt<'_>,
    fits: impl Fn(&ActivityAt<'_>) -> bool,
) -> Vec<(&'static str, Uuid)> {
    let (begun, created) = (Doing::of(deal, |_| true).begun, deal.created_at());
    told(deal, |activity| {
        counts(deal, activity) && (fits(activity) || activity.at == begun && begun < created)
    })
}

/// How much that fits was done in a week of that time.
pub(super) fn pace(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> f64 {
    let doing = Doing::of(deal, fits);
    doing.of / weeks(doing.days(deal))
}

/// The same in words: how much there was, and in how many days.
pub(super) fn so_many(
    deal: &DealAt<'_>,
    fits: impl Fn(&ActivityAt<'_>) -> bool,
    what: &str,
    how: &str,
) -> String {
    let doing = Doing::of(deal, fits);
    capital(&format!(
        "{}{how} in {}.",
        some(doing.of, what),
        days(doing.days(deal))
    ))
}
