//! A walk over every text and JSON column of every table for what identifies a person.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    delete::count,
    schema::{Column, KEPT, Table},
};
use crate::{StoreError, TenantTx};

/// What stands where a person stood.
const BLANK: &str = "[erased]";

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

/// What the walk found and did.
#[derive(Debug, Default)]
pub(super) struct Swept {
    pub(super) deleted: BTreeMap<String, u64>,
    pub(super) changed: BTreeMap<String, u64>,
    /// Rows with an id whose text changed, by table: what is derived from it must be made anew.
    pub(super) touched: BTreeMap<String, Vec<Uuid>>,
    /// Rows with an id that were deleted.
    pub(super) gone: Vec<Uuid>,
}

/// Takes the marks out of everything that the tenant has stored. The caller's own job stays.
pub(super) async fn sweep(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    marks: &[String],
    own: Uuid,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    if marks.is_empty() {
        return Ok(swept);
    }
    let pattern = pattern(marks);
    for (name, table) in tables {
        if KEPT.iter().any(|(kept, _)| kept == name) {
            continue;
        }
        for column in table
            .columns
            .iter()
            .filter(|column| column.readable && holds_text(column))
        {
            if GO_WHOLE.contains(&name.as_str()) || !column.writable {
                remove(tx, name, table, column, &pattern, own, &mut swept).await?;
            } else {
                blank(tx, name, table, column, &pattern, own, &mut swept).await?;
            }
        }
    }
    Ok(swept)
}

fn holds_text(column: &Column) -> bool {
    matches!(
        column.kind.as_str(),
        "text" | "jsonb" | "json" | "text[]" | "character varying"
    )
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
async fn blank(
    tx: &mut TenantTx,
    name: &str,
    table: &Table,
    column: &Column,
    pattern: &str,
    own: Uuid,
    swept: &mut Swept,
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
    let returning = if table.has("id") {
        " RETURNING id"
    } else {
        " RETURNING NULL::uuid"
    };
    let sql = format!("UPDATE {name} SET {quoted} = {value} WHERE {quoted}::text ~* $1{returning}");
    sqlx::query("SAVEPOINT sweep").execute(tx.conn()).await?;
    let changed: Result<Vec<Option<Uuid>>, sqlx::Error> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(pattern)
        .fetch_all(tx.conn())
        .await;
    match changed.map_err(StoreError::from) {
        Ok(rows) => {
            sqlx::query("RELEASE SAVEPOINT sweep").execute(tx.conn()).await?;
            count(&mut swept.changed, name, rows.len() as u64);
            if !rows.is_empty() {
                let touched = swept.touched.entry(name.to_owned()).or_default();
                touched.extend(rows.into_iter().flatten());
            }
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
            remove(tx, name, table, column, pattern, own, swept).await
        }
        Err(error) => Err(error),
    }
}

/// Deletes the rows whose column has a mark.
async fn remove(
    tx: &mut TenantTx,
    name: &str,
    table: &Table,
    column: &Column,
    pattern: &str,
    own: Uuid,
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let (apart, returning) = if table.has("id") {
        (" AND id <> $2", " RETURNING id")
    } else {
        (" AND $2::uuid IS NOT NULL", " RETURNING NULL::uuid")
    };
    let sql = format!(
        "DELETE FROM {name} WHERE \"{}\"::text ~* $1{apart}{returning}",
        column.name
    );
    let rows: Vec<Option<Uuid>> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(pattern)
        .bind(own)
        .fetch_all(tx.conn())
        .await?;
    count(&mut swept.deleted, name, rows.len() as u64);
    swept.gone.extend(rows.into_iter().flatten());
    Ok(())
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
