//! Retrieval measured on a labelled set, through the pipeline that serves.

mod calibrate;
mod input;
mod metrics;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crm_store::articles::{ArticleImport, ArticleStatus, Audience};
use crm_store::ids::ArticleId;
use crm_store::tenants::NewTenant;
use crm_store::{Store, TenantStore};
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use crate::fuse::Ranked;
use crate::{Embedder, Knowledge, Query, RagError, Retriever, TenantRetriever, VectorIndex};
use input::{Document, Labelled};

pub use calibrate::{Calibration, Sample, calibrate};
pub use metrics::Metrics;

/// Articles that are imported in one transaction.
const IMPORT: usize = 100;

/// Passages that are asked for: enough that ten documents are among them.
const PASSAGES: usize = 30;

/// How well passages are found for a set of labelled questions.
#[derive(Debug, Clone, Serialize)]
pub struct RagReport {
    /// What the retriever as served reaches; the fields stand at the top of the JSON.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Half of the questions take no longer, in milliseconds, embedding and Postgres included.
    pub p50_ms: f64,
    /// 95 of 100 questions take no longer.
    pub p95_ms: f64,
    /// Passages cut, embedded and written in a second.
    pub chunks_per_s: f64,
    /// Documents of the set.
    pub documents: usize,
    /// Passages they were cut into.
    pub chunks: usize,
    /// Questions of the set.
    pub queries: usize,
    /// Why the halves were weighed as they were, for the first question.
    pub fusion: String,
    /// The embedding alone, over the same candidates.
    pub dense: Metrics,
    /// BM25 alone.
    pub bm25: Metrics,
    /// Both by reciprocal rank, for comparison.
    pub rrf: Metrics,
    /// How well answerable questions are told from others at the threshold.
    pub relevance: Calibration,
    /// What relevance can be fitted on.
    #[serde(skip)]
    pub samples: Vec<Sample>,
}

/// Measures retrieval: imports `documents` into a scratch tenant of `store`, indexes
/// them in `engine`, which must be empty, and asks every one of `queries`.
///
/// `done` hears how many documents and questions are done, of how many.
pub async fn eval_rag(
    store: &Store,
    engine: Arc<dyn VectorIndex>,
    embedder: Arc<dyn Embedder>,
    documents: &Path,
    queries: &Path,
    done: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<RagReport, RagError> {
    let documents = input::documents(documents)?;
    let queries = input::queries(queries)?;
    let all = documents.len() + queries.len();
    let knowledge = Knowledge::new(engine, embedder).await?;
    let tenant = scratch(store, &documents).await?;
    let articles = import(&tenant, &documents).await?;
    let mut tx = tenant.begin().await?;
    tx.terms().clear().await?;
    tx.commit().await?;

    let writer = knowledge.indexer();
    let begun = Instant::now();
    // Several at once, as the worker does: their passages share the embedder's batches.
    let mut working = futures::stream::iter(articles.clone())
        .map(|article| writer.index_article(&tenant, article, None))
        .buffer_unordered(crate::ingest::AT_ONCE);
    let mut indexed = 0;
    while working.try_next().await?.is_some() {
        indexed += 1;
        done(indexed, all);
    }
    drop(working);
    let indexing = begun.elapsed();
    knowledge.engine.optimize().await?;
    let chunks = crate::TenantIndex::new(knowledge.engine.clone(), tenant.grant())
        .count(None)
        .await?;

    let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    let names = articles.into_iter().zip(ids).collect();
    let mut run = Run::new(knowledge.retriever(tenant), names);
    for (at, query) in queries.iter().enumerate() {
        run.ask(query).await?;
        done(documents.len() + at + 1, all);
    }
    Ok(run.report(documents.len(), chunks, indexing))
}

/// A tenant named after the documents: the same set asked again imports nothing.
async fn scratch(store: &Store, documents: &[Document]) -> Result<TenantStore, RagError> {
    let slug = format!("eval-{}", input::digest(documents));
    if let Some(grant) = store.operate(&slug, None).await? {
        return Ok(store.open(&grant));
    }
    let mut tx = store.system().await?;
    let new = NewTenant {
        name: "Evaluation of retrieval".to_owned(),
        admin_email: format!("{slug}@eval.invalid"),
        admin_name: None,
        slug: slug.clone(),
    };
    tx.tenants().create(&new).await?;
    tx.commit().await?;
    let grant = store
        .operate(&slug, None)
        .await?
        .ok_or_else(|| RagError::embedding("the scratch tenant is gone"))?;
    Ok(store.open(&grant))
}

async fn import(tenant: &TenantStore, documents: &[Document]) -> Result<Vec<ArticleId>, RagError> {
    let languages = input::languages(documents);
    let mut articles = Vec::with_capacity(documents.len());
    let imports: Vec<_> = documents
        .iter()
        .zip(languages)
        .map(|(document, language)| ArticleImport {
            external_id: document.id.clone(),
            title: if document.title.trim().is_empty() {
                document.id.clone()
            } else {
                document.title.clone()
            },
            body: document.text.clone(),
            language,
            audience: Audience::Public,
            status: ArticleStatus::Published,
            owner_id: None,
        })
        .collect();
    for batch in imports.chunks(IMPORT) {
        let mut tx = tenant.begin().await?;
        articles.extend(
            tx.articles()
                .import_many(batch)
                .await?
                .into_iter()
                .map(crm_store::articles::Imported::id),
        );
        tx.commit().await?;
    }
    Ok(articles)
}

/// The questions' results so far.
struct Run<'a> {
    retriever: TenantRetriever,
    names: HashMap<ArticleId, &'a str>,
    fused: Metrics,
    dense: Metrics,
    bm25: Metrics,
    rrf: Metrics,
    took: Vec<Duration>,
    samples: Vec<Sample>,
    fusion: Option<String>,
}

impl<'a> Run<'a> {
    fn new(retriever: TenantRetriever, names: HashMap<ArticleId, &'a str>) -> Self {
        let none = Metrics::default();
        Self {
            retriever,
            names,
            fused: none,
            dense: none,
            bm25: none,
            rrf: none,
            took: Vec::new(),
            samples: Vec::new(),
            fusion: None,
        }
    }

    async fn ask(&mut self, labelled: &Labelled) -> Result<(), RagError> {
        let relevant: HashSet<&str> = labelled.relevant_doc_ids.iter().map(String::as_str).collect();
        let query = Query {
            text: labelled.query.clone(),
            limit: PASSAGES,
            language: None,
        };
        let begun = Instant::now();
        let found = self.retriever.retrieve(&query).await?;
        self.took.push(begun.elapsed());
        self.fusion.get_or_insert(found.fusion);
        let served = found.passages.iter().map(|passage| passage.article_id);
        self.fused.add(&self.order(served), &relevant);

        // The halves are looked at outside the clock.
        let (_, ranked) = self.retriever.ranked(&query).await?;
        self.samples.extend(calibrate::samples(&ranked, |ranked| {
            self.names
                .get(&ranked.candidate.payload.document.into())
                .is_some_and(|name| relevant.contains(name))
        }));
        let by = |score: fn(&Ranked) -> f32| {
            let mut order: Vec<&Ranked> = ranked.iter().collect();
            order.sort_by(|left, right| {
                score(right)
                    .total_cmp(&score(left))
                    .then(left.candidate.id.cmp(&right.candidate.id))
            });
            order
        };
        let (dense, text) = (by(|ranked| ranked.parts.dense), by(|ranked| ranked.parts.text));
        let rrf = metrics::reciprocal_ranks(&dense, &text);
        let articles = |order: &[&Ranked]| {
            self.order(
                order
                    .iter()
                    .map(|ranked| ranked.candidate.payload.document.into()),
            )
        };
        let orders = [articles(&dense), articles(&text), articles(&rrf)];
        for (metrics, order) in [&mut self.dense, &mut self.bm25, &mut self.rrf]
            .into_iter()
            .zip(orders)
        {
            metrics.add(&order, &relevant);
        }
        Ok(())
    }

    /// Documents by their best passage.
    fn order(&self, articles: impl Iterator<Item = ArticleId>) -> Vec<&'a str> {
        let mut seen = HashSet::new();
        articles
            .filter(|article| seen.insert(*article))
            .filter_map(|article| self.names.get(&article).copied())
            .collect()
    }

    fn report(self, documents: usize, chunks: usize, indexing: Duration) -> RagReport {
        let mut took = self.took;
        took.sort_unstable();
        let at = |share: usize| {
            took.get((took.len() * share / 100).min(took.len().saturating_sub(1)))
                .map_or(0.0, milliseconds)
        };
        RagReport {
            queries: took.len(),
            metrics: self.fused.mean(),
            p50_ms: at(50),
            p95_ms: at(95),
            chunks_per_s: metrics::ratio(chunks, 1) / indexing.as_secs_f64().max(1e-9),
            documents,
            chunks,
            fusion: self.fusion.unwrap_or_default(),
            dense: self.dense.mean(),
            bm25: self.bm25.mean(),
            rrf: self.rrf.mean(),
            relevance: Calibration::of(&self.samples),
            samples: self.samples,
        }
    }
}

fn milliseconds(took: &Duration) -> f64 {
    (took.as_secs_f64() * 100_000.0).round() / 100.0
}
