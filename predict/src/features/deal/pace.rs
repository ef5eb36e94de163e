//! How much is done about a deal in a week, over the time in which it was done.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::history::{ActivityAt, DealAt};
use uuid::Uuid;

use super::doing::{number_of, told};
use crate::features::words::{capital, days, since, some, weeks};

/// How long before a deal began what was done counts for its pace: a made-up day in an import would else stretch its time to
/// decades.
const BEFORE: TimeDelta = TimeDelta::days(365);

/// Since when things are done about a deal: since it began, or since the first thing before that. A conversion gives a deal what
/// was done with its lead, and an import may give it the day on which it came: divided by the age of the deal alone, that would
/// be a pace at which nobody works.
fn begun(deal: &DealAt<'_>) -> DateTime<Utc> {
    let created = deal.created_at();
    let done = deal.done().map(|activity| activity.at);
    let first = done.filter(|at| *at >= created - BEFORE).min();
    first.map_or(created, |first| first.min(created))
}

fn times(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> f64 {
    let begun = begun(deal);
    number_of(deal, |activity| activity.at >= begun && fits(activity))
}

/// What fits and was done since then, as evidence, and the first thing of all, where it says since when.
pub(super) fn counted(
    deal: &DealAt<'_>,
    fits: impl Fn(&ActivityAt<'_>) -> bool,
) -> Vec<(&'static str, Uuid)> {
    let (begun, created) = (begun(deal), deal.created_at());
    told(deal, |activity| {
        activity.at >= begun && (fits(activity) || activity.at == begun && begun < created)
    })
}

/// How much that fits was done in a week of the time since then.
pub(super) fn pace(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> f64 {
    times(deal, fits) / weeks(since(begun(deal), deal.moment()))
}

/// The same in words: how much there was, and in how many days.
pub(super) fn so_many(
    deal: &DealAt<'_>,
    fits: impl Fn(&ActivityAt<'_>) -> bool,
    what: &str,
    how: &str,
) -> String {
    let of = some(times(deal, fits), what);
    let time = days(since(begun(deal), deal.moment()));
    capital(&format!("{of}{how} in {time}."))
}
