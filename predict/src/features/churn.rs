//! Rows to learn from for customers: each as it was at several moments, and whether it left soon after.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    history::{AccountHistory, GRACE},
    scores::RISK_DAYS,
};

use super::{
    ACCOUNT_FEATURES, UsualHistory, columns,
    dataset::{Snapshot, rows},
    row,
};
use crate::{Dataset, Row};

/// How far back customers are looked at.
const MOST_LOOKS: i64 = 24;

/// A look at a customer, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) at: DateTime<Utc>,
    /// When it was known what came, as it would have been of any other look of that moment.
    pub(super) known: DateTime<Utc>,
    pub(super) left: bool,
    /// The first look with the same departure, if it left; else this one.
    pub(super) first: DateTime<Utc>,
}

/// Since when anything is known of these accounts. Who left before is not among them, so nothing can be learned of that time.
pub(super) fn begin(accounts: &[AccountHistory]) -> Option<DateTime<Utc>> {
    accounts.iter().filter_map(AccountHistory::first_known).min()
}

/// Looks at an account while it was a customer, since a moment: one in each span of [`RISK_DAYS`]. The spans of two accounts begin
/// on other days, so that looks fall before a departure by any time, and after the end of a contract while nobody knew yet that
/// nothing follows.
///
/// Looks whose outcome cannot be known of all accounts are left out of all: where the span is not over, only departures
/// would be known, and where it is over for less than [`GRACE`], of contracts that ran out only those that were renewed.
pub(super) fn looks(account: &AccountHistory, begin: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Look> {
    let span = TimeDelta::days(RISK_DAYS);
    let days = RISK_DAYS.unsigned_abs().max(1);
    let phase = i64::try_from(account.id().as_u128() % u128::from(days)).unwrap_or_default();
    let last = now - span - GRACE - TimeDelta::days(phase);
    let endings = account.endings(now);
    let moments = (0..MOST_LOOKS).map(|back| last - span * i32::try_from(back).unwrap_or(i32::MAX));
    let mut moments: Vec<DateTime<Utc>> = moments
        .take_while(|at| *at > account.created_at() && *at >= begin)
        .filter(|at| account.is_customer(*at))
        .collect();
    moments.reverse();
    let mut seen: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    let looks = moments.into_iter().map(|at| {
        let left = endings.left(at, span);
        let first = seen.filter(|(departure, _)| left == Some(*departure));
        let first = first.map_or(at, |(_, first)| first);
        seen = left.map(|departure| (departure, first));
        Look {
            at,
            // Also of those who left at once: else of the last time before a cut only departures would be learned.
            known: at + span + GRACE,
            left: left.is_some(),
            first,
        }
    });
    looks.collect()
}

/// Customers as they were: whether they left within [`RISK_DAYS`].
///
/// Each look is a record of its own in counts and splits, but two at one departure (before the contract ran out, and after it
/// while nobody knew) are one: an account may be learned from at an earlier time and measured on at a later one, but no
/// outcome is on both sides.
pub fn account_dataset(accounts: &[AccountHistory], usual: &UsualHistory, now: DateTime<Utc>) -> Dataset {
    let begin = begin(accounts).unwrap_or(now);
    let seen: Vec<(&AccountHistory, Look)> = accounts
        .iter()
        .flat_map(|account| {
            looks(account, begin, now)
                .into_iter()
                .map(move |look| (account, look))
        })
        .collect();
    let snapshots = seen.iter().map(|seen| Snapshot {
        history: seen,
        at: seen.1.at,
        ended: seen.1.known,
        good: seen.1.left,
        weight: 1.0,
    });
    Dataset {
        columns: columns(&ACCOUNT_FEATURES),
        rows: rows(snapshots.collect(), usual, |snapshot, usual| {
            let (account, look) = snapshot.history;
            let at = account.at(look.at);
            Row {
                group: Some(format!("{} {}", at.id(), look.first.date_naive())),
                subject: Some(at.id().to_string()),
                prior: Some(usual.account_belief().log_odds),
                ..Row::new(row(&ACCOUNT_FEATURES, &at, usual), snapshot.good)
            }
        }),
    }
}
