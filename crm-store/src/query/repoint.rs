//! Statements over many records that the catalogue generates for merging, conversion and activities.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Statement, read::uuids};
use crate::catalog::Object;

/// Lets every record whose field names `from` name `to` instead, and returns which did. Whoever would then name itself
/// stays as it is, and so does a row that `to` has its like of already in the fields `beside`.
pub(crate) fn repoint(
    object: &'static Object,
    column: &str,
    beside: &[&str],
    from: Uuid,
    to: Uuid,
    now: DateTime<Utc>,
) -> Statement {
    let table = object.table;
    let mut set = format!("\"{column}\" = $2");
    for (field, change) in [
        ("version", "version = t.version + 1"),
        ("updated_at", "updated_at = $3"),
    ] {
        // A message has no updated_at, and what was said in it does not change.
        if object.field(field).is_some() {
            set.push_str(", ");
            set.push_str(change);
        }
    }
    let itself = if object.field("id").is_some() {
        "t.id <> $2"
    } else {
        "true"
    };
    let unlike = if beside.is_empty() {
        String::new()
    } else {
        let same: Vec<String> = beside
            .iter()
            .map(|field| format!("other.\"{field}\" IS NOT DISTINCT FROM t.\"{field}\""))
            .collect();
        format!(
            " AND NOT EXISTS (SELECT FROM {table} other WHERE other.tenant_id = t.tenant_id AND other.\"{column}\" = $2 AND {})",
            same.join(" AND ")
        )
    };
    let sql = format!(
        "UPDATE {table} AS t SET {set} WHERE t.\"{column}\" = $1 AND {itself}{unlike} AND $3::timestamptz IS NOT NULL RETURNING t.id"
    );
    Statement::keyed(sql, vec![from.into(), to.into(), now.into()])
}

/// Puts away the rows that still name `from`, because `to` has their like.
pub(crate) fn put_away(object: &'static Object, column: &str, from: Uuid, now: DateTime<Utc>) -> Statement {
    let table = object.table;
    let sql = format!(
        "UPDATE {table} AS t SET deleted_at = $2, version = t.version + 1, updated_at = $2 \
         WHERE t.\"{column}\" = $1 AND t.deleted_at IS NULL RETURNING t.id"
    );
    Statement::keyed(sql, vec![from.into(), now.into()])
}

/// Fills a reference of the rows that have none there but name `from` in another field: what was about a lead is about
/// its contact too.
pub(crate) fn link(object: &'static Object, by: &str, from: Uuid, column: &str, to: Uuid) -> Statement {
    let table = object.table;
    let sql = format!(
        "UPDATE {table} AS t SET \"{column}\" = $2 WHERE t.\"{by}\" = $1 AND t.\"{column}\" IS NULL RETURNING t.id"
    );
    Statement::keyed(sql, vec![from.into(), to.into()])
}

/// Moves the last activity of records forward. A touch is no change: the version stays.
pub(crate) fn touch(object: &'static Object, touched: &[(Uuid, DateTime<Utc>)]) -> Statement {
    let table = object.table;
    let sql = format!(
        "UPDATE {table} AS t SET last_activity_at = n.at \
         FROM (SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at) GROUP BY id ORDER BY id) n \
         WHERE t.id = n.id AND (t.last_activity_at IS NULL OR t.last_activity_at < n.at) RETURNING t.id"
    );
    let (ids, times): (Vec<Uuid>, Vec<DateTime<Utc>>) = touched.iter().copied().unzip();
    Statement::keyed(sql, vec![uuids(&ids), times.into()])
}

/// The ids of up to `limit` records that a user owns and that are not settled, locked, in the order of their ids.
pub(crate) fn owned(object: &'static Object, owner: Uuid, limit: i64) -> Statement {
    let table = object.table;
    let alive = if object.field("deleted_at").is_some() {
        " AND deleted_at IS NULL"
    } else {
        ""
    };
    let sql =
        format!("SELECT id FROM {table} WHERE owner_id = $1{alive} ORDER BY id LIMIT $2 FOR NO KEY UPDATE");
    Statement::keyed(sql, vec![owner.into(), limit.into()])
}

/// The records that were merged into this one, at once or by way of others.
pub(crate) fn merged_into(object: &'static Object, id: Uuid) -> Statement {
    let table = object.table;
    let sql = format!(
        "WITH RECURSIVE merged AS (SELECT id FROM {table} WHERE merged_into_id = $1 \
             UNION SELECT t.id FROM {table} t JOIN merged m ON t.merged_into_id = m.id) SELECT id FROM merged LIMIT 200"
    );
    Statement::keyed(sql, vec![id.into()])
}
