//! What waits for the other side of a relation.
//!
//! A record whose optional reference leads to nothing yet is there without it, with a row in `import_links`. A row whose
//! required reference leads to nothing yet cannot be a record and stands in `import_waiting`. Whoever brings the other
//! side resolves both.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{ImportRow, batch::is_set, history, resolve};
use crate::{
    StoreError, TenantTx,
    access::{Access, Verb},
    catalog::{self, Object},
    history::made_at,
    query::{self, Columns},
    records::{
        Draft, parse,
        read::fetch,
        write::{self, Action, Errors, Write},
    },
};

/// The fields of records, and what they shall refer to.
type References = BTreeMap<Uuid, Vec<(&'static str, Uuid)>>;

/// A reference of a record that leads to nothing yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) record: Uuid,
    pub(super) field: &'static str,
    pub(super) target: &'static str,
    pub(super) external_id: String,
}

/// What waits in the tenant, asked once so that a batch need not look for each of its rows.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four answers of one statement, not states of one thing"
)]
pub(super) struct Waiting {
    /// References of records of an object.
    pub(super) own_links: bool,
    /// Rows that shall be records of it.
    pub(super) own_rows: bool,
    /// References to records of it.
    pub(super) links: bool,
    /// Rows, and history, that belong to records of it.
    pub(super) rows: bool,
}

/// Whether anything waits that concerns an object.
pub(super) async fn waiting(tx: &mut TenantTx, object: &'static Object) -> Result<Waiting, StoreError> {
    Ok(sqlx::query_as(
        "SELECT EXISTS (SELECT FROM import_links WHERE object = $1) AS own_links, \
             EXISTS (SELECT FROM import_waiting WHERE object = $1) AS own_rows, \
             EXISTS (SELECT FROM import_links WHERE target = $1) AS links, \
             EXISTS (SELECT FROM import_waiting WHERE target = $1) AS rows",
    )
    .bind(object.name)
    .fetch_one(tx.conn())
    .await?)
}

/// Remembers references that lead to nothing yet; what is remembered already is not written.
pub(super) async fn remember(
    tx: &mut TenantTx,
    object: &'static Object,
    open: &[Open],
) -> Result<(), StoreError> {
    if open.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.grant().tenant(), tx.now());
    sqlx::query(
        "INSERT INTO import_links AS l (tenant_id, object, record_id, field, target, target_external_id, created_at) \
         SELECT $1, $2, e.*, $3 FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) AS e \
         ON CONFLICT (tenant_id, object, record_id, field) DO UPDATE SET target = excluded.target, \
             target_external_id = excluded.target_external_id, created_at = excluded.created_at \
         WHERE (l.target, l.target_external_id) IS DISTINCT FROM (excluded.target, excluded.target_external_id)",
    )
    .bind(tenant)
    .bind(object.name)
    .bind(now)
    .bind(open.iter().map(|link| link.record).collect::<Vec<_>>())
    .bind(open.iter().map(|link| link.field).collect::<Vec<_>>())
    .bind(open.iter().map(|link| link.target).collect::<Vec<_>>())
    .bind(open.iter().map(|link| link.external_id.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets references that lead somewhere now.
pub(super) async fn forget(
    tx: &mut TenantTx,
    object: &'static Object,
    settled: &[(Uuid, &'static str)],
) -> Result<(), StoreError> {
    if settled.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM import_links l USING unnest($2::uuid[], $3::text[]) AS e (record, field) \
         WHERE l.object = $1 AND l.record_id = e.record AND l.field = e.field",
    )
    .bind(object.name)
    .bind(settled.iter().map(|(record, _)| *record).collect::<Vec<_>>())
    .bind(settled.iter().map(|(_, field)| *field).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps rows that cannot be records yet.
pub(super) async fn wait(
    tx: &mut TenantTx,
    object: &'static Object,
    waiting: Vec<(&'static str, String, ImportRow)>,
) -> Result<(), StoreError> {
    if waiting.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.grant().tenant(), tx.now());
    let (mut ids, mut targets, mut target_ids, mut lines) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (target, target_id, row) in waiting {
        lines.push(to_json(&row));
        ids.push(row.external_id);
        targets.push(target);
        target_ids.push(target_id);
    }
    sqlx::query(
        "INSERT INTO import_waiting AS w (tenant_id, object, external_id, target, target_external_id, line, created_at) \
         SELECT $1, $2, e.*, $3 FROM unnest($4::text[], $5::text[], $6::text[], $7::jsonb[]) AS e \
         ON CONFLICT (tenant_id, object, external_id) DO UPDATE SET target = excluded.target, \
             target_external_id = excluded.target_external_id, line = excluded.line, created_at = excluded.created_at \
         WHERE (w.target, w.target_external_id, w.line) \
             IS DISTINCT FROM (excluded.target, excluded.target_external_id, excluded.line)",
    )
    .bind(tenant)
    .bind(object.name)
    .bind(now)
    .bind(ids)
    .bind(targets)
    .bind(target_ids)
    .bind(lines)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Rows that waited and are records now, because a later file had them whole.
pub(super) async fn no_longer_waiting(
    tx: &mut TenantTx,
    object: &'static Object,
    external_ids: &[String],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM import_waiting WHERE object = $1 AND external_id = ANY ($2)")
        .bind(object.name)
        .bind(external_ids)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Gives records the references that waited for these; returns how many.
pub(super) async fn follow(
    tx: &mut TenantTx,
    target: &'static Object,
    external_ids: &[String],
) -> Result<u64, StoreError> {
    let links: Vec<(String, Uuid, String, String)> = sqlx::query_as(
        "SELECT object, record_id, field, target_external_id FROM import_links \
         WHERE target = $1 AND target_external_id = ANY ($2) ORDER BY object, record_id, field",
    )
    .bind(target.name)
    .bind(external_ids)
    .fetch_all(tx.conn())
    .await?;
    if links.is_empty() {
        return Ok(0);
    }
    let ids: BTreeSet<&String> = links.iter().map(|(.., id)| id).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let found = resolve::find(tx, target.name, &ids).await?;
    // By object, then by record: one record may wait for several.
    let mut wanted: BTreeMap<&'static str, References> = BTreeMap::new();
    for (object, record, field, external_id) in links {
        let place =
            catalog::object(&object).and_then(|object| Some((object.name, object.field(&field)?.name)));
        if let (Some((object, field)), Some(id)) = (place, found.get(&external_id)) {
            wanted
                .entry(object)
                .or_default()
                .entry(record)
                .or_default()
                .push((field, *id));
        }
    }
    let mut resolved = 0;
    for (name, records) in wanted {
        let Some(object) = catalog::object(name) else {
            continue;
        };
        let columns = Columns::all(object);
        let ids: Vec<Uuid> = records.keys().copied().collect();
        let mut writes = Vec::new();
        for before in fetch(tx, &columns, query::locked(&columns, &ids)).await? {
            let mut draft = Draft::new(object);
            for (field, id) in records.get(&before.id).into_iter().flatten() {
                draft.set(field, *id);
            }
            // Later than a day after it came, everybody has seen the record without it: that is a change.
            let came = made_at(before.id);
            writes.push(Write {
                completes: came.is_some_and(|came| tx.now() - came < TimeDelta::days(1)),
                ..Write::change(Action::Update, before, draft)
            });
        }
        write::run(tx, object, &mut writes, Errors::Keep).await?;
        let mut settled = Vec::new();
        for write in writes.iter().filter(|write| write.problem.is_none()) {
            for (field, _) in records.get(&write.id).into_iter().flatten() {
                settled.push((write.id, *field));
            }
        }
        resolved += settled.len() as u64;
        forget(tx, object, &settled).await?;
    }
    Ok(resolved)
}

/// Takes the rows that waited for these out, to be applied again.
pub(super) async fn release(
    tx: &mut TenantTx,
    target: &'static Object,
    external_ids: &[String],
) -> Result<Vec<(&'static Object, Vec<ImportRow>)>, StoreError> {
    let access = tx.access().await?;
    let writable: Vec<&str> = catalog::OBJECTS
        .iter()
        .filter(|object| object.name != history::WAITING && may_write(&access, object))
        .map(|object| object.name)
        .collect();
    let rows: Vec<(String, String, Json)> = sqlx::query_as(
        "DELETE FROM import_waiting WHERE target = $1 AND target_external_id = ANY ($2) AND object = ANY ($3) \
         RETURNING object, external_id, line",
    )
    .bind(target.name)
    .bind(external_ids)
    .bind(writable)
    .fetch_all(tx.conn())
    .await?;
    let mut released: BTreeMap<&'static str, Vec<ImportRow>> = BTreeMap::new();
    for (object, external_id, line) in rows {
        let Some(object) = catalog::object(&object) else {
            continue;
        };
        let row = from_json(object, external_id, &line)?;
        released.entry(object.name).or_default().push(row);
    }
    Ok(released
        .into_iter()
        .filter_map(|(name, mut rows)| {
            rows.sort_by(|a, b| a.external_id.cmp(&b.external_id));
            Some((catalog::object(name)?, rows))
        })
        .collect())
}

fn may_write(access: &Access, object: &Object) -> bool {
    access.can(object, Verb::Create) && access.can(object, Verb::Update)
}

fn to_json(row: &ImportRow) -> Json {
    let values: Map<String, Json> = row
        .draft
        .values()
        .iter()
        .filter(|(_, value)| is_set(value))
        .map(|(field, value)| ((*field).to_owned(), value.to_json()))
        .collect();
    let references: Vec<Json> = row
        .references
        .iter()
        .map(|(field, target, id)| json!([field.name, target, id]))
        .collect();
    json!({"values": values, "references": references})
}

fn from_json(object: &'static Object, external_id: String, line: &Json) -> Result<ImportRow, StoreError> {
    let damaged = || StoreError::Corrupt {
        what: format!("the waiting {} {external_id}", object.name),
    };
    let mut draft = Draft::new(object);
    for (name, json) in line.get("values").and_then(Json::as_object).ok_or_else(damaged)? {
        let field = object.field(name).ok_or_else(damaged)?;
        draft.set(name, parse::parse(field, json).map_err(|_| damaged())?);
    }
    let mut references = Vec::new();
    for reference in line
        .get("references")
        .and_then(Json::as_array)
        .ok_or_else(damaged)?
    {
        let (name, target, id): (String, String, String) =
            serde_json::from_value(reference.clone()).map_err(|_| damaged())?;
        let field = object.field(&name).ok_or_else(damaged)?;
        let target = if target == catalog::USER.name {
            catalog::USER.name
        } else {
            catalog::object(&target).ok_or_else(damaged)?.name
        };
        references.push((field, target, id));
    }
    Ok(ImportRow {
        line: 0,
        external_id,
        draft,
        references,
    })
}
