//! Everything that happened around a record, in the order of time.
//!
//! Each source is asked for one page of what is older than the cursor, through an index; the newest of all of them make
//! the page, and only those are read whole. So a page costs the same for a record with ten events and with a million.

mod source;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{Access, FieldRule},
    catalog::{self, Object},
    page::{Cursor, Page, read_limit},
    records::Select,
    text_enum::text_enum,
};

text_enum! {
    /// What an entry is.
    pub enum EntryKind {
        /// A task, call, meeting, mail, note or transcript.
        Activity = "activity",
        /// What was said in a conversation.
        Message = "message",
        /// A field got another value.
        FieldChange = "field_change",
        /// Something happened to a case.
        CaseEvent = "case_event",
        /// Somebody opened, clicked, visited or filled in something.
        Engagement = "engagement_event",
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Which one.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened, as the API shows records of its kind.
    pub data: Map<String, Json>,
}

/// Where an entry is, before it is read whole.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Place {
    id: Uuid,
    at: DateTime<Utc>,
}

impl TenantTx {
    /// What happened around a lead, contact, account, opportunity or case, newest first.
    pub async fn timeline(
        &mut self,
        object: &'static Object,
        id: Uuid,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Entry>, StoreError> {
        let wanted = Select {
            fields: Some(vec!["id".to_owned()]),
            deleted: true,
            ..Select::default()
        };
        if self.records(object).get(id, &wanted).await?.is_none() {
            return Err(StoreError::NotFound { what: object.name });
        }
        let access = self.access().await?;
        let ids = self.with_merged(object, id).await?;
        let mut places: Vec<(EntryKind, Place)> = Vec::new();
        for (kind, sql) in source::of(object, &access) {
            let found: Vec<Place> = sqlx::query_as(sql)
                .bind(&ids)
                .bind(after.map(|cursor| cursor.at))
                .bind(after.map(|cursor| cursor.id))
                .bind(read_limit(limit))
                .bind(object.name)
                .fetch_all(self.conn())
                .await?;
            places.extend(found.into_iter().map(|place| (kind, place)));
        }
        places.sort_by_key(|(_, place)| std::cmp::Reverse((place.at, place.id)));
        places.dedup_by_key(|(kind, place)| (*kind, place.id));
        let page = Page::cut(places, limit, |(_, place)| Cursor {
            at: place.at,
            id: place.id,
        });
        let mut whole = self.whole(object, &page.items, &access).await?;
        Ok(Page {
            items: page
                .items
                .into_iter()
                .filter_map(|(kind, place)| {
                    let data = whole.remove(&(kind, place.id))?;
                    Some(Entry {
                        kind,
                        id: place.id,
                        at: place.at,
                        data,
                    })
                })
                .collect(),
            next: page.next,
        })
    }

    /// The record and those that were merged into it, whose history is its own now.
    async fn with_merged(&mut self, object: &'static Object, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let mut ids = vec![id];
        if object.field("merged_into_id").is_some() {
            let merged = crate::query::merged_into(object, id).ids(self.conn()).await?;
            ids.extend(merged);
        }
        Ok(ids)
    }

    /// Reads the entries of a page, one statement for each kind.
    async fn whole(
        &mut self,
        object: &'static Object,
        places: &[(EntryKind, Place)],
        access: &Access,
    ) -> Result<HashMap<(EntryKind, Uuid), Map<String, Json>>, StoreError> {
        let ids = |wanted: EntryKind| -> Vec<Uuid> {
            places
                .iter()
                .filter(|(kind, _)| *kind == wanted)
                .map(|(_, place)| place.id)
                .collect()
        };
        let mut whole = HashMap::new();
        for (kind, source) in [
            (EntryKind::Activity, &catalog::ACTIVITY),
            (EntryKind::Engagement, &catalog::ENGAGEMENT_EVENT),
        ] {
            let ids = ids(kind);
            if !ids.is_empty() {
                for record in self.records(source).get_many(&ids, &Select::default()).await? {
                    whole.insert((kind, record.id), record.to_json(access));
                }
            }
        }
        for (kind, sql, shown) in [
            (EntryKind::Message, source::MESSAGES, &catalog::MESSAGE),
            (EntryKind::CaseEvent, source::CASE_EVENTS, &catalog::CASE_EVENT),
            (
                EntryKind::FieldChange,
                source::FIELD_CHANGES,
                &catalog::FIELD_CHANGE,
            ),
        ] {
            let ids = ids(kind);
            if ids.is_empty() {
                continue;
            }
            let rows: Vec<(Uuid, Json)> = sqlx::query_as(sql).bind(ids).fetch_all(self.conn()).await?;
            for (id, row) in rows {
                let Json::Object(mut row) = row else { continue };
                let keep = match kind {
                    EntryKind::FieldChange => shown_change(object, &mut row, access),
                    EntryKind::CaseEvent => shown_event(&mut row, access),
                    _ => shown_fields(shown, &mut row, access),
                };
                if keep {
                    whole.insert((kind, id), row);
                }
            }
        }
        Ok(whole)
    }
}

/// Applies the rules on fields of the entry's own object.
fn shown_fields(object: &'static Object, row: &mut Map<String, Json>, access: &Access) -> bool {
    let mut masked = Vec::new();
    for field in object.fields {
        match access.field_rule(object, field.name) {
            Some(FieldRule::Hidden) => {
                row.remove(field.name);
            }
            Some(FieldRule::Masked) if row.contains_key(field.name) => {
                row.insert(field.name.to_owned(), Json::Null);
                masked.push(Json::from(field.name));
            }
            _ => {}
        }
    }
    if !masked.is_empty() {
        row.insert("masked_fields".to_owned(), Json::Array(masked));
    }
    true
}

/// A change of a field that the role may not see is not there; one of a field that is masked has no values.
fn shown_change(object: &'static Object, row: &mut Map<String, Json>, access: &Access) -> bool {
    let field = row
        .get("field")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    match access.field_rule(object, &field) {
        Some(FieldRule::Hidden) => false,
        Some(FieldRule::Masked) => {
            row.insert("old".to_owned(), Json::Null);
            row.insert("new".to_owned(), Json::Null);
            row.insert("masked_fields".to_owned(), json!([field]));
            true
        }
        _ => true,
    }
}

/// The same for what an event of a case says about fields of the case.
fn shown_event(row: &mut Map<String, Json>, access: &Access) -> bool {
    for side in ["old", "new"] {
        if let Some(Json::Object(said)) = row.get_mut(side) {
            said.retain(|field, _| {
                !matches!(
                    access.field_rule(&catalog::CASE, field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            });
        }
    }
    true
}
