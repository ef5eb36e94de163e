//! A whole database as files, and back.
//!
//! Every table of ours is copied in one snapshot as Postgres writes it (`COPY`), beside a manifest with counts and
//! hashes. Unlike `pg_dump` this needs no programs beside the server's, works the same for the embedded and for a
//! managed database, and is restored by the very version of this program that knows the schema. Vectors are not in it:
//! they follow from Postgres.
//!
//! Both ways need a role that sees every row: the owner that is a superuser, or one with `BYPASSRLS`.

mod restore;
mod write;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::StoreError;

pub use restore::restore;
pub use write::backup;

/// The manifest's name in the folder. It is written last: a folder without it is no backup.
pub const MANIFEST: &str = "manifest.json";
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout of the folder.
    pub format: u32,
    /// The last migration of the database.
    pub schema: i64,
    /// When the snapshot was taken.
    pub taken_at: DateTime<Utc>,
    /// The tables.
    pub tables: Vec<TableFile>,
    /// The counters of the database.
    #[serde(default)]
    pub sequences: Vec<SequenceValue>,
}

/// One table in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// The table.
    pub table: String,
    /// Its columns, in the order of the file.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// The file in the folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A counter of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceValue {
    /// The sequence.
    pub name: String,
    /// The last value that it gave out.
    pub last: i64,
}

/// A backup or restore that did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It would lose something, or cannot work; the words say what to do.
    #[error("{0}")]
    Refused(String),
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Refuses a role from which row-level security would hide rows.
async fn sees_everything(conn: &mut PgConnection) -> Result<(), BackupError> {
    let (role, everything): (String, bool) = sqlx::query_as(
        "SELECT rolname::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(conn)
    .await?;
    if everything {
        return Ok(());
    }
    Err(BackupError::Refused(format!(
        "the role {role} does not see every row; set database.admin_url to one with BYPASSRLS"
    )))
}

/// Every table of ours but the list of migrations, and its columns that are stored as they were written.
async fn tables(conn: &mut PgConnection) -> Result<Vec<(String, Vec<String>)>, BackupError> {
    Ok(sqlx::query_as(
        "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations' \
         GROUP BY 1 ORDER BY 1",
    )
    .fetch_all(conn)
    .await?)
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn column_list(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    names.join(", ")
}
