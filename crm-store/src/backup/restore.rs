//! Files to the database.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::{fs::File, io::AsyncReadExt as _};

use super::{
    BackupError, FORMAT, MANIFEST, Manifest, TableFile, column_list, quoted, sees_everything, tables,
};

const BLOCK: usize = 256 * 1024;

/// Fills the database at `admin_url` from a backup, in one transaction, after every file was found whole.
///
/// The database must have the schema of the backup. One that has tenants is refused, unless `replace` is set: then
/// everything in it is lost.
pub async fn restore(admin_url: &str, folder: &Path, replace: bool) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(folder).await?;
    for table in &manifest.tables {
        check(folder, table).await?;
    }
    let mut conn = PgConnection::connect(admin_url).await?;
    sees_everything(&mut conn).await?;
    conn.execute("BEGIN; SET LOCAL statement_timeout = 0").await?;
    let here: i64 =
        sqlx::query_scalar("SELECT COALESCE(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut conn)
            .await?;
    if here != manifest.schema {
        return Err(BackupError::Refused(format!(
            "the backup has schema {}, the database {here}: restore with the version of crm-ai that made the backup, \
             then run `crm-ai migrate` with the newer one",
            manifest.schema
        )));
    }
    let tenants: i64 = sqlx::query_scalar("SELECT count(*) FROM tenants")
        .fetch_one(&mut conn)
        .await?;
    if tenants > 0 && !replace {
        return Err(BackupError::Refused(format!(
            "the database has {tenants} tenants, whose data would be lost; --force replaces them"
        )));
    }
    let known = tables(&mut conn).await?;
    let known_names: Vec<String> = known.iter().map(|(table, _)| quoted(table)).collect();
    // Rows refer to each other in circles; they were whole in the snapshot, so they are here.
    conn.execute("SET LOCAL session_replication_role = replica")
        .await
        .map_err(|error| {
            BackupError::Refused(format!(
                "this role may not set session_replication_role, which a restore needs ({error}); use a superuser as \
                 database.admin_url, or GRANT SET ON PARAMETER session_replication_role"
            ))
        })?;
    conn.execute(AssertSqlSafe(format!("TRUNCATE {}", known_names.join(", "))))
        .await?;
    for table in &manifest.tables {
        let Some((_, columns)) = known.iter().find(|(name, _)| *name == table.table) else {
            return Err(BackupError::Refused(format!(
                "the database has no table {}",
                table.table
            )));
        };
        if !table.columns.iter().all(|column| columns.contains(column)) {
            return Err(BackupError::Refused(format!(
                "the table {} of the backup has other columns",
                table.table
            )));
        }
        copy_in(&mut conn, folder, table).await?;
    }
    for sequence in &manifest.sequences {
        sqlx::query("SELECT setval(quote_ident($1)::regclass, $2)")
            .bind(&sequence.name)
            .bind(sequence.last)
            .execute(&mut conn)
            .await?;
    }
    conn.execute("COMMIT").await?;
    conn.execute("ANALYZE").await?;
    conn.close().await?;
    Ok(manifest)
}

async fn read_manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join(MANIFEST);
    let text = tokio::fs::read(&path).await.map_err(|error| {
        BackupError::Refused(format!(
            "{} is no whole backup: {MANIFEST} cannot be read ({error})",
            folder.display()
        ))
    })?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| BackupError::Refused(format!("{} is damaged: {error}", path.display())))?;
    if manifest.format != FORMAT {
        return Err(BackupError::Refused(format!(
            "{} has format {}, this program reads {FORMAT}",
            path.display(),
            manifest.format
        )));
    }
    if let Some(table) = manifest.tables.iter().find(|table| {
        Path::new(&table.file)
            .file_name()
            .is_none_or(|name| name != table.file.as_str())
    }) {
        return Err(BackupError::Refused(format!(
            "{:?} is no file of a backup",
            table.file
        )));
    }
    Ok(manifest)
}

/// Compares a file with what the manifest says of it.
async fn check(folder: &Path, table: &TableFile) -> Result<(), BackupError> {
    let path = folder.join(&table.file);
    let failed = || BackupError::io(&path);
    let mut file = File::open(&path).await.map_err(failed())?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; BLOCK]);
    loop {
        let count = file.read(&mut block).await.map_err(failed())?;
        let Some(read) = block.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        hash.update(read);
    }
    if hex::encode(hash.finalize()) == table.sha256 {
        return Ok(());
    }
    Err(BackupError::Refused(format!(
        "{} is not the file that was written: its SHA-256 differs from the manifest",
        path.display()
    )))
}

async fn copy_in(conn: &mut PgConnection, folder: &Path, table: &TableFile) -> Result<(), BackupError> {
    let path = folder.join(&table.file);
    let statement = format!(
        "COPY {} ({}) FROM STDIN",
        quoted(&table.table),
        column_list(&table.columns)
    );
    let file = File::open(&path).await.map_err(BackupError::io(&path))?;
    let mut copy = conn.copy_in_raw(&statement).await?;
    copy.read_from(file).await?;
    let rows = copy.finish().await?;
    if rows == table.rows {
        return Ok(());
    }
    Err(BackupError::Refused(format!(
        "{} holds {rows} rows, the manifest says {}",
        table.file, table.rows
    )))
}
