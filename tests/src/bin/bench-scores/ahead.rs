//! A clock that can be moved on, so that a night comes when the bench wants it.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{Clock, SystemClock};

/// The machine's clock, some days ahead.
#[derive(Debug, Default)]
pub(crate) struct Ahead(AtomicI64);

impl Ahead {
    /// Goes on by so many days.
    pub(crate) fn go_on(&self, days: i64) {
        self.0.fetch_add(days, Ordering::Relaxed);
    }

    /// Goes on to the day after a moment, unless that is over.
    pub(crate) fn come_to(&self, last: DateTime<Utc>) {
        let behind = last.date_naive() - self.now().date_naive();
        self.go_on((behind.num_days() + 1).max(0));
    }
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::days(self.0.load(Ordering::Relaxed))
    }
}
