//! A walk over every text and JSON column of every table for what identifies a person, a page of keys at a time.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    delete::count,
    progress::{Progress, Work},
    schema::{Column, DERIVED, KEPT, Table},
};
use crate::{StoreError, TenantTx};

/// What stands where a person stood.
const BLANK: &str = "[erased]";

/// Rows of a page: read in key order, so that a page costs the same wherever it is.
const PAGE: usize = 2_000;

/// Tables whose rows go as a whole when they mention the person: logs, work in progress, caches.
const GO_WHOLE: &[&str] = &[
    "audit_values",
    "idempotency_keys",
    "import_errors",
    "import_people",
    "import_waiting",
    "jobs",
    "runs",
];

/// The rows of one step, and what became of them.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a Table,
    /// Their keys, as [`look`] found them.
    pub(super) keys: &'a [String],
    /// The caller's own job, which stays.
    pub(super) own: Uuid,
}

/// The next page of the walk that has something of the person, or the last page; `None` when the walk is over.
pub(super) async fn look(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    progress: &Progress,
) -> Result<Option<Work>, StoreError> {
    let marks = &progress.person.marks;
    if marks.is_empty() {
        return Ok(None);
    }
    let pattern = pattern(marks);
    let walked: Vec<&String> = tables
        .iter()
        .filter(|(name, table)| table.texts().next().is_some() && KEPT.iter().all(|(kept, _)| kept != name))
        .filter(|(name, _)| !DERIVED.contains(&name.as_str()))
        .map(|(name, _)| name)
        .collect();
    let from = progress.table.as_ref();
    let mut left = walked
        .into_iter()
        .skip_while(|name| from.is_some_and(|from| *name < from));
    let Some(name) = left.next() else { return Ok(None) };
    let Some(table) = tables.get(name) else {
        return Ok(None);
    };
    // A table that came or went since: the walk is in its successor, from the beginning.
    let mut after = progress.after.clone().filter(|_| from == Some(name));
    loop {
        let page = page(tx, name, table, &pattern, after.as_deref()).await?;
        let is_last = page.len() < PAGE;
        let last = page.last().map(|(key, _)| key.clone());
        let keys: Vec<String> = page
            .into_iter()
            .filter_map(|(key, hit)| hit.then_some(key))
            .collect();
        if is_last || !keys.is_empty() {
            return Ok(Some(Work::Blank {
                table: name.clone(),
                keys,
                after: if is_last { None } else { last },
                next: left.next().cloned(),
            }));
        }
        after = last;
    }
}

/// A page of keys, each with whether its row has something of the person.
async fn page(
    tx: &mut TenantTx,
    name: &str,
    table: &Table,
    pattern: &str,
    after: Option<&str>,
) -> Result<Vec<(String, bool)>, StoreError> {
    let hit: Vec<String> = table
        .texts()
        .map(|column| format!("COALESCE(\"{}\"::text ~* $1, false)", column.name))
        .collect();
    let behind = if after.is_some() {
        format!("({}) > ({})", table.key(), table.key_of("$2::jsonb"))
    } else {
        "$2::text IS NULL".to_owned()
    };
    let sql = format!(
        "SELECT {}, {} FROM {name} WHERE {behind} ORDER BY {} LIMIT {PAGE}",
        table.key_as_text(),
        hit.join(" OR "),
        table.key(),
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(pattern)
        .bind(after)
        .fetch_all(tx.conn())
        .await?)
}

/// Takes the marks out of these rows, or the rows away.
pub(super) async fn blank(
    tx: &mut TenantTx,
    rows: &Rows<'_>,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let pattern = pattern(&progress.person.marks);
    for column in rows.table.texts() {
        if GO_WHOLE.contains(&rows.name) || !column.writable {
            remove(tx, rows, column, &pattern, progress).await?;
        } else {
            replace(tx, rows, column, &pattern, progress).await?;
        }
    }
    Ok(())
}

/// The marks as one regular expression, also as JSON writes them.
fn pattern(marks: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for mark in marks {
        let json = serde_json::to_string(mark).unwrap_or_default();
        let json = json.trim_matches('"').to_owned();
        for text in [mark.clone(), json] {
            let escaped: String = text
                .chars()
                .flat_map(|character| {
                    let special = !character.is_alphanumeric() && character.is_ascii() && character != ' ';
                    special.then_some('\\').into_iter().chain([character])
                })
                .collect();
            if !parts.contains(&escaped) {
                parts.push(escaped);
            }
        }
    }
    parts.join("|")
}

/// Replaces the marks in a column; where the table refuses that, the rows go.
async fn replace(
    tx: &mut TenantTx,
    rows: &Rows<'_>,
    column: &Column,
    pattern: &str,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let quoted = format!("\"{}\"", column.name);
    let text = format!("regexp_replace({quoted}::text, $1, '{BLANK}', 'gi')");
    let value = match column.kind.as_str() {
        "jsonb" => format!("{text}::jsonb"),
        "json" => format!("{text}::json"),
        "text[]" => format!(
            "(SELECT array_agg(regexp_replace(item, $1, '{BLANK}', 'gi') ORDER BY place) FROM unnest({quoted}) WITH ORDINALITY AS u (item, place))"
        ),
        _ => text,
    };
    let sql = format!(
        "UPDATE {} SET {quoted} = {value} WHERE {} AND {quoted}::text ~* $1",
        rows.name,
        rows.condition()
    );
    sqlx::query("SAVEPOINT sweep").execute(tx.conn()).await?;
    let changed = sqlx::query(AssertSqlSafe(sql))
        .bind(pattern)
        .bind(rows.keys)
        .execute(tx.conn())
        .await;
    match changed.map_err(StoreError::from) {
        Ok(changed) => {
            sqlx::query("RELEASE SAVEPOINT sweep").execute(tx.conn()).await?;
            count(&mut progress.changed, rows.name, changed.rows_affected());
            Ok(())
        }
        Err(
            StoreError::Invalid { .. }
            | StoreError::Conflict { .. }
            | StoreError::Forbidden
            | StoreError::Database(_),
        ) => {
            sqlx::query("ROLLBACK TO SAVEPOINT sweep")
                .execute(tx.conn())
                .await?;
            remove(tx, rows, column, pattern, progress).await
        }
        Err(error) => Err(error),
    }
}

/// Deletes the rows whose column has a mark.
async fn remove(
    tx: &mut TenantTx,
    rows: &Rows<'_>,
    column: &Column,
    pattern: &str,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let apart = if rows.table.has("id") {
        "id <> $3"
    } else {
        "$3::uuid IS NOT NULL"
    };
    let sql = format!(
        "DELETE FROM {} WHERE {} AND \"{}\"::text ~* $1 AND {apart}",
        rows.name,
        rows.condition(),
        column.name
    );
    let gone = sqlx::query(AssertSqlSafe(sql))
        .bind(pattern)
        .bind(rows.keys)
        .bind(rows.own)
        .execute(tx.conn())
        .await?;
    count(&mut progress.deleted, rows.name, gone.rows_affected());
    Ok(())
}

impl Rows<'_> {
    /// That a row is one of these, whose keys are `$2`.
    fn condition(&self) -> String {
        format!(
            "({}) IN (SELECT {} FROM unnest($2::text[]) AS said (key))",
            self.table.key(),
            self.table.key_of("said.key::jsonb")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_as_they_are() {
        assert_eq!(
            pattern(&["a.b+c@x.example".to_owned(), "O\"Neil Ann".to_owned()]),
            r#"a\.b\+c\@x\.example|O\"Neil Ann|O\\\"Neil Ann"#
        );
    }
}
