//! The changes of fields of many records at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    history::{
        parts::Life,
        past::{Past, Step},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    record_id: Uuid,
    field: String,
    old: Option<Json>,
    new: Option<Json>,
    known: DateTime<Utc>,
}

/// The changes of records, to be taken by each.
pub(super) struct Changes(HashMap<Uuid, Vec<Step>>);

impl Changes {
    /// Those of any of these records; `fields` are the ones that are read.
    pub(super) async fn of(tx: &mut TenantTx, records: &[Uuid], fields: &[&str]) -> Result<Self, StoreError> {
        let mut changes: HashMap<Uuid, Vec<Step>> = HashMap::new();
        if records.is_empty() {
            return Ok(Self(changes));
        }
        // What the service wrote was known when it was written; what came along with an import was known to the other
        // system when it happened.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT record_id, field, old, new, \
                 CASE source WHEN 'import' THEN effective_at ELSE greatest(effective_at, recorded_at) END AS known \
             FROM field_changes WHERE record_id = ANY ($1) AND field = ANY ($2) ORDER BY effective_at, id",
        )
        .bind(records)
        .bind(fields)
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            changes.entry(row.record_id).or_default().push(Step {
                field: row.field,
                known: row.known,
                old: row.old,
                new: row.new,
            });
        }
        Ok(Self(changes))
    }

    /// The past of a record.
    pub(super) fn take(&mut self, id: Uuid, life: Life) -> Past {
        Past::new(id, life.created, self.0.remove(&id).unwrap_or_default())
    }
}
