//! Passages of articles that changed after they were indexed.

use std::collections::{HashMap, HashSet};

use crm_store::articles::ArticleBody;
use crm_store::ids::ArticleId;

use super::TenantRetriever;
use crate::fuse::{Asked, Ranked};
use crate::ingest::passages;
use crate::{Query, RagError};

/// Articles that are read anew for one question; the index job is on its way.
const ARTICLES: usize = 3;

/// Passages that are embedded for one question.
const PASSAGES: usize = 24;

impl TenantRetriever {
    /// Drops what Postgres did not confirm, and cuts and embeds the new text of the
    /// nearest articles among it, so that an edit shows before the index has it.
    pub(super) async fn refresh(
        &self,
        asked: &Asked,
        query: &Query,
        ranked: Vec<Ranked>,
        bodies: &HashMap<ArticleId, ArticleBody>,
    ) -> Result<Vec<Ranked>, RagError> {
        let mut fresh = Vec::with_capacity(ranked.len());
        let mut changed: Vec<&ArticleBody> = Vec::new();
        let mut seen = HashSet::new();
        for passage in ranked {
            // Withdrawn, deleted or not for this actor: gone.
            let Some(body) = bodies.get(&passage.candidate.payload.document.into()) else {
                continue;
            };
            if body.version_id.uuid() == passage.candidate.payload.version {
                fresh.push(passage);
            } else if seen.insert(body.article_id) && changed.len() < ARTICLES {
                changed.push(body);
            }
        }
        let mut points = Vec::new();
        for body in changed {
            if query
                .language
                .as_ref()
                .is_none_or(|wanted| *wanted == body.language)
            {
                let room = PASSAGES.saturating_sub(points.len());
                points.extend(
                    passages(&self.knowledge, self.store.grant().tenant(), body)
                        .into_iter()
                        .take(room),
                );
            }
        }
        if points.is_empty() {
            return Ok(fresh);
        }
        let texts = points.iter().map(|passage| passage.context.clone()).collect();
        let vectors = self.knowledge.embedder.documents(texts).await?;
        let candidates = points
            .into_iter()
            .zip(vectors)
            .map(|(passage, dense)| passage.candidate(dense))
            .collect();
        fresh.extend(self.knowledge.fusion.rank(asked, candidates));
        fresh.sort_by(|left, right| {
            right
                .score
                .total_cmp(&left.score)
                .then(left.candidate.id.cmp(&right.candidate.id))
        });
        Ok(fresh)
    }
}
