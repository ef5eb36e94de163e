//! `crm-ai backup` and `crm-ai restore`: the database as files, and back; then the vectors anew.

use std::path::Path;

use anyhow::{Context as _, bail};
use crm_store::{
    Store,
    backup::{self, Manifest},
};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::{Ctx, Done, local::Local, remote::Remote};
use crate::{
    cli::{BackupArgs, RestoreArgs},
    database::Database,
    services::PartOverrides,
};

#[derive(Debug, Serialize)]
struct Report {
    folder: String,
    schema: i64,
    tables: usize,
    rows: u64,
    bytes: u64,
    /// Articles and other documents that were indexed anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    indexed: Option<usize>,
}

pub(super) async fn run(ctx: Ctx, args: BackupArgs) -> anyhow::Result<Done> {
    let database = Database::open(&ctx.config).await?;
    if database.owns_cluster() {
        database.migrate().await?;
    }
    let result = backup::backup(
        database.admin_url().expose_secret(),
        &args.folder,
        ctx.clock.now(),
    )
    .await;
    database.close().await?;
    let report = report(&args.folder, &result?, None);
    ctx.output.result(&report, || {
        format!(
            "{} rows of {} tables ({} bytes) in {}; keep the keys of the configuration with it: secrets are sealed with them",
            report.rows, report.tables, report.bytes, report.folder
        )
    })?;
    Ok(Done::Well)
}

pub(super) async fn restore(ctx: Ctx, args: RestoreArgs) -> anyhow::Result<Done> {
    if Remote::find(&ctx.config).await?.is_some() {
        bail!("a server works on this data folder: stop it first");
    }
    let database = Database::open(&ctx.config).await?;
    // An empty database gets the schema first.
    let migrated = database.migrate().await;
    let result = match migrated {
        Ok(_) => backup::restore(database.admin_url().expose_secret(), &args.folder, args.force)
            .await
            .map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    database.close().await?;
    let manifest = result.with_context(|| format!("{} was not restored", args.folder.display()))?;
    let indexed = if args.no_index {
        None
    } else {
        Some(rebuild(&ctx).await?)
    };
    let report = report(&args.folder, &manifest, indexed);
    ctx.output.result(&report, || {
        let vectors = match report.indexed {
            Some(count) => format!("{count} documents indexed anew"),
            None => "the server will index anew what is missing".to_owned(),
        };
        format!(
            "{} rows of {} tables restored; {vectors}",
            report.rows, report.tables
        )
    })?;
    Ok(Done::Well)
}

/// Builds every tenant's vectors from what Postgres has now.
async fn rebuild(ctx: &Ctx) -> anyhow::Result<usize> {
    let local = Local::open(ctx, PartOverrides::default()).await?;
    let built = rebuild_all(&local.services.store, &local.services.knowledge.indexer()).await;
    local.close().await?;
    built
}

async fn rebuild_all(store: &Store, indexer: &crm_rag::Indexer) -> anyhow::Result<usize> {
    let (mut after, mut documents) = (None, 0);
    loop {
        let grants = store.upkeep(after).await?;
        let Some(last) = grants.last() else {
            return Ok(documents);
        };
        after = Some(last.tenant());
        for grant in &grants {
            documents += indexer.rebuild(&store.open(grant)).await?.articles;
        }
    }
}

fn report(folder: &Path, manifest: &Manifest, indexed: Option<usize>) -> Report {
    Report {
        folder: folder.display().to_string(),
        schema: manifest.schema,
        tables: manifest.tables.len(),
        rows: manifest.tables.iter().map(|table| table.rows).sum(),
        bytes: manifest.tables.iter().map(|table| table.bytes).sum(),
        indexed,
    }
}
