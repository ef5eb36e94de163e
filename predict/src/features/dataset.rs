//! Rows to learn from: each record as it was at several moments, and how it ended.

use std::iter;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::history::{Closed, DealHistory, LeadHistory, Standing};
use uuid::Uuid;

use super::{DEAL_FEATURES, LEAD_FEATURES, Usual, UsualHistory, columns, row};
use crate::{Dataset, Row};

/// A lead counts as good when it is converted within so many days of the moment, unless the tenant says otherwise
/// (`crm_store::settings::LeadScoring`).
pub const LEAD_WINDOW_DAYS: i64 = 90;

/// The days after it came on which a lead is looked at, as long as they are fewer than its window: closely at first, when
/// most becomes known. The same for all leads, whenever they end; so of those that are open on a day, as many are among the
/// examples as there are.
const LEAD_DAYS: [i64; 11] = [0, 1, 3, 7, 14, 21, 30, 45, 60, 75, 90];

/// At which moments deals are looked at. None of them depends on how a deal ended, nor on when, but that it was open then:
/// so examples are like the open deals that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Every so many days. On which of them, and at which time of them, is each record's own: scores are asked for on all days
    /// of the week, and days without an activity are others on a weekend.
    pub every_days: i64,
    /// At most so often for each record, evenly.
    pub most: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            every_days: 7,
            most: 8,
        }
    }
}

/// What is older teaches nothing about today: records that ended before that are not learned from, and deals that have been open
/// for longer are looked at in that time alone. So a deal that an import dates to 1970 weighs no more than any that is so old.
pub const LEARNED_SPAN: TimeDelta = TimeDelta::days(6 * 365);

impl Plan {
    /// The moments of the plan at which a record was open between two others: none where it never was at one of them. With
    /// each, for how many of them it stands: what was open for long gives fewer of them, and would else count for too little.
    fn moments(
        self,
        id: Uuid,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        is_open: impl Fn(DateTime<Utc>) -> bool,
    ) -> Option<Moments> {
        let every = self.every();
        let seconds = every.num_seconds();
        let since = (from.timestamp() - phase(id, seconds)).rem_euclid(seconds);
        let first = DateTime::from_timestamp(from.timestamp() - since, 0)
            .and_then(|before| before.checked_add_signed(every));
        let days = iter::successors(first, |at| at.checked_add_signed(every));
        let moments: Vec<DateTime<Utc>> = days
            .take_while(|moment| *moment < to)
            .filter(|moment| is_open(*moment))
            .collect();
        let (len, most) = (moments.len(), self.most.max(1));
        if len <= most {
            return (len > 0).then_some((moments, 1.0));
        }
        let some = (0..most).filter_map(|at| moments.get((at * len + len / 2) / most).copied());
        let stands_for = super::words::count(len) / super::words::count(most);
        Some((some.collect(), stands_for))
    }

    fn every(self) -> TimeDelta {
        TimeDelta::days(self.every_days.max(1))
    }

    /// The middle of the time of something that was open at no moment of the plan.
    fn middle(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Moments> {
        let every = self.every();
        let stands_for = (to - from).as_seconds_f64() / every.as_seconds_f64();
        (from < to).then(|| (vec![from + (to - from) / 2], stands_for))
    }

    /// The moments at which a deal that closed is looked at: none at which it was closed already, though it was opened again
    /// or its end corrected; and none more than [`LEARNED_SPAN`] ago, which is the same day for all deals, however they ended.
    fn of(self, deal: &DealHistory, closed: Closed, now: DateTime<Utc>) -> Moments {
        let is_open = |at| deal.at(at).standing() == Standing::Open;
        let began = deal.created_at().max(now - LEARNED_SPAN);
        self.moments(deal.id(), began, closed.at, is_open)
            .or_else(|| {
                let first = deal.closings().first().map_or(closed.at, |first| first.at);
                self.middle(began, first.min(closed.at))
                    .filter(|(middle, _)| middle.iter().all(|at| is_open(*at)))
            })
            .unwrap_or_default()
    }
}

/// Moments, and for how many of the plan each stands.
type Moments = (Vec<DateTime<Utc>>, f64);

/// How many seconds after the beginning of a span of so many a record is looked at: by its id alone, evenly over all records,
/// and the same in every build of the program (FNV-1a: Fowler, Noll and Vo).
fn phase(id: Uuid, span: i64) -> i64 {
    let hash = id
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    i64::try_from(hash % span.unsigned_abs().max(1)).unwrap_or_default()
}

/// A moment of a record, before its features are computed.
pub(super) struct Snapshot<'h, H> {
    pub(super) history: &'h H,
    pub(super) at: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
    pub(super) good: bool,
    pub(super) weight: f64,
}

/// Closed deals as they were while they were open: won or not. Those that closed in the future, or before they began, are
/// left out, as nothing can be known of them.
pub fn deal_dataset(deals: &[DealHistory], usual: &UsualHistory, plan: Plan, now: DateTime<Utc>) -> Dataset {
    let snapshots = deals
        .iter()
        .filter_map(|deal| Some((deal, deal.closed()?)))
        .filter(|(_, closed)| closed.at <= now)
        .flat_map(|(deal, closed)| {
            let (moments, weight) = plan.of(deal, closed, now);
            moments.into_iter().map(move |at| Snapshot {
                history: deal,
                at,
                ended: closed.at,
                good: closed.won,
                weight,
            })
        })
        .collect();
    Dataset {
        columns: columns(&DEAL_FEATURES),
        rows: rows(snapshots, usual, |snapshot, usual| {
            let at = snapshot.history.at(snapshot.at);
            Row {
                group: Some(at.id().to_string()),
                prior: Some(usual.deal_prior(&at)),
                ..Row::new(row(&DEAL_FEATURES, &at, usual), snapshot.good)
            }
        }),
    }
}

/// Leads as they were while nobody had decided: converted within `window` of the moment or not.
///
/// Only moments whose whole window is over are examples, also where the lead was converted before its end. A lead that has
/// not been converted is no example until its window has ended, so one that has been may not be one earlier either: what
/// is known of recent leads would else be good news alone (informative censoring: Kalbfleisch and Prentice, "The
/// Statistical Analysis of Failure Time Data", Wiley 2002).
pub fn lead_dataset(
    leads: &[LeadHistory],
    usual: &UsualHistory,
    window: TimeDelta,
    now: DateTime<Utc>,
) -> Dataset {
    let snapshots = leads
        .iter()
        .flat_map(|lead| {
            let days = LEAD_DAYS.into_iter().map(TimeDelta::days);
            let moments = days
                .filter(move |after| *after < window)
                .map(|after| lead.created_at() + after);
            moments.filter_map(move |at| {
                let last = at + window;
                let then = lead.at(at);
                let is_open =
                    !then.is_converted() && !matches!(then.status(), Some("unqualified" | "converted"));
                (is_open && last <= now).then(|| Snapshot {
                    history: lead,
                    at,
                    ended: last,
                    good: lead.converted().is_some_and(|converted| converted <= last),
                    weight: 1.0,
                })
            })
        })
        .collect();
    Dataset {
        columns: columns(&LEAD_FEATURES),
        rows: rows(snapshots, usual, |snapshot, usual| {
            let at = snapshot.history.at(snapshot.at);
            Row {
                group: Some(at.id().to_string()),
                prior: Some(usual.lead_belief().log_odds),
                ..Row::new(row(&LEAD_FEATURES, &at, usual), snapshot.good)
            }
        }),
    }
}

/// Computes rows in the order of time, so that what is usual is learned once.
pub(super) fn rows<H>(
    mut snapshots: Vec<Snapshot<'_, H>>,
    usual: &UsualHistory,
    each: impl Fn(&Snapshot<'_, H>, &Usual) -> Row,
) -> Vec<Row> {
    snapshots.sort_by_key(|snapshot| snapshot.at);
    let mut rows = Vec::with_capacity(snapshots.len());
    let mut left = snapshots.iter();
    usual.walk(snapshots.iter().map(|snapshot| snapshot.at), |usual| {
        if let Some(snapshot) = left.next() {
            rows.push(Row {
                at: Some(snapshot.at),
                ended: Some(snapshot.ended),
                weight: snapshot.weight,
                ..each(snapshot, usual)
            });
        }
    });
    rows
}

#[cfg(test)]
mod tests {
    use chrono::Datelike as _;

    use super::*;

    fn id(n: u64) -> Uuid {
        Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
    }

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + day * 86_400, 0).unwrap()
    }

    fn moments(n: u64, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let plan = Plan {
            most: 100,
            ..Plan::default()
        };
        plan.moments(id(n), day(0), to, |_| true).unwrap().0
    }

    #[test]
    fn records_are_looked_at_on_all_days_of_the_week_and_at_all_hours() {
        let (mut weekdays, mut mornings) = ([0; 7], 0);
        for n in 0..700 {
            let [first, second] = moments(n, day(14))[..] else {
                panic!("{n}: two weeks have two moments")
            };
            assert_eq!(second - first, TimeDelta::days(7));
            assert!(first > day(0) && second < day(14));
            weekdays[first.weekday().num_days_from_monday() as usize] += 1;
            mornings += i32::from(first.time() < chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap());
        }
        assert!(weekdays.iter().all(|of| (60..140).contains(of)), "{weekdays:?}");
        assert!((280..420).contains(&mornings), "{mornings}");
    }

    #[test]
    fn when_a_record_is_looked_at_does_not_depend_on_when_it_ended() {
        for n in 0..50 {
            let long = moments(n, day(400));
            for days in [9, 30, 31, 399] {
                let short = moments(n, day(days));
                assert_eq!(short, long[..short.len()], "{n} {days}");
            }
        }
        assert_eq!(phase(id(1), 604_800), phase(id(1), 604_800));
        assert_eq!(phase(Uuid::nil(), 604_800), 344_421);
    }
}
