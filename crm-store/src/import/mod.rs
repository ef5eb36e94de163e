//! Records from other systems, thousands at a time.
//!
//! A batch is one transaction: references by external id are resolved set-based, rows that change nothing write nothing,
//! and what follows from a change (log, history, feed, index) is written once for all of them. A reference to what is
//! not there yet waits, in whatever order files come; see [`links`](self) in `links.rs`. Good rows go in, bad ones come
//! back with their reasons.

mod batch;
mod history;
mod links;
mod people;
mod progress;
mod resolve;

use crate::{TenantTx, catalog::Field, records::Draft};

pub use history::{HistoryBatch, HistoryRow};
pub use people::Person;
pub use progress::{Import, ImportError, ImportState, NewImport, Totals};

/// With this before its id an import signs what it writes in the log of acts, in the place of a request's id.
pub const IMPORT_REQUEST: &str = "import:";
/// The kind of job that works on an uploaded file; its key is the import's id.
pub const IMPORT_JOB: &str = "import";

/// Fields that only the service sets otherwise, and that a record brings along from where it began.
pub const SETTABLE: &[&str] = &[
    "created_at",
    "is_converted",
    "converted_at",
    "converted_account_id",
    "converted_contact_id",
    "converted_opportunity_id",
    "stage_entered_at",
    "closed_at",
    "resolved_at",
    "first_responded_at",
    "last_activity_at",
];

/// A row that says a record.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Where it stands in its file.
    pub line: u64,
    /// The other system's id, by which the record is found again.
    pub external_id: String,
    /// The values; what is wrong with them is kept in it.
    pub draft: Draft,
    /// The fields that refer to records: field, object, and that record's external id.
    pub references: Vec<(&'static Field, &'static str, String)>,
}

/// What came of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchReport {
    /// Records that are new.
    pub created: u64,
    /// Records that differed.
    pub updated: u64,
    /// Records that were the same; nothing was written.
    pub unchanged: u64,
    /// Rows that wait for the record that they belong to.
    pub waiting: u64,
    /// References of records to what is not there yet.
    pub unresolved: u64,
    /// References that had waited and lead somewhere now.
    pub resolved: u64,
    /// Rows that are no records: line and reason.
    pub bad: Vec<(u64, String)>,
}

/// Imports into the tenant.
#[derive(Debug)]
pub struct Imports<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Imports into the tenant.
    pub fn imports(&mut self) -> Imports<'_> {
        Imports(self)
    }
}
