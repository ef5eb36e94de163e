//! An import as the API shows it.

use chrono::{DateTime, Utc};
use crm_store::import::Import;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An import of one file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// The import.
    id: Uuid,
    /// What the rows are.
    #[schema(example = "contact")]
    object: String,
    /// The name of the file.
    file_name: String,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    state: String,
    /// The size of the file.
    bytes: i64,
    /// How far it was read.
    bytes_done: i64,
    /// Rows that were read, bad ones too.
    rows: i64,
    /// Records that are new.
    created: i64,
    /// Records that differed.
    updated: i64,
    /// Records that were the same; nothing was written.
    unchanged: i64,
    /// Rows that are no records; see `/errors`.
    bad: i64,
    /// Rows that a later row of the file replaces.
    duplicates: i64,
    /// Rows that wait for the record that they belong to.
    waiting: i64,
    /// References to what was not there yet.
    unresolved: i64,
    /// References that had waited and lead somewhere now.
    resolved: i64,
    /// Why it failed.
    problem: Option<String>,
    /// When it was begun.
    created_at: DateTime<Utc>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        let totals = import.totals;
        Self {
            id: import.id,
            object: import.object,
            file_name: import.file_name,
            state: import.state.as_str().to_owned(),
            bytes: import.bytes,
            bytes_done: import.bytes_done,
            rows: totals.rows_done,
            created: totals.rows_created,
            updated: totals.rows_updated,
            unchanged: totals.rows_unchanged,
            bad: totals.rows_bad,
            duplicates: totals.rows_duplicate,
            waiting: totals.rows_waiting,
            unresolved: totals.links_unresolved,
            resolved: totals.links_resolved,
            problem: import.problem,
            created_at: import.created_at,
            ended_at: import.ended_at,
        }
    }
}
