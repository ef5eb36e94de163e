//! The database to files.

use std::{os::unix::fs::DirBuilderExt as _, path::Path};

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncWriteExt as _, BufWriter},
};

use super::{
    BackupError, FORMAT, MANIFEST, Manifest, SequenceValue, TableFile, column_list, quoted, sees_everything,
    tables,
};
use crate::Store;

/// Copies the database at `admin_url` into a new or empty folder, in one snapshot; readers and writers go on meanwhile.
///
/// The files are readable by their owner alone.
pub async fn backup(admin_url: &str, folder: &Path, now: DateTime<Utc>) -> Result<Manifest, BackupError> {
    prepare(folder).await?;
    let mut conn = PgConnection::connect(admin_url).await?;
    sees_everything(&mut conn).await?;
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0")
        .await?;
    let schema: i64 =
        sqlx::query_scalar("SELECT COALESCE(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut conn)
            .await?;
    if schema != Store::expected_schema() {
        return Err(BackupError::Refused(format!(
            "the database has schema {schema}, this program knows {}: run `crm-ai migrate` first, so that the backup can \
             be restored by the same program",
            Store::expected_schema()
        )));
    }
    let mut files = Vec::new();
    for (table, columns) in tables(&mut conn).await? {
        files.push(copy_out(&mut conn, folder, table, columns).await?);
    }
    let sequences: Vec<(String, i64)> = sqlx::query_as(
        "SELECT sequencename::text, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL \
         ORDER BY 1",
    )
    .fetch_all(&mut conn)
    .await?;
    conn.execute("COMMIT").await?;
    conn.close().await?;
    let manifest = Manifest {
        format: FORMAT,
        schema,
        taken_at: now,
        tables: files,
        sequences: sequences
            .into_iter()
            .map(|(name, last)| SequenceValue { name, last })
            .collect(),
    };
    write_manifest(folder, &manifest).await?;
    Ok(manifest)
}

async fn prepare(folder: &Path) -> Result<(), BackupError> {
    let failed = || BackupError::io(folder);
    if folder.exists() {
        let mut entries = tokio::fs::read_dir(folder).await.map_err(failed())?;
        if entries.next_entry().await.map_err(failed())?.is_some() {
            return Err(BackupError::Refused(format!(
                "{} is not empty; name a new folder",
                folder.display()
            )));
        }
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed())
}

async fn copy_out(
    conn: &mut PgConnection,
    folder: &Path,
    table: String,
    columns: Vec<String>,
) -> Result<TableFile, BackupError> {
    let name = format!("{table}.copy");
    let path = folder.join(&name);
    let failed = || BackupError::io(&path);
    let mut file = BufWriter::with_capacity(256 * 1024, create(&path).await?);
    let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT count(*) FROM {}",
        quoted(&table)
    )))
    .fetch_one(&mut *conn)
    .await?;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let statement = format!(
        "COPY (SELECT {} FROM {}) TO STDOUT",
        column_list(&columns),
        quoted(&table)
    );
    let mut stream = conn.copy_out_raw(&statement).await?;
    while let Some(block) = stream.try_next().await? {
        hash.update(&block);
        bytes += block.len() as u64;
        file.write_all(&block).await.map_err(failed())?;
    }
    drop(stream);
    finish(file, &path).await?;
    Ok(TableFile {
        table,
        columns,
        rows: u64::try_from(rows).unwrap_or(0),
        file: name,
        bytes,
        sha256: hex::encode(hash.finalize()),
    })
}

async fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let (path, unfinished) = (folder.join(MANIFEST), folder.join("manifest.unfinished"));
    let text = serde_json::to_vec_pretty(manifest)
        .map_err(|error| BackupError::Refused(format!("the manifest cannot be written: {error}")))?;
    let mut file = BufWriter::new(create(&unfinished).await?);
    file.write_all(&text)
        .await
        .map_err(BackupError::io(&unfinished))?;
    finish(file, &unfinished).await?;
    tokio::fs::rename(&unfinished, &path)
        .await
        .map_err(BackupError::io(&path))
}

async fn create(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .await
        .map_err(BackupError::io(path))
}

async fn finish(mut file: BufWriter<File>, path: &Path) -> Result<(), BackupError> {
    file.flush().await.map_err(BackupError::io(path))?;
    file.into_inner().sync_all().await.map_err(BackupError::io(path))
}
