//! Everything about a person or of a tenant, as lines of JSON.

use std::io::Write;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Privacy, Subject,
    schema::{self, Table},
};
use crate::{StoreError, TenantTx, jobs::JobClaim};

/// Rows that are read at once.
const PAGE: i64 = 500;

/// Where an export was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// The file, below the data folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
    /// How many rows it has.
    pub rows: u64,
}

impl Privacy<'_> {
    /// Writes `{"table": …, "row": …}` for every row, and returns how many there were.
    ///
    /// Bytes such as sealed secrets and hashes of keys are left out.
    pub async fn write(&mut self, subject: &Subject, to: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
        sqlx::query("SET LOCAL statement_timeout = 0")
            .execute(self.0.conn())
            .await?;
        let tables = schema::tables(self.0).await?;
        let mut rows = 0;
        if matches!(subject, Subject::Tenant(_)) {
            for (name, table) in &tables {
                rows += write_table(self.0, name, table, "true", &[], "", to).await?;
            }
            return Ok(rows);
        }
        let person = subject.person(self.0).await?;
        for (name, table) in &tables {
            let (condition, ids) = about(name, table, &person);
            let marks = if table
                .columns
                .iter()
                .any(|column| column.readable && column.kind.contains("text") || column.kind == "jsonb")
            {
                person.marks.join("\u{1f}")
            } else {
                String::new()
            };
            rows += write_table(self.0, name, table, &condition, &ids, &marks, to).await?;
        }
        Ok(rows)
    }

    /// Notes that the file is there, and ends the job. False when another worker has it.
    pub async fn exported_to(
        &mut self,
        id: Uuid,
        claim: &JobClaim,
        file: &ExportFile,
        keep: chrono::TimeDelta,
    ) -> Result<bool, StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE privacy_exports SET state = 'done', path = $2, bytes = $3, sha256 = $4, rows = $5, expires_at = $6, \
                 updated_at = $7 WHERE id = $1 AND state = 'waiting'",
        )
        .bind(id)
        .bind(&file.path)
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(&file.sha256)
        .bind(i64::try_from(file.rows).unwrap_or(i64::MAX))
        .bind(now + keep)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        self.0.jobs().complete(claim).await
    }

    /// Forgets exports whose time is over, and returns their files: remove them before the commit, so that none is
    /// forgotten that is still there.
    pub async fn expire(&mut self) -> Result<Vec<String>, StoreError> {
        let now = self.0.now();
        Ok(sqlx::query_scalar(
            "UPDATE privacy_exports e SET state = 'expired', path = NULL, subject = NULL, updated_at = $1 \
             FROM (SELECT id, path FROM privacy_exports WHERE state = 'done' AND expires_at < $1 FOR UPDATE) old \
             WHERE e.id = old.id RETURNING old.path",
        )
        .bind(now)
        .fetch_all(self.0.conn())
        .await?)
    }
}

/// The rows of a table that are about a person: by reference, or because they mention what identifies the person ($2).
fn about(name: &str, table: &Table, person: &super::subject::Person) -> (String, Vec<Uuid>) {
    let mut ids: Vec<Uuid> = Vec::new();
    for part in [
        &person.contacts,
        &person.leads,
        &person.visitors,
        &person.conversations,
        &person.cases,
    ] {
        ids.extend(part);
    }
    let mut conditions = vec![
        "($2 <> '' AND EXISTS (SELECT FROM unnest(string_to_array($2, E'\\x1f')) mark \
        WHERE position(lower(mark) IN lower(said.line)) > 0))"
            .to_owned(),
    ];
    for column in &table.columns {
        let names_person = matches!(
            column.name.as_str(),
            "contact_id"
                | "lead_id"
                | "visitor_id"
                | "conversation_id"
                | "case_id"
                | "record_id"
                | "document_id"
        ) || (column.name == "id"
            && ["contacts", "leads", "conversations", "cases"].contains(&name));
        if names_person && column.kind == "uuid" {
            conditions.push(format!("t.{} = ANY ($1)", column.name));
        }
    }
    (conditions.join(" OR "), ids)
}

async fn write_table(
    tx: &mut TenantTx,
    name: &str,
    table: &Table,
    condition: &str,
    ids: &[Uuid],
    marks: &str,
    to: &mut (dyn Write + Send),
) -> Result<u64, StoreError> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.readable && column.kind != "bytea" && column.name != "tenant_id")
        .map(|column| format!("'{0}', t.\"{0}\"", column.name))
        .collect();
    if columns.is_empty() {
        return Ok(0);
    }
    let object: Vec<String> = columns
        .chunks(40)
        .map(|part| format!("jsonb_build_object({})", part.join(", ")))
        .collect();
    // A cursor, so that a large table is never in memory.
    // The row as text is made of the columns that this role may read: a whole row would need all of them.
    let sql = format!(
        "DECLARE privacy_export NO SCROLL CURSOR FOR SELECT said.line FROM {name} t \
         CROSS JOIN LATERAL (SELECT ({})::text AS line) said \
         WHERE ($1::uuid[] IS NOT NULL AND $2::text IS NOT NULL) AND ({condition})",
        object.join(" || ")
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .bind(marks)
        .execute(tx.conn())
        .await?;
    let mut written = 0;
    loop {
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("FETCH {PAGE} FROM privacy_export")))
                .persistent(false)
                .fetch_all(tx.conn())
                .await?;
        for row in &rows {
            writeln!(to, "{{\"table\":\"{name}\",\"row\":{row}}}").map_err(|error| StoreError::Corrupt {
                what: format!("the file of the export: {error}"),
            })?;
        }
        written += rows.len() as u64;
        if rows.is_empty() {
            break;
        }
    }
    sqlx::query("CLOSE privacy_export").execute(tx.conn()).await?;
    Ok(written)
}
