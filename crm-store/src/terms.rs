//! What a tenant's index contains: documents, and in how many chunks each term occurs.
//!
//! Ranking weighs terms by how rare they are in this tenant, kind of document and
//! language alone, so that neighbours neither shift it nor shine through it, and ten
//! thousand messages do not change how articles are ranked.

mod write;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{StoreError, TenantTx, ids::ArticleVersionId};

/// What a document adds to the counts once it is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIndexed {
    /// The version that was indexed; of a record, what its hash begins with.
    pub version_id: ArticleVersionId,
    /// SHA-256 of its text.
    pub content_hash: Vec<u8>,
    /// The embedder and chunker that made its vectors.
    pub fingerprint: String,
    /// ISO 639 code.
    pub language: String,
    /// Its number of chunks.
    pub chunks: i32,
    /// Its number of tokens, over all chunks.
    pub tokens: i64,
    /// Each term once, with the number of chunks that it occurs in.
    pub terms: Vec<(String, i32)>,
}

/// A document that the index contains.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Indexed {
    /// The kind of document, such as `article`.
    pub kind: String,
    /// The document.
    pub document_id: Uuid,
    /// The version that was indexed; of a record, what its hash begins with.
    pub version_id: ArticleVersionId,
    /// SHA-256 of its text.
    pub content_hash: Vec<u8>,
    /// The embedder and chunker that made its vectors.
    pub fingerprint: String,
    /// ISO 639 code.
    pub language: String,
    /// Its number of chunks.
    pub chunks: i32,
    /// Its number of tokens.
    pub tokens: i64,
    /// When it was indexed.
    pub indexed_at: DateTime<Utc>,
}

/// How common terms are in the tenant's documents of a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frequencies {
    /// All chunks.
    pub chunks: i64,
    /// All tokens.
    pub tokens: i64,
    /// In how many chunks each term occurs; terms that occur nowhere are missing.
    pub df: HashMap<String, i64>,
}

/// The counts of the tenant.
#[derive(Debug)]
pub struct Terms<'t>(&'t mut TenantTx);

impl TenantTx {
    /// What the tenant's index contains.
    pub fn terms(&mut self) -> Terms<'_> {
        Terms(self)
    }
}

impl Terms<'_> {
    /// What the index contains of a document.
    pub async fn get(&mut self, kind: &str, document_id: Uuid) -> Result<Option<Indexed>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT kind, document_id, version_id, content_hash, fingerprint, language, chunks, tokens, indexed_at \
             FROM indexed_documents WHERE kind = $1 AND document_id = $2",
        )
        .bind(kind)
        .bind(document_id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// What the index contains: up to `limit` documents of a kind after `after`, by id.
    pub async fn list(
        &mut self,
        kind: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Indexed>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT kind, document_id, version_id, content_hash, fingerprint, language, chunks, tokens, indexed_at \
             FROM indexed_documents WHERE kind = $1 AND ($2::uuid IS NULL OR document_id > $2) \
             ORDER BY document_id LIMIT $3",
        )
        .bind(kind)
        .bind(after)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// What the index contains of these documents of a kind, in no order.
    pub async fn of(&mut self, kind: &str, documents: &[Uuid]) -> Result<Vec<Indexed>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT kind, document_id, version_id, content_hash, fingerprint, language, chunks, tokens, indexed_at \
             FROM indexed_documents WHERE kind = $1 AND document_id = ANY ($2)",
        )
        .bind(kind)
        .bind(documents)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// How common these terms are in the tenant's documents of a kind and language.
    pub async fn frequencies(
        &mut self,
        kind: &str,
        language: &str,
        terms: &[String],
    ) -> Result<Frequencies, StoreError> {
        let rows: Vec<(i64, i64, Option<String>, Option<i64>)> = sqlx::query_as(
            "SELECT c.chunks, c.tokens, q.term, t.chunks FROM corpus_stats c \
             LEFT JOIN unnest($2::text[]) AS q (term) ON true \
             LEFT JOIN LATERAL (\
                 SELECT s.chunks FROM term_stats s WHERE s.kind = $3 AND s.language = $1 AND s.term = q.term LIMIT 1) t ON true \
             WHERE c.kind = $3 AND c.language = $1",
        )
        .bind(language)
        .bind(terms)
        .bind(kind)
        .fetch_all(self.0.conn())
        .await?;
        let mut found = Frequencies::default();
        for (chunks, tokens, term, count) in rows {
            (found.chunks, found.tokens) = (chunks, tokens);
            if let (Some(term), Some(count)) = (term, count) {
                found.df.insert(term, count);
            }
        }
        Ok(found)
    }

    /// The languages of the tenant's documents of a kind with their chunks, the most common first.
    pub async fn languages(&mut self, kind: &str) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT language, chunks FROM corpus_stats WHERE kind = $1 ORDER BY chunks DESC, language",
        )
        .bind(kind)
        .fetch_all(self.0.conn())
        .await?)
    }
}
