//! Questions to passages.

mod select;
mod stale;

use std::collections::HashMap;

use crm_store::TenantStore;
use crm_store::articles::ArticleBody;
use crm_store::ids::ArticleId;
use futures::future::BoxFuture;

use crate::fuse::{Asked, Ranked, is_literal};
use crate::index::{Search, Sparse, Wanted};
use crate::ingest::ARTICLE;
use crate::knowledge::Knowledge;
use crate::lexical::bm25::Weighted;
use crate::lexical::{detect, terms};
use crate::records::{RecordHit, RecordQuery};
use crate::{Embedder, Passage, Query, RagError, Retrieved, Retriever, TenantIndex, relevance};

/// Nearest passages that are asked for in each form, at the least. More than are shown:
/// some are gone or changed by the time Postgres is asked, and both halves need a say.
const CANDIDATES: usize = 64;

/// Passages that are asked for at the most, however many are wanted.
const MOST_CANDIDATES: usize = 400;

/// Languages of a tenant that a question is matched in, the most common first.
const LANGUAGES: usize = 4;

/// Bytes of a question that are read: what comes later is no question.
const QUESTION_BYTES: usize = 8 * 1024;

/// Finds passages for one tenant as one actor.
#[derive(Debug, Clone)]
pub struct TenantRetriever {
    knowledge: Knowledge,
    store: TenantStore,
    index: TenantIndex,
}

impl TenantRetriever {
    pub(crate) fn new(knowledge: Knowledge, store: TenantStore) -> Self {
        let index = TenantIndex::new(knowledge.engine.clone(), store.grant());
        Self {
            knowledge,
            store,
            index,
        }
    }

    /// The ranking before Postgres confirms it: what the evaluation looks into.
    pub(crate) async fn ranked(&self, query: &Query) -> Result<(Asked, Vec<Ranked>), RagError> {
        let asked = self.ask(&query.text, ARTICLE).await?;
        let wanted = [
            Some(Wanted::Kind(ARTICLE)),
            query.language.clone().map(Wanted::Language),
        ];
        let wanted = Wanted::All(wanted.into_iter().flatten().collect());
        let most = (query.limit.saturating_mul(6)).clamp(CANDIDATES, MOST_CANDIDATES);
        let ranked = self.candidates(&asked, wanted, most).await?;
        Ok((asked, ranked))
    }

    /// The question in both forms, for documents of a kind.
    pub(crate) async fn ask(&self, text: &str, kind: &str) -> Result<Asked, RagError> {
        let question = text
            .get(..text.floor_char_boundary(QUESTION_BYTES))
            .unwrap_or(text);
        // The words are looked up while the question is embedded; no transaction waits for a model.
        let (dense, languages) = futures::try_join!(
            self.knowledge.embedder.query(question),
            self.weigh(question, kind)
        )?;
        let known: Vec<&str> = languages.iter().map(|(code, _)| code.as_str()).collect();
        // A guess that names a language nobody writes here is a wrong guess.
        let language = detect(question)
            .filter(|code| known.contains(code))
            .map(str::to_owned);
        Ok(Asked {
            dense,
            languages,
            language,
            literal: is_literal(question),
        })
    }

    /// The passages nearest to the question, best first.
    pub(crate) async fn candidates(
        &self,
        asked: &Asked,
        wanted: Wanted,
        candidates: usize,
    ) -> Result<Vec<Ranked>, RagError> {
        let text = asked
            .languages
            .iter()
            .fold(Sparse::default(), |text, (_, weighted)| {
                text.and(weighted.vector())
            });
        let search = Search {
            dense: asked.dense.clone(),
            text,
            candidates,
        };
        let candidates = self.index.search(search, Some(wanted)).await?;
        Ok(self.knowledge.fusion.rank(asked, candidates))
    }

    pub(crate) const fn store(&self) -> &TenantStore {
        &self.store
    }

    pub(crate) const fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The question's terms, weighed by how rare they are in this tenant's documents of a kind, for each language.
    async fn weigh(&self, question: &str, kind: &str) -> Result<Vec<(String, Weighted)>, RagError> {
        let mut tx = self.store.begin().await?;
        let mut weighed = Vec::new();
        for (language, _) in tx.terms().languages(kind).await?.into_iter().take(LANGUAGES) {
            let terms = terms(question, &language);
            let found = tx.terms().frequencies(kind, &language, &terms).await?;
            weighed.push((
                language.clone(),
                Weighted::new(&terms, &language, found.chunks, &found.df),
            ));
        }
        tx.commit().await?;
        Ok(weighed)
    }

    async fn find(&self, query: &Query) -> Result<Retrieved, RagError> {
        if query.text.trim().is_empty() || query.limit == 0 {
            return Ok(Retrieved::default());
        }
        let (asked, ranked) = self.ranked(query).await?;
        let fusion = self.knowledge.fusion.explain(&asked);
        let bodies = self.confirm(&ranked).await?;
        let ranked = self.refresh(&asked, query, ranked, &bodies).await?;
        let passages: Vec<_> = select::best(ranked, query.limit)
            .into_iter()
            .filter_map(|ranked| passage(&ranked, bodies.get(&ranked.candidate.payload.document.into())?))
            .collect();
        let confident = passages
            .iter()
            .any(|passage| passage.relevance >= relevance::THRESHOLD);
        Ok(Retrieved {
            passages,
            confident,
            fusion,
        })
    }

    /// What readers of the candidates' articles get at this moment, as far as the actor may see it.
    async fn confirm(&self, ranked: &[Ranked]) -> Result<HashMap<ArticleId, ArticleBody>, RagError> {
        let mut articles: Vec<ArticleId> = ranked
            .iter()
            .map(|ranked| ranked.candidate.payload.document.into())
            .collect();
        articles.sort_unstable();
        articles.dedup();
        if articles.is_empty() {
            return Ok(HashMap::new());
        }
        let mut tx = self.store.begin().await?;
        let bodies = tx.articles().current_bodies(&articles).await?;
        tx.commit().await?;
        Ok(bodies.into_iter().map(|body| (body.article_id, body)).collect())
    }
}

/// The passage as it stands in Postgres; `None` when the text there is another.
fn passage(ranked: &Ranked, body: &ArticleBody) -> Option<Passage> {
    let payload = &ranked.candidate.payload;
    if body.version_id.uuid() != payload.version || hex::encode(&body.content_hash) != payload.content_hash {
        return None;
    }
    Some(Passage {
        article_id: body.article_id,
        external_id: body.external_id.clone(),
        version_id: body.version_id,
        version: body.number,
        title: body.title.clone(),
        headings: payload.headings.clone(),
        language: body.language.clone(),
        start: payload.start,
        end: payload.end,
        text: body.body.get(payload.start..payload.end)?.to_owned(),
        score: ranked.score,
        relevance: ranked.relevance,
    })
}

impl Retriever for TenantRetriever {
    fn embedder(&self) -> Option<&dyn Embedder> {
        Some(self.knowledge.embedder.as_ref())
    }

    fn retrieve<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Retrieved, RagError>> {
        Box::pin(self.find(query))
    }

    fn similar<'a>(&'a self, query: &'a RecordQuery) -> BoxFuture<'a, Result<Vec<RecordHit>, RagError>> {
        Box::pin(self.find_records(query))
    }
}
