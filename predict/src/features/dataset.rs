//! Rows to learn from: each record as it was at several moments, and how it ended.

use chrono::{DateTime, Datelike as _, NaiveTime, TimeDelta, Utc};
use crm_store::history::{DealHistory, LeadHistory};

use super::{DEAL_FEATURES, LEAD_FEATURES, Usual, UsualHistory, columns, row};
use crate::{Dataset, Row};

/// A lead counts as won when it is converted within so many days of the moment.
pub const LEAD_WINDOW_DAYS: i64 = 60;

/// At which moments records are looked at. None of them depends on how a record ended, nor on when, but that it was still
/// open: so examples are like the open records that are scored.
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
    /// The moments at which something was open between two others: at least one, its middle.
    fn moments(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
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
        }
        let len = moments.len();
        if len <= self.most.max(1) {
            return moments;
        }
        let most = self.most.max(1);
        (0..most)
            .filter_map(|at| moments.get((at * len + len / 2) / most).copied())
            .collect()
    }
}

/// A moment of a record, before its features are computed.
struct Snapshot<'h, H> {
    history: &'h H,
    at: DateTime<Utc>,
    ended: DateTime<Utc>,
    good: bool,
    weight: f64,
}

/// Closed deals as they were while they were open: won or not. Those that closed in the future, or before they began, are
/// left out, as nothing can be known of them.
pub fn deal_dataset(deals: &[DealHistory], usual: &UsualHistory, plan: Plan, now: DateTime<Utc>) -> Dataset {
    let snapshots = deals
        .iter()
        .filter_map(|deal| Some((deal, deal.closed()?)))
        .filter(|(_, closed)| closed.at <= now)
        .flat_map(|(deal, closed)| {
            let moments = plan.moments(deal.created_at(), closed.at);
            let weight = 1.0 / super::words::count(moments.len().max(1));
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

/// Leads as they were while nobody had decided: converted within [`LEAD_WINDOW_DAYS`] of the moment or not. Moments for which
/// that is not known yet are left out.
pub fn lead_dataset(leads: &[LeadHistory], usual: &UsualHistory, plan: Plan, now: DateTime<Utc>) -> Dataset {
    let window = TimeDelta::days(LEAD_WINDOW_DAYS);
    let known = now - window;
    let snapshots = leads
        .iter()
        .flat_map(|lead| {
            let created = lead.created_at();
            let end = lead.converted().unwrap_or(known).min(known).min(created + window);
            let mut moments = plan.moments(created, end);
            // What matters most happens on the first days.
            moments.extend([1, 3, 10].map(|days| created + TimeDelta::days(days)));
            moments.retain(|at| {
                *at < end && !matches!(lead.at(*at).status(), Some("unqualified" | "converted"))
            });
            moments.sort_unstable();
            let weight = 1.0 / super::words::count(moments.len().max(1));
            moments.into_iter().map(move |at| {
                let last = at + window;
                let converted = lead.converted().filter(|converted| *converted <= last);
                Snapshot {
                    history: lead,
                    at,
                    ended: converted.unwrap_or(last),
                    good: converted.is_some(),
                    weight,
                }
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
fn rows<H>(
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
