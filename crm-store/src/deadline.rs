//! One time for all statements of a question.
//!
//! Postgres limits single statements. A question has many of them, so each is given what the others left of its time:
//! [`TenantTx::timely`] is the connection with that limit set, and refuses when nothing is left.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tokio::time::Instant;

use crate::{StoreError, TenantTx, analytics::explained};

/// How much less than a statement is given may be left before it is given less: setting it takes a way to the server.
const SLACK: Duration = Duration::from_millis(50);

/// When the time of a question ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    ends: Instant,
}

impl Deadline {
    /// So long from now.
    pub fn within(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            ends: now.checked_add(limit).unwrap_or(now),
        }
    }

    /// What is left; nothing when it is over.
    pub fn left(self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }
}

/// The time of a transaction, and what its next statement is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allotted {
    pub(crate) deadline: Deadline,
    pub(crate) given: Duration,
}

impl Allotted {
    /// All that is left; refused when that is nothing.
    pub(crate) fn of(deadline: Deadline) -> Result<Self, StoreError> {
        match deadline.left() {
            Duration::ZERO => Err(StoreError::TooMuch),
            given => Ok(Self { deadline, given }),
        }
    }
}

impl TenantTx {
    /// When the time of the question ends that this transaction was opened for.
    pub fn deadline(&self) -> Option<Deadline> {
        self.allotted().map(|allotted| allotted.deadline)
    }

    /// What is left of the time of the question; `limit` where no question has one.
    pub(crate) fn left(&self, limit: Duration) -> Duration {
        self.deadline()
            .map_or(limit, |deadline| deadline.left().min(limit))
    }

    /// The connection, on which the next statement may take what is left of the question's time.
    pub(crate) async fn timely(&mut self) -> Result<&mut PgConnection, StoreError> {
        if let Some(Allotted { deadline, given }) = self.allotted() {
            let now = Allotted::of(deadline)?;
            let slack = SLACK.min(now.given / 10);
            if given.saturating_sub(now.given) > slack {
                self.conn()
                    .execute(AssertSqlSafe(format!(
                        "SET LOCAL statement_timeout = {}",
                        in_millis(now.given)
                    )))
                    .await?;
                self.allot(now);
            }
        }
        Ok(self.conn())
    }

    /// Tells a statement of a question that ran out of time from other failures.
    pub(crate) fn late(&self, error: sqlx::Error) -> StoreError {
        match self.allotted() {
            Some(_) => explained(error.into()),
            None => error.into(),
        }
    }
}

/// A time as Postgres takes it, where nothing would mean for ever.
pub(crate) fn in_millis(time: Duration) -> u128 {
    time.as_millis().max(1)
}
