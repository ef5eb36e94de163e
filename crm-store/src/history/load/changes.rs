//! The changes of fields of many records at once.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::Object,
    history::{
        parts::Life,
        past::{Brought, Past, Step},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    /// None of days on which imports brought histories along.
    record_id: Option<Uuid>,
    object: Option<String>,
    field: String,
    old: Option<Json>,
    new: Option<Json>,
    known: Option<DateTime<Utc>>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
}

/// The changes of records, to be taken by each.
pub(super) struct Changes {
    steps: HashMap<Uuid, Vec<Step>>,
    /// When imports brought histories along, by object.
    brought: HashMap<String, Arc<Brought>>,
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
        let mut brought: HashMap<String, Brought> = HashMap::new();
        // What the service wrote was known when it was written; what came along with an import was known to the other
        // system when it happened.
        // The index has both, and would be entered for each field of each record; so it is entered for each record alone.
        // One statement: a history is read with each number that is asked for.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT record_id, NULL AS object, field, old, new, \
                 CASE source WHEN 'import' THEN effective_at ELSE greatest(effective_at, recorded_at) END AS known, \
                 NULL::date AS first_day, NULL::date AS last_day, effective_at, id \
             FROM field_changes WHERE record_id = ANY ($1) AND (field || '') = ANY ($2) \
             UNION ALL \
             SELECT NULL, object, field, NULL, NULL, NULL, first_day, last_day, NULL, NULL FROM imported_histories WHERE field = ANY ($2) \
             ORDER BY effective_at, id",
        )
        .bind(records)
        .bind(fields)
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            match (
                row.record_id,
                row.known,
                row.object,
                row.first_day.zip(row.last_day),
            ) {
                (Some(record), Some(known), ..) => steps.entry(record).or_default().push(Step {
                    field: row.field,
                    known,
                    old: row.old,
                    new: row.new,
                }),
                (.., Some(object), Some(days)) => {
                    let of_object = brought.entry(object).or_default();
                    of_object.entry(row.field).or_default().push(days);
                }
                _ => {}
            }
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
