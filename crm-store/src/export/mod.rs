//! Records as lines of JSON, page by page, as the actor may see them.
//!
//! A line can be imported again, into this tenant or another one: it has an external id (the record's id, where there is
//! none), references carry the other record's external id or the member's address, and fields that the actor may not see
//! are left out.

mod articles;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value as Json, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{self, Link, Object},
    records::{Record, Select},
};

/// Records of one page.
pub const PAGE: i64 = 1_000;

/// Exports of the tenant.
#[derive(Debug)]
pub struct Exports<'t>(&'t mut TenantTx);

/// Some lines, and where the next ones begin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExportPage {
    /// One object a record.
    pub lines: Vec<Map<String, Json>>,
    /// The last record's id; `None` at the end.
    pub next: Option<Uuid>,
}

impl TenantTx {
    /// Exports of the tenant.
    pub fn exports(&mut self) -> Exports<'_> {
        Exports(self)
    }
}

impl Exports<'_> {
    /// Refuses what the actor may not export, in words.
    pub async fn allow(&mut self, object: &'static Object) -> Result<(), StoreError> {
        let access = self.0.access().await?;
        if !access.manages("exports") {
            return Err(StoreError::Refused {
                what: "your role may not export".to_owned(),
                fields: Vec::new(),
            });
        }
        access.require(object, Verb::Read)
    }

    /// The records after `after`, by id, that the actor may see; deleted ones are left out. The first page is a security
    /// event: everything of an object leaves the house.
    pub async fn page(
        &mut self,
        object: &'static Object,
        after: Option<Uuid>,
    ) -> Result<ExportPage, StoreError> {
        self.allow(object).await?;
        if after.is_none() {
            let detail = json!({"object": object.name});
            self.0.security_event("bulk_export", detail).await?;
        }
        if object.name == catalog::ARTICLE.name {
            return articles::page(self.0, after).await;
        }
        if object.rules().is_none() {
            return Err(StoreError::invalid(
                "object",
                format!(
                    "{} are exported with the tenant alone",
                    object.plural.replace('_', " ")
                ),
            ));
        }
        let alive = if object.field("deleted_at").is_some() {
            "deleted_at IS NULL AND "
        } else {
            ""
        };
        // The name of the table is the catalogue's.
        let sql = format!(
            "SELECT id FROM {} WHERE {alive}($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2",
            object.table
        );
        let ids: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(after)
            .bind(PAGE)
            .fetch_all(self.0.conn())
            .await?;
        let mut records = self.0.records(object).get_many(&ids, &Select::default()).await?;
        records.sort_by_key(|record| record.id);
        let lines = self.lines(object, &records).await?;
        let full = i64::try_from(ids.len()).is_ok_and(|count| count == PAGE);
        Ok(ExportPage {
            lines,
            next: ids.last().copied().filter(|_| full),
        })
    }

    /// Records as lines, with the external ids of what they refer to.
    pub(crate) async fn lines(
        &mut self,
        object: &'static Object,
        records: &[Record],
    ) -> Result<Vec<Map<String, Json>>, StoreError> {
        let access = self.0.access().await?;
        let names = self.references(object, records, &access).await?;
        Ok(records
            .iter()
            .map(|record| {
                let mut line = record.to_json(&access);
                if object.field("external_id").is_some() && line.get("external_id").is_some_and(Json::is_null)
                {
                    line.insert("external_id".to_owned(), Json::from(record.id.to_string()));
                }
                for (relation, field, by, known) in &names {
                    let name = record.reference(field).and_then(|id| known.get(&id));
                    if let Some(name) = name {
                        line.insert(format!("{relation}_{by}"), Json::from(name.as_str()));
                    }
                }
                line
            })
            .collect())
    }

    /// For each relation that a field holds: its name, the field, what the other side is known by, and those names.
    async fn references(
        &mut self,
        object: &'static Object,
        records: &[Record],
        access: &Access,
    ) -> Result<Vec<(&'static str, &'static str, &'static str, HashMap<Uuid, String>)>, StoreError> {
        let mut wanted: BTreeMap<&'static str, HashSet<Uuid>> = BTreeMap::new();
        let mut relations = Vec::new();
        for relation in object.relations {
            let Link::Field(field) = relation.by else { continue };
            if matches!(
                access.field_rule(object, field),
                Some(FieldRule::Hidden | FieldRule::Masked)
            ) {
                continue;
            }
            relations.push((relation.name, field, relation.target));
            let ids = wanted.entry(relation.target).or_default();
            ids.extend(records.iter().filter_map(|record| record.reference(field)));
        }
        let mut known: BTreeMap<&'static str, HashMap<Uuid, String>> = BTreeMap::new();
        for (target, ids) in wanted {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            known.insert(target, self.names(target, &ids).await?);
        }
        Ok(relations
            .into_iter()
            .map(|(relation, field, target)| {
                let by = if target == catalog::USER.name {
                    "email"
                } else {
                    "external_id"
                };
                (
                    relation,
                    field,
                    by,
                    known.get(target).cloned().unwrap_or_default(),
                )
            })
            .collect())
    }

    async fn names(
        &mut self,
        target: &'static str,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = if target == catalog::USER.name {
            "SELECT id, email FROM users WHERE id = ANY ($1)".to_owned()
        } else {
            match catalog::object(target) {
                Some(object) if object.field("external_id").is_some() => format!(
                    "SELECT id, COALESCE(external_id, id::text) FROM {} WHERE id = ANY ($1)",
                    object.table
                ),
                _ => return Ok(HashMap::new()),
            }
        };
        let rows: Vec<(Uuid, String)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(self.0.conn())
            .await?;
        Ok(rows.into_iter().collect())
    }
}
