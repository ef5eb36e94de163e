//! The person's own records and everything that hangs on them, a few hundred rows at a time.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    erase::{Structure, forget_documents, object_of},
    schema::{KEPT, Reference, Table},
    subject::Person,
};
use crate::{StoreError, TenantTx};

/// Columns that name a record of whatever object, without a foreign key.
const NAMELESS: [&str; 3] = ["record_id", "document_id", "object_id"];

/// Tables with such a column whose rows stay: they hold ids and words of ours, and no value of a record.
const WITHOUT_VALUES: [&str; 2] = ["audit_log", "feed_events"];

/// Rows of one step.
const ROWS: i64 = 500;

/// References deep; deeper than any chain of tables here.
const DEEPEST: usize = 12;

/// The next rows of the person's own that can go: nothing that cannot do without them is left. `None` when all are gone.
pub(super) async fn next(
    tx: &mut TenantTx,
    structure: &Structure,
    person: &Person,
) -> Result<Option<(String, Vec<Uuid>)>, StoreError> {
    // Each by an indexed key; what others refer to comes last.
    let roots: [(&str, &str, &[Uuid]); 10] = [
        ("activities", "contact_id = ANY ($1)", &person.contacts),
        ("activities", "lead_id = ANY ($1)", &person.leads),
        ("engagement_events", "visitor_id = ANY ($1)", &person.visitors),
        ("runs", "conversation_id = ANY ($1)", &person.conversations),
        (
            "runs",
            "actor_kind = 'visitor' AND actor_id = ANY ($1)",
            &person.visitors,
        ),
        ("messages", "conversation_id = ANY ($1)", &person.conversations),
        ("cases", "id = ANY ($1)", &person.cases),
        ("conversations", "id = ANY ($1)", &person.conversations),
        ("leads", "id = ANY ($1)", &person.leads),
        ("contacts", "id = ANY ($1)", &person.contacts),
    ];
    for (table, condition, ids) in roots {
        if ids.is_empty() {
            continue;
        }
        let sql = format!("SELECT id FROM {table} WHERE {condition} LIMIT {ROWS}");
        let found: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(tx.conn())
            .await?;
        if !found.is_empty() {
            return leaves(tx, structure, table, found).await.map(Some);
        }
    }
    Ok(None)
}

/// Those rows, or some of those that would have to go before them.
async fn leaves(
    tx: &mut TenantTx,
    structure: &Structure,
    table: &str,
    ids: Vec<Uuid>,
) -> Result<(String, Vec<Uuid>), StoreError> {
    let (mut table, mut ids) = (table.to_owned(), ids);
    'deeper: for _ in 0..DEEPEST {
        let references = structure.references.iter();
        for reference in references.filter(|reference| reference.parent == table) {
            if !reference.goes()
                || !structure
                    .tables
                    .get(&reference.child)
                    .is_some_and(|child| child.has("id"))
            {
                continue;
            }
            let Reference { child, column, .. } = reference;
            let sql = format!("SELECT id FROM {child} WHERE {column} = ANY ($1) LIMIT {ROWS}");
            let children: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(&ids)
                .fetch_all(tx.conn())
                .await?;
            if !children.is_empty() {
                table.clone_from(child);
                ids = children;
                continue 'deeper;
            }
        }
        return Ok((table, ids));
    }
    Err(StoreError::Corrupt {
        what: format!("rows of {table} that hang on each other"),
    })
}

/// Deletes rows on which no row with an id hangs any more, and counts them and what goes with them.
pub(super) async fn delete(
    tx: &mut TenantTx,
    structure: &Structure,
    table: &str,
    ids: &[Uuid],
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    let tables = &structure.tables;
    for reference in &structure.references {
        if reference.parent == table {
            detach(tx, tables, reference, ids, counts).await?;
        }
    }
    forget_documents(tx, table, ids).await?;
    let sql = format!("DELETE FROM {table} WHERE id = ANY ($1)");
    count(counts, table, run(tx, sql, ids).await?);
    nameless(tx, tables, table, ids, counts).await
}

impl Reference {
    /// Whether the child goes when the parent goes.
    fn goes(&self) -> bool {
        self.parent_column == "id" && (self.on_delete == "c" || (self.on_delete != "n" && !self.nullable))
    }
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
    table: &str,
    ids: &[Uuid],
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    let Some(object) = object_of(table) else {
        return Ok(());
    };
    // The log keeps who did what to which id; the values go.
    let values = format!(
        "DELETE FROM audit_values v USING audit_log l WHERE l.tenant_id = v.tenant_id AND l.id = v.audit_id \
         AND l.object = '{object}' AND l.object_id = ANY ($1)"
    );
    count(counts, "audit_values", run(tx, values, ids).await?);
    for (name, other) in tables {
        if WITHOUT_VALUES.contains(&name.as_str()) || KEPT.iter().any(|(kept, _)| kept == name) {
            continue;
        }
        for column in &other.columns {
            if column.kind == "uuid" && column.readable && NAMELESS.contains(&column.name.as_str()) {
                // The indexes begin with the object where there is one.
                let of = if other.has("object") {
                    format!("object = '{object}' AND ")
                } else {
                    String::new()
                };
                let sql = format!("DELETE FROM {name} WHERE {of}{} = ANY ($1)", column.name);
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

/// Names of tables, columns and objects come from the database's own catalogue or from ours.
async fn run(tx: &mut TenantTx, sql: String, ids: &[Uuid]) -> Result<u64, StoreError> {
    Ok(sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .execute(tx.conn())
        .await?
        .rows_affected())
}
