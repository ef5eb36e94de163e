//! Rows to learn from for customers: each as it was at several moments, and whether it left soon after.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{history::AccountHistory, scores::RISK_DAYS};

use super::{
    ACCOUNT_FEATURES, UsualHistory, columns,
    dataset::{Snapshot, rows},
    row,
};
use crate::{Dataset, Row};

/// How far back customers are looked at.
const MOST_LOOKS: i64 = 24;

/// A look at a customer, and what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) at: DateTime<Utc>,
    /// When it was known what came.
    pub(super) known: DateTime<Utc>,
    pub(super) left: bool,
}

/// Since when anything is known of these accounts. Who left before is not among them, so nothing can be learned of that time.
pub(super) fn begin(accounts: &[AccountHistory]) -> Option<DateTime<Utc>> {
    accounts.iter().filter_map(AccountHistory::first_known).min()
}

/// Looks at an account while it was a customer, since a moment: one in each span of [`RISK_DAYS`], so that a departure is the outcome of one
/// look and of no other. The spans of two accounts begin on other days, so that looks fall before a departure by any time.
/// Looks whose span is not over are left out, also those of accounts that have left since: they would all be departures.
pub(super) fn looks(account: &AccountHistory, begin: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Look> {
    let span = TimeDelta::days(RISK_DAYS);
    let days = RISK_DAYS.unsigned_abs().max(1);
    let phase = i64::try_from(account.id().as_u128() % u128::from(days)).unwrap_or_default();
    let last = now - span - TimeDelta::days(phase);
    let departures = account.departures(now);
    let moments = (0..MOST_LOOKS).map(|back| last - span * i32::try_from(back).unwrap_or(i32::MAX));
    let mut looks: Vec<Look> = moments
        .take_while(|at| *at > account.created_at() && *at >= begin)
        .filter(|at| account.is_customer(*at))
        .map(|at| {
            let left = departures.iter().find(|left| **left > at && **left <= at + span);
            Look {
                at,
                known: left.copied().unwrap_or(at + span),
                left: left.is_some(),
            }
        })
        .collect();
    looks.reverse();
    looks
}

/// Customers as they were: whether they left within [`RISK_DAYS`].
///
/// Each look is a record of its own in counts and splits: one account may be learned from at an earlier time and measured on
/// at a later one, but no outcome is on both sides.
pub fn account_dataset(accounts: &[AccountHistory], usual: &UsualHistory, now: DateTime<Utc>) -> Dataset {
    let begin = begin(accounts).unwrap_or(now);
    let snapshots = accounts
        .iter()
        .flat_map(|account| {
            looks(account, begin, now).into_iter().map(move |look| Snapshot {
                history: account,
                at: look.at,
                ended: look.known,
                good: look.left,
                weight: 1.0,
            })
        })
        .collect();
    Dataset {
        columns: columns(&ACCOUNT_FEATURES),
        rows: rows(snapshots, usual, |snapshot, usual| {
            let at = snapshot.history.at(snapshot.at);
            Row {
                group: Some(format!("{} {}", at.id(), snapshot.at.date_naive())),
                prior: Some(usual.account_prior()),
                ..Row::new(row(&ACCOUNT_FEATURES, &at, usual), snapshot.good)
            }
        }),
    }
}
