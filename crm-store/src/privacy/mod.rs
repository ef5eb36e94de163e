//! What a person may ask for: everything that is stored about them, and that it is forgotten.
//!
//! An erasure is a job. Only while a worker has it, the policies `erase` (`migrations/0017_imports.sql`) open what is
//! append-only otherwise. It removes the person's records and everything that hangs on them, found by indexed keys, then
//! walks over every table of the tenant, a page of keys at a time, for texts that mention the person, and leaves a signed
//! receipt with counts per place. Each step is a transaction of its own with how far the erasure is, so that nothing is
//! locked for long and whoever takes the job over goes on where it stood. An erased tenant leaves its receipt and its
//! ledger, which holds amounts and no personal data.

mod delete;
mod erase;
mod export;
mod progress;
mod receipt;
mod schema;
mod subject;
mod sweep;
mod tenant;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    jobs::NewJob,
    page::{Cursor, Page, read_limit},
};

pub use erase::{Plan, Structure};
pub use export::ExportFile;
pub use progress::Step;
pub use receipt::{Place, Receipt, Signed, Verdict, verify};
pub use subject::Subject;

/// The kind of job that erases; its key is the erasure's id. The migration knows this word.
pub const ERASE_JOB: &str = "erase";
/// The kind of job that writes an export for a person or a tenant; its key is the export's id.
pub const EXPORT_JOB: &str = "privacy_export";

/// An erasure.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Erasure {
    /// The erasure.
    pub id: Uuid,
    /// `person` or `tenant`.
    pub scope: String,
    /// `waiting`, `done` or `failed`.
    pub state: String,
    /// What was done, once it is done; the signature is over these very bytes.
    pub receipt: Option<String>,
    /// The signature.
    #[serde(serialize_with = "as_hex")]
    pub signature: Option<Vec<u8>>,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was written to last.
    pub updated_at: DateTime<Utc>,
}

/// An export for a person or a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct PrivacyExport {
    /// The export.
    pub id: Uuid,
    /// `waiting`, `done`, `failed` or `expired`.
    pub state: String,
    /// Where the file lies, below the data folder.
    #[serde(skip)]
    pub path: Option<String>,
    /// The size of the file.
    pub bytes: Option<i64>,
    /// The SHA-256 of the file.
    #[serde(serialize_with = "as_hex")]
    pub sha256: Option<Vec<u8>>,
    /// How many rows it has.
    pub rows: Option<i64>,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Until when the file can be fetched.
    pub expires_at: Option<DateTime<Utc>>,
}

#[expect(clippy::ref_option, reason = "serde calls it with the field")]
fn as_hex<S: serde::Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => to.serialize_some(&hex::encode(bytes)),
        None => to.serialize_none(),
    }
}

/// Privacy in the tenant.
#[derive(Debug)]
pub struct Privacy<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Exports and erasures of persons and of the tenant.
    pub fn privacy(&mut self) -> Privacy<'_> {
        Privacy(self)
    }
}

const ERASURE: &str = "id, scope, state, receipt, signature, problem, created_at, updated_at";
const EXPORT: &str = "id, state, path, bytes, sha256, rows, problem, created_at, expires_at";

impl Privacy<'_> {
    async fn allow(&mut self) -> Result<(), StoreError> {
        self.0.access().await?.require_area("privacy")
    }

    /// Asks for an erasure; a job does it.
    pub async fn erase(&mut self, subject: &Subject) -> Result<Erasure, StoreError> {
        self.allow().await?;
        subject.check(self.0).await?;
        let (grant, now) = (*self.0.grant(), self.0.now());
        let sql = format!(
            "INSERT INTO erasures (tenant_id, id, scope, subject, actor_kind, actor_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING {ERASURE}"
        );
        let erasure: Erasure = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(grant.tenant())
            .bind(Uuid::now_v7())
            .bind(subject.scope())
            .bind(subject.to_json())
            .bind(grant.actor().kind())
            .bind(grant.actor().id())
            .bind(now)
            .fetch_one(self.0.conn())
            .await?;
        let job = NewJob::new(ERASE_JOB, erasure.id.to_string());
        self.0.jobs().enqueue(&job).await?;
        self.0
            .audit()
            .record("erase", "privacy", Some(erasure.id), &[])
            .await?;
        Ok(erasure)
    }

    /// One erasure.
    pub async fn erasure(&mut self, id: Uuid) -> Result<Option<Erasure>, StoreError> {
        let sql = format!("SELECT {ERASURE} FROM erasures WHERE id = $1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// The erasures, latest first.
    pub async fn erasures(&mut self, after: Option<Cursor>, limit: i64) -> Result<Page<Erasure>, StoreError> {
        let sql = format!(
            "SELECT {ERASURE} FROM erasures WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2) \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        );
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(after.as_ref().map(|cursor| cursor.at))
            .bind(after.as_ref().map(|cursor| cursor.id))
            .bind(read_limit(limit))
            .fetch_all(self.0.conn())
            .await?;
        Ok(Page::cut(rows, limit, |erasure: &Erasure| Cursor {
            at: erasure.created_at,
            id: erasure.id,
        }))
    }

    /// Asks for everything that is stored about a person or of the tenant; a job writes the file.
    pub async fn export(&mut self, subject: &Subject) -> Result<PrivacyExport, StoreError> {
        self.allow().await?;
        subject.check(self.0).await?;
        let (grant, now) = (*self.0.grant(), self.0.now());
        let sql = format!(
            "INSERT INTO privacy_exports (tenant_id, id, subject, actor_kind, actor_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING {EXPORT}"
        );
        let export: PrivacyExport = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(grant.tenant())
            .bind(Uuid::now_v7())
            .bind(subject.to_json())
            .bind(grant.actor().kind())
            .bind(grant.actor().id())
            .bind(now)
            .fetch_one(self.0.conn())
            .await?;
        let job = NewJob::new(EXPORT_JOB, export.id.to_string());
        self.0.jobs().enqueue(&job).await?;
        self.0
            .audit()
            .record("export", "privacy", Some(export.id), &[])
            .await?;
        let detail = json!({"object": subject.scope(), "export_id": export.id});
        self.0.security_event("bulk_export", detail).await?;
        Ok(export)
    }

    /// One export.
    pub async fn exported(&mut self, id: Uuid) -> Result<Option<PrivacyExport>, StoreError> {
        let sql = format!("SELECT {EXPORT} FROM privacy_exports WHERE id = $1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// What an erasure or an export is about; none when it is done or gone.
    pub async fn subject(&mut self, table: Request, id: Uuid) -> Result<Option<Subject>, StoreError> {
        let sql = match table {
            Request::Erasure => "SELECT subject FROM erasures WHERE id = $1 AND state = 'waiting'",
            Request::Export => "SELECT subject FROM privacy_exports WHERE id = $1 AND state = 'waiting'",
        };
        let subject: Option<Option<Json>> = sqlx::query_scalar(sql)
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?;
        match subject.flatten() {
            None => Ok(None),
            Some(json) => serde_json::from_value(json)
                .map(Some)
                .map_err(|_| StoreError::Corrupt {
                    what: format!("the subject of {id}"),
                }),
        }
    }
}

/// What a subject was said for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To be erased.
    Erasure,
    /// To be exported.
    Export,
}
