//! Postgres compared with the index.

use std::collections::{BTreeMap, BTreeSet};

use crm_store::TenantStore;
use crm_store::ids::ArticleId;
use serde::Serialize;
use uuid::Uuid;

use super::{ARTICLE, Indexer, Outcome, audience};
use crate::index::{Payload, Wanted};
use crate::{RagError, RecordsReconciled, Repair, TenantIndex};

/// Rows and points that are read at once.
const PAGE: usize = 500;

/// What a comparison found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Reconciled {
    /// Published articles in Postgres.
    pub articles: usize,
    /// Their passages in the index before the repair.
    pub passages: usize,
    /// Articles that were as they should be.
    pub unchanged: usize,
    /// Articles that were missing or different and were written anew.
    pub repaired: usize,
    /// Articles that the index or the counts had and readers do not get.
    pub removed: usize,
    /// The same for the tenant's records.
    pub records: RecordsReconciled,
}

/// What the index has of a document.
#[derive(Default)]
struct Found {
    passages: usize,
    /// `None` once two passages disagree.
    payload: Option<Payload>,
    mixed: bool,
}

impl Indexer {
    /// Compares the tenant's published articles and records with the index by version, hash
    /// and number of passages, and repairs what differs.
    pub async fn reconcile(&self, store: &TenantStore) -> Result<Reconciled, RagError> {
        self.reconcile_with(store, Repair::Now).await
    }

    /// [`Self::reconcile`], with a word on when records are repaired; articles are at once.
    pub async fn reconcile_with(&self, store: &TenantStore, repair: Repair) -> Result<Reconciled, RagError> {
        Ok(Reconciled {
            records: self.reconcile_records(store, repair).await?,
            ..self.reconcile_articles(store).await?
        })
    }

    async fn reconcile_articles(&self, store: &TenantStore) -> Result<Reconciled, RagError> {
        let index = TenantIndex::new(self.knowledge.engine.clone(), store.grant());
        let mut found = scan(&index).await?;
        let mut counted = self.counted(store).await?;
        let mut result = Reconciled {
            passages: found.values().map(|found| found.passages).sum(),
            ..Reconciled::default()
        };
        let mut after = None;
        loop {
            let mut tx = store.begin().await?;
            let page = tx
                .articles()
                .published(after, i64::try_from(PAGE).unwrap_or(i64::MAX))
                .await?;
            tx.commit().await?;
            let Some(last) = page.last() else { break };
            after = Some(last.article_id);
            for article in page {
                result.articles += 1;
                let id = article.article_id.uuid();
                let in_index = found.remove(&id);
                // An article without a passage is in the counts only.
                let counted = counted.remove(&id);
                let same = counted.as_ref().is_some_and(|(version, fingerprint, chunks)| {
                    *version == article.version_id.uuid()
                        && *fingerprint == self.knowledge.fingerprint
                        && in_index.as_ref().map_or(*chunks == 0, |found| {
                            found.passages == *chunks
                                && !found.mixed
                                && found.payload.as_ref().is_some_and(|payload| {
                                    payload.version == article.version_id.uuid()
                                        && payload.content_hash == hex::encode(&article.content_hash)
                                        && payload.fingerprint == self.knowledge.fingerprint
                                        && payload.audience == audience(article.audience)
                                        && payload.passages == *chunks
                                })
                        })
                });
                if same {
                    result.unchanged += 1;
                    continue;
                }
                index.delete(Some(Wanted::Document(id))).await?;
                self.index_article(store, article.article_id, None).await?;
                result.repaired += 1;
            }
        }
        let orphans: BTreeSet<Uuid> = found.into_keys().chain(counted.into_keys()).collect();
        for id in orphans {
            // It may have been published meanwhile; the article is read anew.
            if self.index_article(store, ArticleId::from(id), None).await? == Outcome::Removed {
                result.removed += 1;
            }
        }
        Ok(result)
    }

    /// Forgets the tenant's index and writes every published article and every record anew.
    pub async fn rebuild(&self, store: &TenantStore) -> Result<Reconciled, RagError> {
        let index = TenantIndex::new(self.knowledge.engine.clone(), store.grant());
        index.delete(None).await?;
        let mut tx = store.begin().await?;
        tx.terms().clear().await?;
        tx.commit().await?;
        let result = self.reconcile(store).await?;
        self.knowledge.engine.optimize().await?;
        Ok(result)
    }

    /// What Postgres counted: version, fingerprint and passages of each document.
    async fn counted(&self, store: &TenantStore) -> Result<BTreeMap<Uuid, (Uuid, String, usize)>, RagError> {
        let mut counted = BTreeMap::new();
        let mut after = None;
        loop {
            let mut tx = store.begin().await?;
            let page = tx
                .terms()
                .list(ARTICLE, after, i64::try_from(PAGE).unwrap_or(i64::MAX))
                .await?;
            tx.commit().await?;
            let Some(last) = page.last() else {
                return Ok(counted);
            };
            after = Some(last.document_id);
            counted.extend(page.into_iter().map(|row| {
                let chunks = usize::try_from(row.chunks).unwrap_or(0);
                (row.document_id, (row.version_id.uuid(), row.fingerprint, chunks))
            }));
        }
    }
}

/// Every article of the tenant in the index.
async fn scan(index: &TenantIndex) -> Result<BTreeMap<Uuid, Found>, RagError> {
    let mut found: BTreeMap<Uuid, Found> = BTreeMap::new();
    let mut from = None;
    loop {
        let page = index.scroll(from, PAGE, Some(Wanted::Kind(ARTICLE))).await?;
        for (_, payload) in page.points {
            let document = found.entry(payload.document).or_default();
            document.passages += 1;
            match &document.payload {
                None => document.payload = Some(payload),
                Some(first) => {
                    document.mixed |= first.version != payload.version
                        || first.fingerprint != payload.fingerprint
                        || first.audience != payload.audience
                        || first.content_hash != payload.content_hash;
                }
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(found),
        }
    }
}
