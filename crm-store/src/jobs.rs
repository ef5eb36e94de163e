//! Background work that survives a crash.
//!
//! The transaction that changes a record enqueues one job per consumer. A key
//! has at most one waiting job; a change that comes while a worker has the
//! job waits as a job of its own, and two workers never have the same key.

mod claim;
mod enqueue;
mod finish;
mod turn;

pub use claim::{JobClaim, Keys};
pub use enqueue::NewJob;
pub use finish::Failed;
pub(crate) use turn::Turn;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::{SystemTx, TenantTx, ids::JobId, text_enum::text_enum};

/// The channel of Postgres that is notified when a job is enqueued.
pub const JOBS_CHANNEL: &str = "jobs";

text_enum! {
    /// Where a job stands.
    pub enum JobState {
        /// It waits for its time and a worker.
        Ready = "ready",
        /// A worker has it until its lease runs out.
        Leased = "leased",
        /// It is done.
        Done = "done",
        /// It failed too often; a human must look.
        Dead = "dead",
    }
}

/// A job as its tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub key: String,
    /// More about it.
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: i32,
    /// How often it may be begun.
    pub max_attempts: i32,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// How much work there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Backlog {
    /// Jobs that wait.
    pub ready: i64,
    /// Jobs that a worker has.
    pub leased: i64,
    /// Jobs that failed too often.
    pub dead: i64,
    /// Since when the oldest of the first two waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// The jobs of the tenant.
#[derive(Debug)]
pub struct Jobs<'t>(&'t mut TenantTx);

/// The jobs of all tenants.
#[derive(Debug)]
pub struct SystemJobs<'t>(&'t mut SystemTx);

impl TenantTx {
    /// The jobs of the tenant.
    pub fn jobs(&mut self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl SystemTx {
    /// The jobs of all tenants.
    pub fn jobs(&mut self) -> SystemJobs<'_> {
        SystemJobs(self)
    }
}
