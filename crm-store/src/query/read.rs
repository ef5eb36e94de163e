//! Reading records by id and by reference.

use sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement};
use uuid::Uuid;

use super::{Columns, Condition, Statement, Subject};
use crate::{
    StoreError,
    catalog::{Field, Object},
};

/// The name that the table of the object goes by in every statement.
pub(super) const ALIAS: &str = "t";

pub(super) fn column(field: &Field) -> Expr {
    Expr::col((ALIAS, field.column))
}

pub(super) fn uuids(ids: &[Uuid]) -> sea_query::Value {
    sea_query::Value::from(ids.to_vec())
}

/// `SELECT` of these columns.
pub(super) fn select(columns: &Columns) -> SelectStatement {
    let mut select = Query::select();
    for field in &columns.fields {
        select.column((ALIAS, field.column));
    }
    select.from_as(columns.object.table, ALIAS);
    select
}

/// Leaves out what was deleted, where the object knows that.
pub(super) fn alive(columns: &Columns) -> Option<Expr> {
    columns
        .object
        .field("deleted_at")
        .map(|field| column(field).is_null())
}

/// The records with these ids, deleted ones too when asked for.
pub(crate) fn by_ids(columns: &Columns, ids: &[Uuid], deleted: bool) -> Statement {
    let mut select = select(columns);
    select.and_where(Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)]));
    if !deleted {
        select.and_where_option(alive(columns));
    }
    Statement::select(&select).kept()
}

/// The ids among these of records that are there for the actor.
pub(crate) fn visible(object: &'static Object, ids: &[Uuid]) -> Statement {
    let mut select = Query::select();
    select
        .column((ALIAS, "id"))
        .from_as(object.table, ALIAS)
        .and_where(Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)]));
    if object.field("deleted_at").is_some() {
        select.and_where(Expr::col((ALIAS, "deleted_at")).is_null());
    }
    Statement::select(&select).kept()
}

/// The ids of the records that pass filters of the tenant itself, of these or of all.
pub(crate) fn matching(
    object: &'static Object,
    criteria: &[Condition],
    currency: &str,
    ids: Option<&[Uuid]>,
) -> Result<Statement, StoreError> {
    let subject = Subject { object, access: None };
    let mut select = Query::select();
    select.column((ALIAS, "id")).from_as(object.table, ALIAS);
    for condition in criteria {
        select.and_where(subject.check(condition)?.expr(object, currency)?);
    }
    if let Some(ids) = ids {
        select.and_where(Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)]));
    }
    Ok(Statement::select(&select))
}

/// The records with these ids, locked for a change, in the order of their ids so that two writers do not wait for each other.
pub(crate) fn locked(columns: &Columns, ids: &[Uuid]) -> Statement {
    let mut select = select(columns);
    select
        .and_where(Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)]))
        .order_by((ALIAS, "id"), sea_query::Order::Asc)
        .lock(LockType::NoKeyUpdate);
    Statement::select(&select).kept()
}

/// The records whose field has one of these texts, deleted ones too: external ids stay taken.
pub(crate) fn by_field(columns: &Columns, field: &Field, texts: &[String]) -> Statement {
    let mut select = select(columns);
    let condition = format!("\"t\".\"{}\" = ANY($1)", field.column);
    select.and_where(Expr::cust_with_values(
        condition,
        [sea_query::Value::from(texts.to_vec())],
    ));
    Statement::select(&select).kept()
}

/// For each of these ids the latest records whose field names it, at most `limit` each.
pub(crate) fn many_of(columns: &Columns, field: &Field, ids: &[Uuid], limit: i64) -> Statement {
    let names: Vec<String> = columns
        .fields
        .iter()
        .map(|field| format!("\"t\".\"{}\"", field.column))
        .collect();
    let alive = if columns.object.field("deleted_at").is_some() {
        " AND deleted_at IS NULL"
    } else {
        ""
    };
    let sql = format!(
        "SELECT {} FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (SELECT * FROM {table} \
         WHERE {table}.\"{column}\" = wanted.id{alive} ORDER BY {table}.id DESC LIMIT $2) AS t",
        names.join(", "),
        table = columns.object.table,
        column = field.column,
    );
    Statement::keyed(sql, vec![uuids(ids), limit.into()])
}
