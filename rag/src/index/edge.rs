//! Qdrant's engine inside this process.

mod convert;
mod space;
mod stamp;
mod thread;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::BoxFuture;
use qdrant_edge as qe;
use uuid::Uuid;

use super::filter::{INDEXED, TENANT};
use super::scoped::Scoped;
use super::{Candidate, Page, Point, Search, VectorIndex};
use crate::{Embedder, RagError};
use thread::Owner;

/// Points in one write; searches wait for no more than that.
const WRITE_BATCH: usize = 64;

/// Where the shard is and what it keeps.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// The shard's own folder.
    pub folder: PathBuf,
    /// The length of the embeddings.
    pub dimensions: usize,
    /// What makes the vectors: [`crate::fingerprint`] of the embedder. A shard that
    /// something else made is emptied; the reconciler fills it again.
    pub fingerprint: String,
    /// Bytes of the disk that writes leave alone. The engine maps its files into
    /// memory, and a mapped write to a full disk ends the process.
    pub reserve: u64,
}

impl EdgeConfig {
    /// A shard in `folder` for the vectors of `embedder`, that leaves 256 MiB of its disk alone.
    pub fn new(folder: PathBuf, embedder: &dyn Embedder) -> Self {
        Self {
            folder,
            dimensions: embedder.dimensions(),
            fingerprint: crate::fingerprint(embedder),
            reserve: 256 << 20,
        }
    }
}

/// A shard of Qdrant Edge.
///
/// Writes, flushes and optimisation happen on one thread, because `flush` panics when
/// it meets another writer; searches have a thread of their own and never wait for a
/// graph to be built. Loading a shard does not replay its log: what a crash lost is
/// found and repaired by the reconciler.
#[derive(Debug)]
pub struct EdgeIndex {
    writer: Owner,
    reader: Owner,
    folder: PathBuf,
    reserve: u64,
    unfilled: AtomicBool,
    /// Held as long as the shard is open.
    _lock: std::fs::File,
}

impl EdgeIndex {
    /// Opens the shard, or makes a new one. Blocks: call it on a blocking thread.
    pub fn open(config: &EdgeConfig) -> Result<Self, RagError> {
        std::fs::create_dir_all(&config.folder)
            .map_err(|source| RagError::index("make its folder", source))?;
        space::check(&config.folder, config.reserve)?;
        let lock = stamp::lock(&config.folder)?;
        let ours = stamp::is_ours(&config.folder, &config.fingerprint);
        let loaded = if ours {
            load(&config.folder, config.dimensions)
        } else {
            None
        };
        let shard = if let Some(shard) = loaded {
            shard
        } else {
            stamp::empty(&config.folder)?;
            stamp::mark_unfilled(&config.folder)?;
            create(&config.folder, config.dimensions)?
        };
        stamp::write(&config.folder, &config.fingerprint)?;
        let shard = Arc::new(shard);
        let start = |name| {
            Owner::start(name, Arc::clone(&shard))
                .map_err(|source| RagError::index("start its thread", source))
        };
        Ok(Self {
            writer: start("index-writer")?,
            reader: start("index-reader")?,
            folder: config.folder.clone(),
            reserve: config.reserve,
            unfilled: AtomicBool::new(stamp::is_unfilled(&config.folder)),
            _lock: lock,
        })
    }

    /// The same shard with another reserve.
    #[must_use]
    pub const fn with_reserve(mut self, reserve: u64) -> Self {
        self.reserve = reserve;
        self
    }

    async fn write(
        &self,
        action: &'static str,
        work: impl FnOnce(&qe::EdgeShard) -> qe::OperationResult<()> + Send + 'static,
    ) -> Result<(), RagError> {
        self.writer
            .run(action, move |shard| {
                let done = work(shard);
                // Durable before anyone is told; it panics when the disk refuses, which
                // the thread turns into an error.
                shard.flush();
                done
            })
            .await
    }
}

fn config(dimensions: usize) -> qe::EdgeConfig {
    qe::EdgeConfig::builder()
        .vector(
            "dense",
            qe::EdgeVectorParams::builder(dimensions, qe::Distance::Cosine).build(),
        )
        // No IDF modifier: it would count every tenant's passages.
        .sparse_vector("text", qe::EdgeSparseVectorParams::builder().build())
        .build()
}

/// The shard that is in the folder; `None` when there is none, or none that can be read.
fn load(folder: &Path, dimensions: usize) -> Option<qe::EdgeShard> {
    if !folder
        .join("segments")
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        return None;
    }
    // Damaged files make the engine fail or panic; both mean that it has to be filled again.
    match catch_unwind(AssertUnwindSafe(|| {
        qe::EdgeShard::load(folder, Some(config(dimensions)))
    })) {
        Ok(Ok(shard)) => Some(shard),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, folder = %folder.display(), "the index cannot be read and is made anew");
            None
        }
        Err(_) => {
            tracing::warn!(folder = %folder.display(), "the index is damaged and is made anew");
            None
        }
    }
}

fn create(folder: &Path, dimensions: usize) -> Result<qe::EdgeShard, RagError> {
    let shard = qe::EdgeShard::new(folder, config(dimensions))
        .map_err(|source| RagError::index("make its files", source))?;
    for field in INDEXED {
        shard
            .update(convert::keyword_index(field)?)
            .map_err(|source| RagError::index("index a payload field", source))?;
    }
    shard.flush();
    Ok(shard)
}

impl VectorIndex for EdgeIndex {
    fn is_fresh(&self) -> bool {
        self.unfilled.load(Ordering::Relaxed)
    }

    fn filled(&self) -> Result<(), RagError> {
        stamp::unmark_unfilled(&self.folder)?;
        self.unfilled.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn upsert(&self, points: Scoped<Vec<Point>>) -> BoxFuture<'_, Result<(), RagError>> {
        Box::pin(async move {
            let tenant = points.scope.tenant.to_string();
            let mut points = points.request.into_iter().peekable();
            while points.peek().is_some() {
                space::check(&self.folder, self.reserve)?;
                let batch = points
                    .by_ref()
                    .take(WRITE_BATCH)
                    .map(|point| convert::point(point, &tenant))
                    .collect::<Result<_, _>>()?;
                let operation = qe::UpdateOperation::PointOperation(qe::PointOperations::UpsertPoints(
                    qe::PointInsertOperations::PointsList(batch),
                ));
                self.write("write passages", move |shard| shard.update(operation))
                    .await?;
            }
            Ok(())
        })
    }

    fn search(&self, search: Scoped<Search>) -> BoxFuture<'_, Result<Vec<Candidate>, RagError>> {
        Box::pin(async move {
            let filter = convert::filter(&search.scope)?;
            let Search {
                dense,
                text,
                candidates,
            } = search.request;
            self.reader
                .run("search", move |shard| {
                    let mut found = shard.search(convert::nearest(
                        "dense",
                        dense.into(),
                        filter.clone(),
                        candidates,
                    ))?;
                    if !text.is_empty() {
                        let (indices, values) = text.unzip();
                        let vector = qe::Vector::new_sparse(indices, values)?;
                        found.extend(shard.search(convert::nearest("text", vector, filter, candidates))?);
                    }
                    found.sort_by_key(|point| point.id);
                    found.dedup_by_key(|point| point.id);
                    found.into_iter().map(convert::candidate).collect()
                })
                .await
        })
    }

    fn scroll(&self, from: Scoped<Option<Uuid>>, limit: usize) -> BoxFuture<'_, Result<Page, RagError>> {
        Box::pin(async move {
            let request = qe::ScrollRequest {
                offset: from.request.map(qe::PointId::Uuid),
                limit: Some(limit),
                filter: Some(convert::filter(&from.scope)?),
                with_payload: Some(qe::WithPayloadInterface::Bool(true)),
                ..qe::ScrollRequest::default()
            };
            self.reader
                .run("list passages", move |shard| {
                    let (records, next) = shard.scroll(request)?;
                    let points = records
                        .into_iter()
                        .map(|record| Ok((convert::id(record.id)?, convert::payload(record.payload)?)))
                        .collect::<qe::OperationResult<_>>()?;
                    Ok(Page {
                        points,
                        next: next.map(convert::id).transpose()?,
                    })
                })
                .await
        })
    }

    fn delete(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<(), RagError>> {
        Box::pin(async move {
            let filter = convert::filter(&scope.scope)?;
            let operation =
                qe::UpdateOperation::PointOperation(qe::PointOperations::DeletePointsByFilter(filter));
            self.write("delete passages", move |shard| shard.update(operation))
                .await
        })
    }

    fn count(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<usize, RagError>> {
        Box::pin(async move {
            let filter = Some(convert::filter(&scope.scope)?);
            self.reader
                .run("count passages", move |shard| {
                    shard.count(qe::CountRequest { filter, exact: true })
                })
                .await
        })
    }

    fn optimize(&self) -> BoxFuture<'_, Result<(), RagError>> {
        Box::pin(async move {
            space::check(&self.folder, self.reserve)?;
            self.write("merge its segments", |shard| shard.optimize().map(|_| ()))
                .await
        })
    }

    fn check(&self) -> BoxFuture<'_, Result<String, RagError>> {
        Box::pin(async move {
            self.total().await?;
            space::check(&self.folder, self.reserve)?;
            Ok(ENGINE.to_owned())
        })
    }

    fn total(&self) -> BoxFuture<'_, Result<usize, RagError>> {
        Box::pin(self.reader.run("count passages", |shard| {
            shard.count(qe::CountRequest {
                filter: None,
                exact: true,
            })
        }))
    }
}

/// Names the engine and the layout of its files.
pub(crate) const ENGINE: &str = "qdrant-edge 0.7.2";

/// Whether `field` separates tenants: their points are then kept together.
fn is_tenant(field: &str) -> bool {
    field == TENANT
}
