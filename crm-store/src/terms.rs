//! What a tenant's index contains: documents, and in how many chunks each term occurs.
//!
//! Ranking weighs terms by how rare they are in this tenant and language
//! alone, so that neighbours neither shift it nor shine through it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    ids::{ArticleVersionId, TenantId},
};

/// What a document adds to the counts once it is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIndexed {
    /// The version that was indexed.
    pub version_id: ArticleVersionId,
    /// SHA-256 of its title and body.
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
    /// The version that was indexed.
    pub version_id: ArticleVersionId,
    /// SHA-256 of its title and body.
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

/// What a document adds at present.
#[derive(sqlx::FromRow)]
struct Contribution {
    language: String,
    chunks: i32,
    tokens: i64,
    terms: Vec<String>,
    counts: Vec<i32>,
}

impl Terms<'_> {
    /// Puts a document into the counts in place of what it added before; takes it out when `new` is `None`.
    ///
    /// Transactions of one tenant that do this wait for each other, so keep
    /// them short and free of calls to a model.
    pub async fn replace(
        &mut self,
        kind: &str,
        document_id: Uuid,
        new: Option<&NewIndexed>,
    ) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let conn = self.0.conn();
        // Two documents share most of their terms: without this lock two
        // transactions would each wait for a row that the other has.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('terms', ('x' || substr(md5($1::text), 1, 16))::bit(64)::bigint))")
            .bind(tenant)
            .execute(&mut *conn)
            .await?;
        let old: Option<Contribution> = sqlx::query_as(
            "DELETE FROM indexed_documents WHERE kind = $1 AND document_id = $2 \
             RETURNING language, chunks, tokens, terms, counts",
        )
        .bind(kind)
        .bind(document_id)
        .fetch_optional(&mut *conn)
        .await?;
        let mut change = Change::default();
        if let Some(old) = &old {
            let terms = old
                .terms
                .iter()
                .map(String::as_str)
                .zip(old.counts.iter().copied());
            change.count(&old.language, -1, (old.chunks, old.tokens), terms);
        }
        if let Some(new) = new {
            let terms = new.terms.iter().map(|(term, count)| (term.as_str(), *count));
            change.count(&new.language, 1, (new.chunks, new.tokens), terms);
            insert(conn, tenant, kind, document_id, new, now).await?;
        }
        change.write(conn, tenant).await
    }

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

    /// How common these terms are in the tenant's documents of a language.
    pub async fn frequencies(&mut self, language: &str, terms: &[String]) -> Result<Frequencies, StoreError> {
        let rows: Vec<(i64, i64, Option<String>, Option<i64>)> = sqlx::query_as(
            "SELECT c.chunks, c.tokens, q.term, t.chunks FROM corpus_stats c \
             LEFT JOIN unnest($2::text[]) AS q (term) ON true \
             LEFT JOIN LATERAL (\
                 SELECT s.chunks FROM term_stats s WHERE s.language = $1 AND s.term = q.term LIMIT 1) t ON true \
             WHERE c.language = $1",
        )
        .bind(language)
        .bind(terms)
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

    /// The languages of the tenant's documents with their chunks, the most common first.
    pub async fn languages(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(
            sqlx::query_as("SELECT language, chunks FROM corpus_stats ORDER BY chunks DESC, language")
                .fetch_all(self.0.conn())
                .await?,
        )
    }

    /// Forgets every document, as before a rebuild.
    pub async fn clear(&mut self) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM indexed_documents",
            "DELETE FROM term_stats",
            "DELETE FROM corpus_stats",
        ] {
            sqlx::query(statement).execute(self.0.conn()).await?;
        }
        Ok(())
    }
}

async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    kind: &str,
    document_id: Uuid,
    new: &NewIndexed,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (terms, counts): (Vec<&str>, Vec<i32>) = new
        .terms
        .iter()
        .map(|(term, count)| (term.as_str(), *count))
        .unzip();
    sqlx::query(
        "INSERT INTO indexed_documents (tenant_id, kind, document_id, version_id, content_hash, fingerprint, language, \
             chunks, tokens, terms, counts, indexed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(document_id)
    .bind(new.version_id)
    .bind(&new.content_hash)
    .bind(&new.fingerprint)
    .bind(&new.language)
    .bind(new.chunks)
    .bind(new.tokens)
    .bind(terms)
    .bind(counts)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Differences to the counts: what a document adds less what it added before.
#[derive(Default)]
struct Change<'a> {
    terms: HashMap<(&'a str, &'a str), i64>,
    corpus: HashMap<&'a str, (i64, i64, i64)>,
}

impl<'a> Change<'a> {
    fn count(
        &mut self,
        language: &'a str,
        sign: i64,
        (chunks, tokens): (i32, i64),
        terms: impl Iterator<Item = (&'a str, i32)>,
    ) {
        let corpus = self.corpus.entry(language).or_default();
        corpus.0 += sign;
        corpus.1 += sign * i64::from(chunks);
        corpus.2 += sign * tokens;
        for (term, count) in terms {
            *self.terms.entry((language, term)).or_default() += sign * i64::from(count);
        }
    }

    async fn write(self, conn: &mut PgConnection, tenant: TenantId) -> Result<(), StoreError> {
        let (more, less): (Vec<_>, Vec<_>) = self
            .terms
            .into_iter()
            .filter(|(_, delta)| *delta != 0)
            .partition(|(_, delta)| *delta > 0);
        run(conn, ADD, tenant, &more).await?;
        let missing: Vec<bool> = run(conn, TAKE, tenant, &less).await?;
        if missing.contains(&true) {
            return Err(StoreError::Corrupt {
                what: "the counts of terms: rebuild the index".to_owned(),
            });
        }
        run(conn, FORGET, tenant, &less).await?;
        for (language, (documents, chunks, tokens)) in self.corpus {
            sqlx::query(
                "WITH known AS (\
                     UPDATE corpus_stats SET documents = documents + $3, chunks = chunks + $4, tokens = tokens + $5 \
                     WHERE tenant_id = $1 AND language = $2 RETURNING 1) \
                 INSERT INTO corpus_stats (tenant_id, language, documents, chunks, tokens) \
                 SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM known)",
            )
            .bind(tenant)
            .bind(language)
            .bind(documents)
            .bind(chunks)
            .bind(tokens)
            .execute(&mut *conn)
            .await?;
        }
        sqlx::query("DELETE FROM corpus_stats WHERE tenant_id = $1 AND documents = 0")
            .bind(tenant)
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// Runs one of the statements below over changes of terms.
async fn run(
    conn: &mut PgConnection,
    statement: &'static str,
    tenant: TenantId,
    changes: &[((&str, &str), i64)],
) -> Result<Vec<bool>, StoreError> {
    let languages: Vec<&str> = changes.iter().map(|((language, _), _)| *language).collect();
    let terms: Vec<&str> = changes.iter().map(|((_, term), _)| *term).collect();
    let amounts: Vec<i64> = changes.iter().map(|(_, delta)| delta.abs()).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_scalar(statement)
        .bind(tenant)
        .bind(languages)
        .bind(terms)
        .bind(amounts);
    Ok(rows.fetch_all(conn).await?)
}

// A tenant may have a hundred thousand terms and a document a few hundred, so
// each term is one look into the index, whatever the planner guesses: by
// ON CONFLICT, by a lateral look-up with a limit, by the place of the row.

const ADD: &str = "\
    INSERT INTO term_stats (tenant_id, language, term, chunks) \
    SELECT $1, d.language, d.term, d.amount FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
    ON CONFLICT (tenant_id, language, term) DO UPDATE SET chunks = term_stats.chunks + excluded.chunks \
    RETURNING false";

/// Tells of each row whether it was missing: `xmax` is 0 in a row that was inserted.
const TAKE: &str = "\
    INSERT INTO term_stats (tenant_id, language, term, chunks) \
    SELECT $1, d.language, d.term, d.amount FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
    ON CONFLICT (tenant_id, language, term) DO UPDATE SET chunks = term_stats.chunks - excluded.chunks \
    RETURNING xmax = 0";

/// A term that no document has is forgotten: it may have been a name.
const FORGET: &str = "\
    DELETE FROM term_stats WHERE chunks = 0 AND tenant_id = $1 AND ctid = ANY (ARRAY(\
        SELECT t.place FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
        CROSS JOIN LATERAL (\
            SELECT s.ctid AS place FROM term_stats s \
            WHERE s.tenant_id = $1 AND s.language = d.language AND s.term = d.term LIMIT 1) t)) \
    RETURNING false";
