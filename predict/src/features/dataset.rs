//! Rows to learn from: each record as it was at several moments, and how it ended.

use chrono::{DateTime, Datelike as _, NaiveTime, TimeDelta, Utc};
use crm_store::history::{DealHistory, LeadHistory};

use super::{DEAL_FEATURES, LEAD_FEATURES, Usual, UsualHistory, columns, row};
use crate::{Dataset, Row};

/// A lead counts as good when it is converted within so many days of the moment, unless the tenant says otherwise
/// (`crm_store::settings::LeadScoring`).
pub const LEAD_WINDOW_DAYS: i64 = 90;

/// The days after it came on which a lead is looked at, as long as they are fewer than its window: closely at first, when
/// most becomes known. The same for all leads, whenever they end; so of those that are open on a day, as many are among the
/// examples as there are.
const LEAD_DAYS: [i64; 11] = [0, 1, 3, 7, 14, 21, 30, 45, 60, 75, 90];

/// At which moments deals are looked at. None of them depends on how a deal ended, nor on when, but that it was still open:
/// so examples are like the open deals that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Every so many days, the same days for all records.
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

impl Plan {
    /// The moments at which something was open between two others: at least one, its middle. With each, for how many of the
    /// days of the plan it stands: what was open for long gives fewer of its days, and would else count for too little.
    fn moments(self, from: DateTime<Utc>, to: DateTime<Utc>) -> (Vec<DateTime<Utc>>, f64) {
        let every = self.every_days.max(1);
        let day = from.date_naive();
        let ahead = every - i64::from(day.num_days_from_ce()).rem_euclid(every);
        let first = day
            .checked_add_signed(TimeDelta::days(ahead))
            .map(|day| day.and_time(NaiveTime::MIN).and_utc());
        let mut moments = Vec::new();
        let mut next = first;
        // Whatever is absurdly old is looked at for some years only.
        while let Some(moment) = next.filter(|moment| *moment < to && moments.len() < 600) {
            moments.push(moment);
            next = moment.checked_add_signed(TimeDelta::days(every));
        }
        if moments.is_empty() && from < to {
            moments.push(from + (to - from) / 2);
            return (
                moments,
                (to - from).as_seconds_f64() / TimeDelta::days(every).as_seconds_f64(),
            );
        }
        let (len, most) = (moments.len(), self.most.max(1));
        if len <= most {
            return (moments, 1.0);
        }
        let some = (0..most).filter_map(|at| moments.get((at * len + len / 2) / most).copied());
        (
            some.collect(),
            super::words::count(len) / super::words::count(most),
        )
    }
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
            let (moments, weight) = plan.moments(deal.created_at(), closed.at);
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
                let is_open = lead.converted().is_none_or(|converted| converted > at)
                    && lead.at(at).status() != Some("unqualified");
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
                prior: Some(usual.lead_prior(&at)),
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
