//! Records and everything that hangs on them.

use std::collections::{BTreeMap, HashSet};

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::schema::{KEPT, Reference, Table, references};
use crate::{StoreError, TenantTx};

/// Columns that name a record of whatever object, without a foreign key.
const NAMELESS: [&str; 3] = ["record_id", "document_id", "object_id"];

/// Deletes records, first what refers to them, and counts the rows of each table.
pub(super) async fn records(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    roots: &[(&str, &[Uuid])],
    counts: &mut BTreeMap<String, u64>,
) -> Result<Vec<Uuid>, StoreError> {
    let references = references(tx).await?;
    // From the roots to the leaves: what cannot do without its parent goes with it.
    let mut going: Vec<(String, HashSet<Uuid>)> = Vec::new();
    let mut waiting: Vec<(String, Vec<Uuid>)> = roots
        .iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(table, ids)| ((*table).to_owned(), ids.to_vec()))
        .collect();
    let mut seen: HashSet<(String, Uuid)> = HashSet::new();
    while let Some((table, ids)) = waiting.pop() {
        let fresh: Vec<Uuid> = ids
            .into_iter()
            .filter(|id| seen.insert((table.clone(), *id)))
            .collect();
        if fresh.is_empty() {
            continue;
        }
        for reference in references.iter().filter(|reference| reference.parent == table) {
            if reference.goes() && tables.get(&reference.child).is_some_and(|child| child.has("id")) {
                let children = ids_of(tx, reference, &fresh).await?;
                waiting.push((reference.child.clone(), children));
            }
        }
        going.push((table, fresh.into_iter().collect()));
    }
    let mut all: Vec<Uuid> = Vec::new();
    for (table, ids) in going.iter().rev() {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        for reference in references.iter().filter(|reference| reference.parent == *table) {
            detach(tx, tables, reference, &ids, counts).await?;
        }
        all.extend(&ids);
    }
    for (table, ids) in going.into_iter().rev() {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let sql = format!("DELETE FROM {table} WHERE id = ANY ($1)");
        count(counts, &table, run(tx, sql, &ids).await?);
    }
    nameless(tx, tables, &all, counts).await?;
    Ok(all)
}

impl Reference {
    /// Whether the child goes when the parent goes.
    fn goes(&self) -> bool {
        self.on_delete == "c" || (self.on_delete != "n" && !self.nullable)
    }
}

async fn ids_of(tx: &mut TenantTx, reference: &Reference, parents: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let Reference { child, column, .. } = reference;
    let sql = format!("SELECT id FROM {child} WHERE {column} = ANY ($1)");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(parents)
        .fetch_all(tx.conn())
        .await?)
}

/// Rows without an id go at once; references that are not needed are cleared, where Postgres does not do it itself.
async fn detach(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    reference: &Reference,
    parents: &[Uuid],
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    let Reference { child, column, .. } = reference;
    let has_id = tables.get(child).is_some_and(|table| table.has("id"));
    if reference.parent_column != "id" {
        return Ok(());
    }
    if reference.goes() && !has_id {
        let sql = format!("DELETE FROM {child} WHERE {column} = ANY ($1)");
        count(counts, child, run(tx, sql, parents).await?);
    } else if !reference.goes() && reference.on_delete != "n" {
        let sql = format!("UPDATE {child} SET {column} = NULL WHERE {column} = ANY ($1)");
        run(tx, sql, parents).await?;
    }
    Ok(())
}

/// What names the records without a foreign key: history, shares, links, the values of the log.
async fn nameless(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    ids: &[Uuid],
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    // The log keeps who did what to which id; the values go.
    let values = "DELETE FROM audit_values v USING audit_log l WHERE l.tenant_id = v.tenant_id AND l.id = v.audit_id \
                  AND l.object_id = ANY ($1)";
    count(counts, "audit_values", run(tx, values.to_owned(), ids).await?);
    for (name, table) in tables {
        if name == "audit_log" || KEPT.iter().any(|(kept, _)| kept == name) {
            continue;
        }
        for column in &table.columns {
            if column.kind == "uuid" && column.readable && NAMELESS.contains(&column.name.as_str()) {
                let sql = format!("DELETE FROM {name} WHERE {} = ANY ($1)", column.name);
                count(counts, name, run(tx, sql, ids).await?);
            }
        }
    }
    Ok(())
}

pub(super) fn count(counts: &mut BTreeMap<String, u64>, place: &str, rows: u64) {
    if rows > 0 {
        *counts.entry(place.to_owned()).or_default() += rows;
    }
}

/// Names of tables and columns come from the database's own catalogue.
async fn run(tx: &mut TenantTx, sql: String, ids: &[Uuid]) -> Result<u64, StoreError> {
    Ok(sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .execute(tx.conn())
        .await?
        .rows_affected())
}
