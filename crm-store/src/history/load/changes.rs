//! The changes of fields of many records at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::Object,
    history::{
        parts::Life,
        past::{Past, Step},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    object: String,
    record_id: Uuid,
    field: String,
    imported: bool,
    old: Option<Json>,
    new: Option<Json>,
    known: DateTime<Utc>,
}

/// The changes of records, to be taken by each.
pub(super) struct Changes {
    steps: HashMap<Uuid, Vec<Step>>,
    /// The fields of which an import brought histories along for any of the records, by object.
    brought: HashMap<String, Arc<HashSet<String>>>,
}

/// Where a record is from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) object: &'static Object,
    /// Whether an import brought it along.
    pub(super) imported: bool,
    /// When it ended.
    pub(super) ended: Option<DateTime<Utc>>,
}

impl Changes {
    /// Those of any of these records; `fields` are the ones that are read.
    pub(super) async fn of(tx: &mut TenantTx, records: &[Uuid], fields: &[&str]) -> Result<Self, StoreError> {
        let mut steps: HashMap<Uuid, Vec<Step>> = HashMap::new();
        let mut brought: HashMap<String, HashSet<String>> = HashMap::new();
        // What the service wrote was known when it was written; what came along with an import was known to the other
        // system when it happened.
        // The index has both, and would be entered for each field of each record; so it is entered for each record alone.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT object, record_id, field, source = 'import' AS imported, old, new, \
                 CASE source WHEN 'import' THEN effective_at ELSE greatest(effective_at, recorded_at) END AS known \
             FROM field_changes WHERE record_id = ANY ($1) AND (field || '') = ANY ($2) ORDER BY effective_at, id",
        )
        .bind(records)
        .bind(fields)
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            if row.imported {
                brought.entry(row.object).or_default().insert(row.field.clone());
            }
            steps.entry(row.record_id).or_default().push(Step {
                field: row.field,
                known: row.known,
                old: row.old,
                new: row.new,
            });
        }
        Ok(Self {
            steps,
            brought: brought
                .into_iter()
                .map(|(object, fields)| (object, Arc::new(fields)))
                .collect(),
        })
    }

    /// The past of a record.
    pub(super) fn take(&mut self, id: Uuid) -> Past {
        Past::new(self.steps.remove(&id).unwrap_or_default())
    }

    /// The past of a record that may have come along with an import.
    pub(super) fn take_from(&mut self, id: Uuid, life: Life, origin: Origin) -> Past {
        let past = self.take(id);
        if !origin.imported {
            return past;
        }
        let brought = self.brought.get(origin.object.name).cloned().unwrap_or_default();
        past.brought_along(id, life.created, origin.ended, brought)
    }

    /// The records that a field of these ever named.
    pub(super) fn named<'c>(
        &'c self,
        records: &'c [Uuid],
        field: &'c str,
    ) -> impl Iterator<Item = Uuid> + 'c {
        self.held(records, field)
            .filter_map(|json| json.as_str()?.parse().ok())
    }

    /// The currencies that an amount of these records was ever in.
    pub(super) fn currencies<'c>(
        &'c self,
        records: &'c [Uuid],
        field: &'c str,
    ) -> impl Iterator<Item = &'c str> {
        self.held(records, field)
            .filter_map(|json| json.get("currency")?.as_str())
    }

    /// What a field of these records held before and after its changes.
    fn held<'c>(&'c self, records: &'c [Uuid], field: &'c str) -> impl Iterator<Item = &'c Json> {
        records
            .iter()
            .filter_map(|record| self.steps.get(record))
            .flatten()
            .filter(move |step| step.field == field)
            .flat_map(|step| [&step.old, &step.new])
            .flatten()
    }
}
