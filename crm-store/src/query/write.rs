//! Writing many records in one statement.
//!
//! The rows travel as one JSON value, which Postgres reads by the types of the table. So the text of a statement
//! depends on the columns alone, whether it writes one row or a thousand.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Columns, Statement};
use crate::catalog::{Field, Object};

pub(super) fn names(prefix: &str, fields: &[&'static Field]) -> String {
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("{prefix}\"{}\"", field.column))
        .collect();
    names.join(", ")
}

/// Adds records, each an object of columns, and returns what was stored.
pub(crate) fn insert(columns: &Columns, tenant: Uuid, written: &[&'static Field], rows: Json) -> Statement {
    let table = columns.object.table;
    let sql = format!(
        "INSERT INTO {table} AS t (tenant_id, {}) SELECT $1, {} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r \
         RETURNING {}",
        names("", written),
        names("r.", written),
        names("t.", &columns.fields),
    );
    Statement::keyed(sql, vec![tenant.into(), rows.into()])
}

/// Adds rows that a data set was made of, each an object of columns; those that are there stay as they are.
pub(crate) fn seed(
    object: &'static Object,
    tenant: Uuid,
    written: &[&'static Field],
    rows: Json,
) -> Statement {
    let table = object.table;
    let sql = format!(
        "INSERT INTO {table} (tenant_id, {}) SELECT $1, {} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r \
         ON CONFLICT DO NOTHING",
        names("", written),
        names("r.", written),
    );
    Statement::keyed(sql, vec![tenant.into(), rows.into()])
}

/// Changes records that are locked, each an object of columns with its `id`, and returns what is stored now.
pub(crate) fn update(
    columns: &Columns,
    tenant: Uuid,
    changed: &[&'static Field],
    rows: Json,
    now: DateTime<Utc>,
) -> Statement {
    let table = columns.object.table;
    let mut set: Vec<String> = changed
        .iter()
        .map(|field| format!("\"{0}\" = r.\"{0}\"", field.column))
        .collect();
    set.extend(bookkeeping(columns.object).map(str::to_owned));
    let sql = format!(
        "UPDATE {table} AS t SET {} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r \
         WHERE t.tenant_id = $1 AND t.id = r.id AND $3::timestamptz IS NOT NULL RETURNING {}",
        set.join(", "),
        names("t.", &columns.fields),
    );
    Statement::keyed(sql, vec![tenant.into(), rows.into(), now.into()])
}

/// What every change of a record sets.
fn bookkeeping(object: &'static Object) -> impl Iterator<Item = &'static str> {
    [
        ("version", "version = t.version + 1"),
        ("updated_at", "updated_at = $3"),
    ]
    .into_iter()
    .filter(|(field, _)| object.field(field).is_some())
    .map(|(_, set)| set)
}
