//! Imports as rows: how far each came, and what it could not read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{BatchReport, Imports};
use crate::{
    Actor, Grant, Store, StoreError,
    ids::{ApiKeyId, JobId, UserId},
    jobs::JobClaim,
    page::{Cursor, Page, read_limit},
    text_enum::text_enum,
};

/// Bad rows of one import that are kept; the rest is counted.
const KEPT_ERRORS: i64 = 10_000;

text_enum! {
    /// Where an import stands.
    pub enum ImportState {
        /// A worker will take it.
        Waiting = "waiting",
        /// It is being read; or it was, and can go on.
        Running = "running",
        /// The whole file was read.
        Done = "done",
        /// It cannot be read; `problem` says why.
        Failed = "failed",
        /// Somebody stopped it; what was written stays.
        Cancelled = "cancelled",
    }
}

/// An import of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Import {
    /// The import.
    pub id: Uuid,
    /// What the rows are.
    pub object: String,
    /// The name of the file.
    pub file_name: String,
    /// The mapping: the name of a shipped one, or its text.
    pub mapping: Option<String>,
    /// Where an upload lies, below the data folder.
    #[serde(skip)]
    pub path: Option<String>,
    /// Where it stands.
    pub state: ImportState,
    /// The size of the file.
    pub bytes: i64,
    /// How far it was read.
    pub bytes_done: i64,
    /// What came of its rows.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub totals: Totals,
    /// Why it failed.
    pub problem: Option<String>,
    /// Whether somebody asked for its end.
    pub cancel_requested: bool,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was written to last.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What came of the rows of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Totals {
    /// Rows that were read, bad ones too.
    pub rows_done: i64,
    /// Records that are new.
    pub rows_created: i64,
    /// Records that differed.
    pub rows_updated: i64,
    /// Records that were the same.
    pub rows_unchanged: i64,
    /// Rows that are no records.
    pub rows_bad: i64,
    /// Rows that a later row of the file replaces.
    pub rows_duplicate: i64,
    /// Rows that wait for the record that they belong to.
    pub rows_waiting: i64,
    /// References to what was not there yet.
    pub links_unresolved: i64,
    /// References that had waited and lead somewhere now.
    pub links_resolved: i64,
}

/// A bad row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ImportError {
    /// Where it stands in the file.
    pub line: i64,
    /// Why it is no record.
    pub reason: String,
}

/// An import to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// What the rows are.
    pub object: String,
    /// The name of the file.
    pub file_name: String,
    /// The SHA-256 of the file.
    pub file_hash: Vec<u8>,
    /// Tells the way of reading it from others.
    pub plan_hash: Vec<u8>,
    /// The name of a shipped mapping, or its text.
    pub mapping: Option<String>,
    /// Where an upload lies, below the data folder.
    pub path: Option<String>,
    /// The size of the file.
    pub bytes: u64,
}

const COLUMNS: &str = "id, object, file_name, mapping, path, state, bytes, bytes_done, rows_done, rows_created, \
    rows_updated, rows_unchanged, rows_bad, rows_duplicate, rows_waiting, links_unresolved, links_resolved, problem, \
    cancel_requested, created_at, updated_at, ended_at";

impl Totals {
    /// Adds what came of a batch.
    pub fn add(&mut self, report: &BatchReport) {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.rows_created += count(report.created);
        self.rows_updated += count(report.updated);
        self.rows_unchanged += count(report.unchanged);
        self.rows_waiting += count(report.waiting);
        self.rows_bad += count(report.bad.len() as u64);
        self.links_unresolved += count(report.unresolved);
        self.links_resolved += count(report.resolved);
    }
}

impl Imports<'_> {
    /// Begins to read a file here and now, or goes on where the same import of it was cut off.
    pub async fn begin(&mut self, new: &NewImport) -> Result<Import, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM imports WHERE plan_hash = $1 AND file_hash = $2 AND state = 'running' AND path IS NULL \
             ORDER BY created_at DESC LIMIT 1 FOR UPDATE"
        );
        let open: Option<Import> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(&new.plan_hash)
            .bind(&new.file_hash)
            .fetch_optional(self.0.conn())
            .await?;
        match open {
            Some(import) => Ok(import),
            None => self.create(new, ImportState::Running).await,
        }
    }

    /// Writes down an import that a worker shall do, and the job for it.
    pub async fn enqueue(&mut self, new: &NewImport) -> Result<Import, StoreError> {
        let import = self.create(new, ImportState::Waiting).await?;
        let mut job = crate::jobs::NewJob::new(super::IMPORT_JOB, import.id.to_string());
        // A worker that dies goes on where it stood: a large file may see several.
        job.max_attempts = 50;
        self.0.jobs().enqueue(&job).await?;
        Ok(import)
    }

    async fn create(&mut self, new: &NewImport, state: ImportState) -> Result<Import, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let sql = format!(
            "INSERT INTO imports (tenant_id, id, object, file_name, file_hash, plan_hash, mapping, path, state, bytes, \
                 actor_kind, actor_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING {COLUMNS}"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(grant.tenant())
            .bind(Uuid::now_v7())
            .bind(&new.object)
            .bind(&new.file_name)
            .bind(&new.file_hash)
            .bind(&new.plan_hash)
            .bind(&new.mapping)
            .bind(&new.path)
            .bind(state)
            .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
            .bind(grant.actor().kind())
            .bind(grant.actor().id())
            .bind(now)
            .fetch_one(self.0.conn())
            .await?)
    }

    /// Writes down how far an import came, in the transaction that wrote the rows.
    ///
    /// Refuses when another process read on meanwhile. True when somebody asked for the import's end.
    pub async fn advance(
        &mut self,
        id: Uuid,
        from: i64,
        totals: &Totals,
        bytes_done: u64,
        bad: &[(u64, String)],
    ) -> Result<bool, StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let cancel: Option<bool> = sqlx::query_scalar(
            "UPDATE imports SET state = 'running', rows_done = $3, rows_created = $4, rows_updated = $5, rows_unchanged = $6, \
                 rows_bad = $7, rows_duplicate = $8, rows_waiting = $9, links_unresolved = $10, links_resolved = $11, \
                 bytes_done = LEAST($12, bytes), version = version + 1, updated_at = $13 \
             WHERE id = $1 AND rows_done = $2 AND state IN ('waiting', 'running') RETURNING cancel_requested",
        )
        .bind(id)
        .bind(from)
        .bind(totals.rows_done)
        .bind(totals.rows_created)
        .bind(totals.rows_updated)
        .bind(totals.rows_unchanged)
        .bind(totals.rows_bad)
        .bind(totals.rows_duplicate)
        .bind(totals.rows_waiting)
        .bind(totals.links_unresolved)
        .bind(totals.links_resolved)
        .bind(i64::try_from(bytes_done).unwrap_or(i64::MAX))
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(cancel) = cancel else {
            return Err(StoreError::Conflict {
                what: "another process works on this import".to_owned(),
                constraint: "imports_rows_done".to_owned(),
            });
        };
        if !bad.is_empty() {
            let (lines, reasons): (Vec<i64>, Vec<&str>) = bad
                .iter()
                .map(|(line, reason)| (i64::try_from(*line).unwrap_or(i64::MAX), reason.as_str()))
                .unzip();
            sqlx::query(
                "INSERT INTO import_errors (tenant_id, import_id, line, reason) \
                 SELECT $1, $2, e.line, left(e.reason, 2000) FROM unnest($3::bigint[], $4::text[]) AS e (line, reason) \
                 ORDER BY e.line LIMIT GREATEST($5 - (SELECT count(*) FROM import_errors k WHERE k.import_id = $2), 0) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(tenant)
            .bind(id)
            .bind(lines)
            .bind(reasons)
            .bind(KEPT_ERRORS)
            .execute(self.0.conn())
            .await?;
        }
        Ok(cancel)
    }

    /// Ends an import.
    pub async fn end(
        &mut self,
        id: Uuid,
        state: ImportState,
        problem: Option<&str>,
    ) -> Result<Option<Import>, StoreError> {
        let now = self.0.now();
        let sql = format!(
            "UPDATE imports SET state = $2, problem = $3, ended_at = $4, updated_at = $4, version = version + 1, path = NULL, \
                 bytes_done = CASE WHEN $2 = 'done' THEN bytes ELSE bytes_done END \
             WHERE id = $1 AND state IN ('waiting', 'running') RETURNING {COLUMNS}"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .bind(state)
            .bind(problem)
            .bind(now)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// Asks an import to stop; what it wrote stays. `None` when there is none, or it has ended.
    pub async fn cancel(&mut self, id: Uuid) -> Result<Option<Import>, StoreError> {
        let now = self.0.now();
        let sql = format!(
            "UPDATE imports SET cancel_requested = true, updated_at = $2, version = version + 1 \
             WHERE id = $1 AND state IN ('waiting', 'running') RETURNING {COLUMNS}"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .bind(now)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// One import.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Import>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = $1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// The imports, latest first.
    pub async fn list(&mut self, after: Option<Cursor>, limit: i64) -> Result<Page<Import>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM imports WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2) \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        );
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(after.as_ref().map(|cursor| cursor.at))
            .bind(after.as_ref().map(|cursor| cursor.id))
            .bind(read_limit(limit))
            .fetch_all(self.0.conn())
            .await?;
        Ok(Page::cut(rows, limit, |import: &Import| Cursor {
            at: import.created_at,
            id: import.id,
        }))
    }

    /// Bad rows of an import after a line, in the order of the file.
    pub async fn errors(&mut self, id: Uuid, after: i64, limit: i64) -> Result<Vec<ImportError>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT line, reason FROM import_errors WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3",
        )
        .bind(id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?)
    }
}

impl Store {
    /// The right to do an uploaded import as whoever uploaded it, for the worker that has its job.
    pub async fn importer(&self, claim: &JobClaim) -> Result<Option<(Import, Grant)>, StoreError> {
        let Ok(id) = claim.key.parse::<Uuid>() else {
            return Ok(None);
        };
        let mut tx = self.open(&claim.grant).begin().await?;
        let Some(import) = tx.imports().get(id).await? else {
            return Ok(None);
        };
        let (kind, actor): (String, Uuid) =
            sqlx::query_as("SELECT actor_kind, actor_id FROM imports WHERE id = $1")
                .bind(id)
                .fetch_one(tx.conn())
                .await?;
        tx.commit().await?;
        let actor = match kind.as_str() {
            "user" => Actor::User(UserId::from(actor)),
            "api_key" => Actor::ApiKey(ApiKeyId::from(actor)),
            _ => Actor::Job(JobId::from(actor)),
        };
        Ok(Some((import, Grant::mint(claim.grant.tenant(), actor))))
    }
}
