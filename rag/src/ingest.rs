//! Articles to passages in the index, and the counts of their terms in Postgres. Records do the same in
//! [`crate::records`].

mod reconcile;
mod work;

use std::collections::BTreeMap;

use crm_store::TenantStore;
use crm_store::articles::{ArticleBody, Audience};
use crm_store::ids::{ArticleId, TenantId};
use crm_store::jobs::JobClaim;
use crm_store::terms::NewIndexed;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::index::{Candidate, Payload, Point, Sparse, Wanted};
use crate::knowledge::Knowledge;
use crate::lexical::{bm25, terms};
use crate::{RagError, TenantIndex};

pub use reconcile::Reconciled;
pub use work::Worked;

/// The kind of document that articles are, in payloads and counts.
pub(crate) const ARTICLE: &str = "article";

/// Articles that one worker has in hand: their passages share the embedder's batches.
pub(crate) const AT_ONCE: usize = 8;

/// Passages that are embedded and written at once: a long article costs no more memory.
pub(crate) const BATCH: usize = 128;

/// Brings the index in line with Postgres.
#[derive(Debug, Clone)]
pub struct Indexer {
    pub(crate) knowledge: Knowledge,
}

/// What indexing an article came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its passages were written.
    Written {
        /// How many.
        passages: usize,
    },
    /// The index had them already.
    Unchanged,
    /// Readers do not get it; the index has nothing of it.
    Removed,
    /// Another worker has taken the job over; nothing was counted.
    Lost,
}

impl Indexer {
    pub(crate) const fn new(knowledge: Knowledge) -> Self {
        Self { knowledge }
    }

    /// Reads the article anew and makes the index hold what readers get of it.
    ///
    /// The counts and the job's end are one transaction, after the index is durable:
    /// whatever fails before, the job is done again and changes nothing twice.
    pub async fn index_article(
        &self,
        store: &TenantStore,
        article: ArticleId,
        job: Option<&JobClaim>,
    ) -> Result<Outcome, RagError> {
        let index = TenantIndex::new(self.knowledge.engine.clone(), store.grant());
        let mut tx = store.begin().await?;
        let body = tx.articles().current_body(article).await?;
        let known = tx.terms().get(ARTICLE, article.uuid()).await?;
        tx.commit().await?;

        let Some(body) = body else {
            index.delete(Some(Wanted::Document(article.uuid()))).await?;
            return self.count(store, article, None, job, Outcome::Removed).await;
        };
        let current = Wanted::All(vec![
            Wanted::Document(article.uuid()),
            Wanted::Version(body.version_id.uuid()),
            Wanted::Fingerprint(self.knowledge.fingerprint.clone()),
        ]);
        let same = known.as_ref().is_some_and(|known| {
            known.version_id == body.version_id
                && known.content_hash == body.content_hash
                && known.fingerprint == self.knowledge.fingerprint
                && known.language == language(&body)
        });
        if same {
            // Postgres remembers what was written; the index is asked whether it still has it.
            let there = index.count(Some(current.clone())).await?;
            let all = index.count(Some(Wanted::Document(article.uuid()))).await?;
            if known
                .as_ref()
                .is_some_and(|known| usize::try_from(known.chunks) == Ok(there))
                && all == there
            {
                return self.finish(store, job, Outcome::Unchanged).await;
            }
        }
        // The text of a version changes only when a person in it was forgotten: nothing of the old one may stay, and the
        // places of its passages may be others now.
        let is_other_text = known.as_ref().is_none_or(|known| {
            known.version_id == body.version_id && known.content_hash != body.content_hash
        });
        if is_other_text {
            index.delete(Some(Wanted::Document(article.uuid()))).await?;
        }
        let passages = passages(&self.knowledge, store.grant().tenant(), &body);
        let counts = counts(&self.knowledge.fingerprint, &body, &passages);
        let written = passages.len();
        let mut passages = passages.into_iter().peekable();
        while passages.peek().is_some() {
            let batch: Vec<_> = passages.by_ref().take(BATCH).collect();
            let texts = batch.iter().map(|passage| passage.context.clone()).collect();
            let vectors = self.knowledge.embedder.documents(texts).await?;
            index
                .upsert(
                    batch
                        .into_iter()
                        .zip(vectors)
                        .map(|(passage, dense)| passage.point(dense))
                        .collect(),
                )
                .await?;
        }
        // New passages first, so that the article can be found at every moment.
        index
            .delete(Some(Wanted::All(vec![
                Wanted::Document(article.uuid()),
                current.excluded(),
            ])))
            .await?;
        self.count(
            store,
            article,
            Some(counts),
            job,
            Outcome::Written { passages: written },
        )
        .await
    }

    async fn count(
        &self,
        store: &TenantStore,
        article: ArticleId,
        new: Option<NewIndexed>,
        job: Option<&JobClaim>,
        outcome: Outcome,
    ) -> Result<Outcome, RagError> {
        let mut tx = store.begin().await?;
        tx.terms().replace(ARTICLE, article.uuid(), new.as_ref()).await?;
        if let Some(job) = job
            && !tx.jobs().complete(job).await?
        {
            return Ok(Outcome::Lost);
        }
        tx.commit().await?;
        Ok(outcome)
    }

    async fn finish(
        &self,
        store: &TenantStore,
        job: Option<&JobClaim>,
        outcome: Outcome,
    ) -> Result<Outcome, RagError> {
        let Some(job) = job else { return Ok(outcome) };
        let mut tx = store.begin().await?;
        if !tx.jobs().complete(job).await? {
            return Ok(Outcome::Lost);
        }
        tx.commit().await?;
        Ok(outcome)
    }
}

/// A passage before it is embedded.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: Uuid,
    /// What is embedded: title, headings, text.
    pub(crate) context: String,
    pub(crate) terms: Vec<String>,
    pub(crate) text: Sparse,
    pub(crate) payload: Payload,
}

impl Prepared {
    pub(crate) fn point(self, dense: Vec<f32>) -> Point {
        Point {
            id: self.id,
            dense,
            text: self.text,
            payload: self.payload,
        }
    }

    pub(crate) fn candidate(self, dense: Vec<f32>) -> Candidate {
        Candidate {
            id: self.id,
            dense,
            text: self.text,
            payload: self.payload,
        }
    }
}

/// Cuts an article and counts its words.
pub(crate) fn passages(knowledge: &Knowledge, tenant: TenantId, body: &ArticleBody) -> Vec<Prepared> {
    let chunks: Vec<_> = knowledge
        .chunker
        .chunks(&body.body)
        .into_iter()
        // Rules and empty table lines say nothing.
        .filter(|chunk| chunk.text(&body.body).contains(char::is_alphanumeric))
        .collect();
    let language = language(body);
    let passages = chunks.len();
    chunks
        .into_iter()
        .map(|chunk| {
            let context = knowledge.chunker.context(&body.title, &chunk, &body.body);
            let terms = terms(&context, &language);
            Prepared {
                id: point_id(tenant, body, &knowledge.fingerprint, chunk.start),
                text: bm25::document(&terms, &language),
                terms,
                context,
                payload: Payload {
                    kind: ARTICLE.to_owned(),
                    document: body.article_id.uuid(),
                    version: body.version_id.uuid(),
                    content_hash: hex::encode(&body.content_hash),
                    fingerprint: knowledge.fingerprint.clone(),
                    language: language.clone(),
                    audience: audience(body.audience).to_owned(),
                    start: chunk.start,
                    end: chunk.end,
                    headings: chunk.headings,
                    fields: Vec::new(),
                    passages,
                },
            }
        })
        .collect()
}

fn counts(fingerprint: &str, body: &ArticleBody, passages: &[Prepared]) -> NewIndexed {
    let (tokens, terms) = tally(passages);
    NewIndexed {
        version_id: body.version_id,
        content_hash: body.content_hash.clone(),
        fingerprint: fingerprint.to_owned(),
        language: language(body),
        chunks: i32::try_from(passages.len()).unwrap_or(i32::MAX),
        tokens,
        terms,
    }
}

/// The tokens of a document's passages, and in how many of them each term occurs.
pub(crate) fn tally(passages: &[Prepared]) -> (i64, Vec<(String, i32)>) {
    let mut having: BTreeMap<&str, i32> = BTreeMap::new();
    let mut tokens = 0_i64;
    for passage in passages {
        tokens += i64::try_from(passage.terms.len()).unwrap_or(i64::MAX);
        for term in bm25::counts(&passage.terms).into_keys() {
            *having.entry(term).or_default() += 1;
        }
    }
    let terms = having
        .into_iter()
        .map(|(term, count)| (term.to_owned(), count))
        .collect();
    (tokens, terms)
}

/// The bare language of an article: `en` for `en-GB`.
fn language(body: &ArticleBody) -> String {
    body.language
        .split(['-', '_'])
        .next()
        .unwrap_or(&body.language)
        .to_ascii_lowercase()
}

const fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Internal => "internal",
    }
}

/// The same passage of the same version has the same id, so writing it twice changes nothing.
fn point_id(tenant: TenantId, body: &ArticleBody, fingerprint: &str, start: usize) -> Uuid {
    let digest = Sha256::digest(format!(
        "{tenant}/{}/{}/{fingerprint}/{start}",
        body.article_id, body.version_id
    ));
    as_uuid(&digest)
}

/// The beginning of a hash, as an id.
pub(crate) fn as_uuid(digest: &[u8]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
