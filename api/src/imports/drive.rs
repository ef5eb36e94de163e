//! Batch by batch into the store, each with its progress in one transaction.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use crm_store::{
    StoreError, TenantStore,
    import::{BatchReport, ImportState, NewImport, Totals},
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{
    mapping::Mapping,
    read::{Chunk, Source},
    rejects::Rejects,
    rows::Rows,
    scan::{self, Scanned},
    subject::Subject,
};

/// Bad rows that are listed one by one; the rest is counted.
const LISTED: usize = 1_000;
/// How often a batch is tried again that gave way to another transaction.
const RETRIES: usize = 5;

/// A file to import.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) subject: Subject,
    pub(crate) path: PathBuf,
    pub(crate) mapping: Mapping,
    pub(crate) dry_run: bool,
    pub(crate) rejects: Option<PathBuf>,
    /// The upload that this is; a file of the command line begins its own.
    pub(crate) import: Option<(Uuid, Totals)>,
}

/// What came of an import.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    /// The first bad rows.
    pub(crate) bad: Vec<(u64, String)>,
    /// How the file was read.
    pub(crate) encoding: &'static str,
    /// Columns that fill nothing.
    pub(crate) ignored: Vec<String>,
    /// Whether an earlier import of the file was gone on with.
    pub(crate) resumed: bool,
    /// Whether somebody stopped it.
    pub(crate) cancelled: bool,
}

/// Imports a file to its end.
///
/// Whatever ends it before leaves whole batches and how many rows they were, so that it can go on there.
pub(crate) async fn import(
    store: &TenantStore,
    wanted: Wanted,
    progress: impl Fn(u64, u64),
) -> anyhow::Result<Outcome> {
    let mut tx = store.begin().await?;
    let zone = tx.tenant().await?.timezone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let object = match wanted.subject {
        Subject::Records(object) => Some(object),
        Subject::People | Subject::History(_) => None,
    };
    if let Some(object) = object {
        tx.imports().allow(object, &[]).await?;
    }
    tx.commit().await?;

    let (path, encoding) = (wanted.path.clone(), wanted.mapping.encoding.clone());
    let scanned = blocking(move || scan::scan(&path, encoding.as_deref())).await?;
    let delimiter = wanted.mapping.delimiter;
    let header = Rows::open(&wanted.path, scanned.encoding, delimiter)?
        .header()
        .map(<[String]>::to_vec);
    let reading = wanted
        .subject
        .reading(&wanted.mapping, header.as_deref(), zone)
        .with_context(|| wanted.path.display().to_string())?;
    if let (Some(object), super::subject::Reading::Records(plan)) = (object, &reading) {
        let mut tx = store.begin().await?;
        tx.imports().allow(object, &plan.fields()).await?;
        tx.commit().await?;
    }
    let (id, totals) = match wanted.import {
        _ if wanted.dry_run => (None, Totals::default()),
        Some((id, totals)) => (Some(id), totals),
        None => {
            let (id, totals) = begin(store, &wanted, &scanned).await?;
            (Some(id), totals)
        }
    };
    let mut outcome = Outcome {
        totals,
        encoding: scanned.encoding.name(),
        ignored: reading.ignored().to_vec(),
        resumed: totals.rows_done > 0,
        ..Outcome::default()
    };
    let total = scanned.bytes;
    let mut rejects = match &wanted.rejects {
        Some(path) => Some(Rejects::open(path, outcome.resumed)?),
        None => None,
    };
    let source = Source {
        path: wanted.path,
        scanned,
        delimiter,
        reading,
        skip: u64::try_from(totals.rows_done).unwrap_or(0),
        keep_text: rejects.is_some(),
    };
    let (to, mut from) = mpsc::channel(1);
    let reader = TaskTracker::new();
    reader.spawn_blocking(move || source.run(&to));
    while let Some(chunk) = from.recv().await {
        let chunk = chunk?;
        progress(chunk.position, total);
        let stop = write(store, object, id, chunk, &mut outcome, rejects.as_mut()).await?;
        if stop {
            outcome.cancelled = true;
            break;
        }
    }
    drop(from);
    reader.close();
    reader.wait().await;
    if let Some(id) = id {
        let state = if outcome.cancelled {
            ImportState::Cancelled
        } else {
            ImportState::Done
        };
        let mut tx = store.begin().await?;
        tx.imports().end(id, state, None).await?;
        tx.commit().await?;
    }
    Ok(outcome)
}

async fn begin(store: &TenantStore, wanted: &Wanted, scanned: &Scanned) -> anyhow::Result<(Uuid, Totals)> {
    let new = NewImport {
        object: wanted.subject.name().to_owned(),
        file_name: file_name(&wanted.path),
        file_hash: scanned.hash.clone(),
        plan_hash: wanted.mapping.digest(wanted.subject.name()),
        mapping: None,
        path: None,
        bytes: scanned.bytes,
    };
    let mut tx = store.begin().await?;
    let import = tx.imports().begin(&new).await?;
    tx.commit().await?;
    Ok((import.id, import.totals))
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().chars().take(200).collect())
        .unwrap_or_default()
}

/// Writes a chunk, again when it gave way to another transaction. True when somebody asked for the end.
async fn write(
    store: &TenantStore,
    object: Option<&'static crm_store::catalog::Object>,
    id: Option<Uuid>,
    chunk: Chunk,
    outcome: &mut Outcome,
    rejects: Option<&mut Rejects>,
) -> anyhow::Result<bool> {
    let mut tries = 0;
    let chunk = Arc::new(chunk);
    let (totals, bad, stop) = loop {
        tries += 1;
        match attempt(store, object, id, &chunk, outcome.totals).await {
            Ok(done) => break done,
            Err(StoreError::Retry(_)) if tries < RETRIES => {}
            Err(error) => return Err(error.into()),
        }
    };
    outcome.totals = totals;
    if let Some(rejects) = rejects {
        for (line, reason) in &bad {
            let shown = chunk
                .shown
                .iter()
                .find(|(shown, _)| shown == line)
                .map(|(_, row)| row);
            let malformed = chunk
                .bad
                .iter()
                .find(|(bad, ..)| bad == line)
                .map(|(.., row)| row);
            let row = shown.or(malformed).map_or("", String::as_str);
            rejects.add(*line, reason, row)?;
        }
        rejects.flush()?;
    }
    let room = LISTED.saturating_sub(outcome.bad.len());
    outcome.bad.extend(bad.into_iter().take(room));
    Ok(stop)
}

async fn attempt(
    store: &TenantStore,
    object: Option<&'static crm_store::catalog::Object>,
    id: Option<Uuid>,
    chunk: &Chunk,
    before: Totals,
) -> Result<(Totals, Vec<(u64, String)>, bool), StoreError> {
    let mut totals = before;
    let mut tx = store.begin().await?;
    let mut report = match object {
        Some(object) => tx.imports().batch(object, chunk.records.clone()).await?,
        None => BatchReport::default(),
    };
    if !chunk.history.is_empty() {
        report = tx.imports().history(chunk.history.clone()).await?;
    }
    if !chunk.people.is_empty() {
        let (written, resolved) = tx.imports().people(&chunk.people).await?;
        report.created = written;
        report.unchanged = (chunk.people.len() as u64).saturating_sub(written);
        report.resolved = resolved;
    }
    report.unchanged += chunk.nothing;
    let malformed = chunk.bad.iter().map(|(line, reason, _)| (*line, reason.clone()));
    report.bad.extend(malformed);
    report.bad.sort();
    totals.add(&report);
    totals.rows_duplicate += i64::try_from(chunk.duplicates).unwrap_or(0);
    totals.rows_done += i64::try_from(chunk.rows).unwrap_or(0);
    let mut stop = false;
    if let Some(id) = id {
        stop = tx
            .imports()
            .advance(id, before.rows_done, &totals, chunk.position, &report.bad)
            .await?;
        tx.commit().await?;
    }
    Ok((totals, report.bad, stop))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .context("the file's reader died")?
}
