//! Lockout: attempts are counted before the password is looked at, per account and per address.
//!
//! Counting first means that guesses sent at the same time do not slip through together. An address or account that
//! nobody has is counted like any other, so that being locked tells nothing.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::{StoreError, SystemTx};

/// The first lock; each further failure doubles it.
const FIRST_LOCK: TimeDelta = TimeDelta::seconds(30);
const LONGEST_LOCK: TimeDelta = TimeDelta::minutes(15);
/// Wrong attempts that an account or an address has before it is locked.
pub(super) const ACCOUNT_FREE: i32 = 5;
const ADDRESS_FREE: i32 = 50;
/// Mails that can be asked for.
const RESETS_FREE: i32 = 4;

/// Something whose attempts are counted.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    key: Vec<u8>,
    free: i32,
}

/// What came of counting.
#[derive(Debug)]
pub(super) enum Charged {
    /// Go on; the attempt is counted, and `locked` is new, when this attempt used up the last free one.
    Counted {
        /// Until when further attempts are refused.
        locked: Option<DateTime<Utc>>,
    },
    /// Refused until then; nothing was counted.
    Locked(DateTime<Utc>),
}

pub(super) fn account(email: &str) -> Counter {
    counter("account", &email.to_lowercase(), ACCOUNT_FREE)
}

pub(super) fn address(ip: Option<IpAddr>) -> Option<Counter> {
    Some(counter("address", &ip?.to_string(), ADDRESS_FREE))
}

pub(super) fn resets(email: &str) -> Counter {
    counter("reset", &email.to_lowercase(), RESETS_FREE)
}

pub(super) fn resets_from(ip: Option<IpAddr>) -> Option<Counter> {
    Some(counter("reset address", &ip?.to_string(), ADDRESS_FREE))
}

fn counter(kind: &str, what: &str, free: i32) -> Counter {
    let hash = Sha256::new()
        .chain_update(kind.as_bytes())
        .chain_update([0])
        .chain_update(what.as_bytes())
        .finalize();
    Counter {
        key: hash.to_vec(),
        free,
    }
}

/// Counts an attempt, unless one of the counters is locked.
pub(super) async fn charge(tx: &mut SystemTx, counters: &[Counter]) -> Result<Charged, StoreError> {
    let now = tx.now();
    let keys: Vec<&[u8]> = counters.iter().map(|counter| counter.key.as_slice()).collect();
    let barred: Option<DateTime<Utc>> = sqlx::query_scalar(
        "SELECT max(locked_until) FROM login_failures WHERE key = ANY ($1) AND locked_until > $2",
    )
    .bind(&keys)
    .bind(now)
    .fetch_one(tx.conn())
    .await?;
    if let Some(until) = barred {
        return Ok(Charged::Locked(until));
    }
    // Sorted, so that two attempts lock the rows in the same order.
    let counted: Vec<(Vec<u8>, i32)> = sqlx::query_as(
        "INSERT INTO login_failures AS f (key, failures, last_at) \
         SELECT key, 1, $2 FROM unnest($1::bytea[]) AS wanted (key) ORDER BY key \
         ON CONFLICT (key) DO UPDATE SET last_at = $2, \
             failures = CASE WHEN f.last_at < $2 - interval '1 day' THEN 1 ELSE f.failures + 1 END \
         RETURNING key, failures",
    )
    .bind(&keys)
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    let mut locked = None;
    for (key, failures) in counted {
        let free = counters
            .iter()
            .find(|counter| counter.key == key)
            .map_or(0, |counter| counter.free);
        if failures >= free {
            let until = now + lock(failures - free);
            sqlx::query("UPDATE login_failures SET locked_until = $2 WHERE key = $1")
                .bind(key)
                .bind(until)
                .execute(tx.conn())
                .await?;
            locked = locked.max(Some(until));
        }
    }
    Ok(Charged::Counted { locked })
}

/// Forgets the failures of an account whose password was right, and takes this attempt off the address again.
pub(super) async fn forgive(
    tx: &mut SystemTx,
    account: &Counter,
    address: Option<&Counter>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM login_failures WHERE key = $1")
        .bind(&account.key)
        .execute(tx.conn())
        .await?;
    if let Some(address) = address {
        // Only the lock that this attempt may have set: an attacker's own account does not open the others.
        sqlx::query(
            "UPDATE login_failures SET failures = greatest(failures - 1, 0), \
                 locked_until = CASE WHEN failures <= $2 THEN NULL ELSE locked_until END WHERE key = $1",
        )
        .bind(&address.key)
        .bind(address.free)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// 30 s, 1 min, 2 min, … up to a quarter of an hour.
fn lock(beyond: i32) -> TimeDelta {
    let doublings = u32::try_from(beyond).unwrap_or(0).min(10);
    (FIRST_LOCK * (1 << doublings)).min(LONGEST_LOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_doubles_up_to_a_quarter_of_an_hour() {
        let seconds = [0, 1, 2, 4, 5, 6, 1_000].map(|beyond| lock(beyond).num_seconds());
        assert_eq!(seconds, [30, 60, 120, 480, 900, 900, 900]);
    }

    #[test]
    fn an_account_is_the_same_in_any_case_and_never_an_address() {
        assert_eq!(account("Ada@Acme.test").key, account("ada@acme.test").key);
        let ip: IpAddr = "10.0.0.1".parse().unwrap();
        assert_ne!(account("10.0.0.1").key, address(Some(ip)).unwrap().key);
        assert!(address(None).is_none());
    }
}
