//! Batch by batch into the store, each with its progress in one transaction.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use crm_store::{
    StoreError, TenantStore, TenantTx,
    catalog::Object,
    import::{BatchReport, IMPORT_REQUEST, ImportState, NewImport, Totals},
};
use tokio::sync::mpsc;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use uuid::Uuid;

use super::{
    mapping::Mapping,
    read::{Chunk, Source},
    rejects::Rejects,
    rows::Rows,
    scan::{self, Scanned},
    subject::{Reading, Subject},
};

/// Bad rows that are listed one by one; the rest is counted.
const LISTED: usize = 1_000;
/// Batches that are written at the same time where they cannot touch each other: while one is made ready here, Postgres
/// works on another. They are committed in the order of the file all the same.
const SIDE_BY_SIDE: usize = 2;
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
    let fields = match &reading {
        Reading::Records(plan) => plan.fields(),
        Reading::People(_) | Reading::History(_) => Vec::new(),
    };
    if let Some(object) = object {
        let mut tx = store.begin().await?;
        tx.imports().allow(object, &fields).await?;
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
    // What it writes says in the log that it came with this file.
    let signed = id.map(|id| store.clone().for_request(&format!("{IMPORT_REQUEST}{id}")));
    let store = signed.as_ref().unwrap_or(store);
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
    let at_once = at_once(store, object, &fields, id.is_some()).await?;
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
    let mut begun: VecDeque<Begun> = VecDeque::with_capacity(at_once);
    loop {
        if begun.len() < at_once
            && let Some(chunk) = from.recv().await
        {
            begun.push_back(Begun::new(store, object, Arc::new(chunk?)));
            continue;
        }
        let Some(next) = begun.pop_front() else {
            break;
        };
        progress(next.chunk.position, total);
        if next
            .end(store, object, id, &mut outcome, rejects.as_mut())
            .await?
        {
            outcome.cancelled = true;
            break;
        }
    }
    drop(begun);
    drop(from);
    reader.close();
    reader.wait().await;
    if let Some(id) = id {
        end(store, id, outcome.cancelled).await?;
    }
    Ok(outcome)
}

/// How many batches are written at the same time.
async fn at_once(
    store: &TenantStore,
    object: Option<&'static Object>,
    fields: &[&str],
    is_kept: bool,
) -> Result<usize, StoreError> {
    // A dry run writes nothing that the next batch could wait for.
    let Some(object) = object.filter(|_| is_kept) else {
        return Ok(1);
    };
    let mut tx = store.begin().await?;
    let apart = tx.imports().side_by_side(object, fields).await?;
    tx.commit().await?;
    Ok(if apart { SIDE_BY_SIDE } else { 1 })
}

async fn end(store: &TenantStore, id: Uuid, cancelled: bool) -> Result<(), StoreError> {
    let state = if cancelled {
        ImportState::Cancelled
    } else {
        ImportState::Done
    };
    let mut tx = store.begin().await?;
    tx.imports().end(id, state, None).await?;
    tx.commit().await
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

/// A chunk whose rows are being written, in a transaction that waits for those before it to end.
struct Begun {
    chunk: Arc<Chunk>,
    written: AbortOnDropHandle<Result<Written, StoreError>>,
}

/// Rows that are written and not committed yet.
struct Written {
    tx: TenantTx,
    report: BatchReport,
}

impl Begun {
    fn new(store: &TenantStore, object: Option<&'static Object>, chunk: Arc<Chunk>) -> Self {
        let (store, rows) = (store.clone(), Arc::clone(&chunk));
        // Dropped with the import, and then its transaction rolls back.
        let writing = TaskTracker::new().spawn(async move { write(&store, object, &rows).await });
        Self {
            chunk,
            written: AbortOnDropHandle::new(writing),
        }
    }

    /// Commits the chunk with its progress; writes it again when it gave way to another transaction. True when somebody
    /// asked for the end of the import.
    async fn end(
        self,
        store: &TenantStore,
        object: Option<&'static Object>,
        id: Option<Uuid>,
        outcome: &mut Outcome,
        rejects: Option<&mut Rejects>,
    ) -> anyhow::Result<bool> {
        let chunk = self.chunk;
        let mut tries = 1;
        let mut written = self.written.await.context("a batch was lost")?;
        let (totals, bad, stop) = loop {
            let done = match written {
                Ok(written) => commit(written, id, &chunk, outcome.totals).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(done) => break done,
                Err(StoreError::Retry(_)) if tries < RETRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
            written = write(store, object, &chunk).await;
        };
        outcome.totals = totals;
        if let Some(rejects) = rejects {
            refuse(rejects, &chunk, &bad)?;
        }
        let room = LISTED.saturating_sub(outcome.bad.len());
        outcome.bad.extend(bad.into_iter().take(room));
        Ok(stop)
    }
}

/// Writes the bad rows of a chunk into the file of refused rows.
fn refuse(rejects: &mut Rejects, chunk: &Chunk, bad: &[(u64, String)]) -> anyhow::Result<()> {
    for (line, reason) in bad {
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
    rejects.flush()
}

/// Writes the rows of a chunk in a transaction of their own.
async fn write(
    store: &TenantStore,
    object: Option<&'static Object>,
    chunk: &Chunk,
) -> Result<Written, StoreError> {
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
    Ok(Written { tx, report })
}

/// Commits rows with the progress of their import; a dry run has none, and what it wrote is rolled back.
async fn commit(
    written: Written,
    id: Option<Uuid>,
    chunk: &Chunk,
    before: Totals,
) -> Result<(Totals, Vec<(u64, String)>, bool), StoreError> {
    let Written { mut tx, mut report } = written;
    report.unchanged += chunk.nothing;
    let malformed = chunk.bad.iter().map(|(line, reason, _)| (*line, reason.clone()));
    report.bad.extend(malformed);
    report.bad.sort();
    let mut totals = before;
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
