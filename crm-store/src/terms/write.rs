//! Putting documents into the counts, and taking them out.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{NewIndexed, Terms};
use crate::{StoreError, ids::TenantId};

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
    /// Transactions of one tenant that do this for one kind wait for each other, so keep
    /// them short and free of calls to a model.
    pub async fn replace(
        &mut self,
        kind: &str,
        document_id: Uuid,
        new: Option<&NewIndexed>,
    ) -> Result<(), StoreError> {
        self.replace_many(kind, &[(document_id, new)]).await
    }

    /// [`Self::replace`] for many documents of a kind, each of them once, in as many statements as for one.
    pub async fn replace_many(
        &mut self,
        kind: &str,
        documents: &[(Uuid, Option<&NewIndexed>)],
    ) -> Result<(), StoreError> {
        if documents.is_empty() {
            return Ok(());
        }
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let conn = self.0.conn();
        // Two documents share most of their terms: without this lock two
        // transactions would each wait for a row that the other has.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('terms/' || $2, ('x' || substr(md5($1::text), 1, 16))::bit(64)::bigint))")
            .bind(tenant)
            .bind(kind)
            .execute(&mut *conn)
            .await?;
        let ids: Vec<Uuid> = documents.iter().map(|(id, _)| *id).collect();
        let old: Vec<Contribution> = sqlx::query_as(
            "DELETE FROM indexed_documents WHERE kind = $1 AND document_id = ANY ($2) \
             RETURNING language, chunks, tokens, terms, counts",
        )
        .bind(kind)
        .bind(ids)
        .fetch_all(&mut *conn)
        .await?;
        let mut change = Change::default();
        for old in &old {
            let terms = old
                .terms
                .iter()
                .map(String::as_str)
                .zip(old.counts.iter().copied());
            change.count(&old.language, -1, (old.chunks, old.tokens), terms);
        }
        let mut rows = Vec::with_capacity(documents.len());
        for (id, new) in documents {
            let Some(new) = new else { continue };
            let terms = new.terms.iter().map(|(term, count)| (term.as_str(), *count));
            change.count(&new.language, 1, (new.chunks, new.tokens), terms);
            rows.push((*id, *new));
        }
        insert(conn, tenant, kind, &rows, now).await?;
        change.write(conn, tenant, kind).await
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
    rows: &[(Uuid, &NewIndexed)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    // Lists of lists must be of one length in Postgres, so a document's terms travel as JSON.
    let terms: Vec<serde_json::Value> = rows
        .iter()
        .map(|(_, new)| new.terms.iter().map(|(term, _)| term.as_str()).collect())
        .collect();
    let counts: Vec<serde_json::Value> = rows
        .iter()
        .map(|(_, new)| new.terms.iter().map(|(_, count)| *count).collect())
        .collect();
    sqlx::query(
        "INSERT INTO indexed_documents (tenant_id, kind, document_id, version_id, content_hash, fingerprint, language, \
             chunks, tokens, terms, counts, indexed_at) \
         SELECT $1, $2, d.id, d.version, d.hash, d.fingerprint, d.language, d.chunks, d.tokens, \
             ARRAY(SELECT jsonb_array_elements_text(d.terms)), \
             ARRAY(SELECT jsonb_array_elements_text(d.counts)::integer), $12 \
         FROM unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::text[], $8::integer[], $9::bigint[], \
             $10::jsonb[], $11::jsonb[]) AS d (id, version, hash, fingerprint, language, chunks, tokens, terms, counts)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.version_id.uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.content_hash.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.fingerprint.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.language.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.chunks).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, new)| new.tokens).collect::<Vec<_>>())
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

    async fn write(self, conn: &mut PgConnection, tenant: TenantId, kind: &str) -> Result<(), StoreError> {
        let (more, less): (Vec<_>, Vec<_>) = self
            .terms
            .into_iter()
            .filter(|(_, delta)| *delta != 0)
            .partition(|(_, delta)| *delta > 0);
        run(conn, ADD, (tenant, kind), &more).await?;
        let missing: Vec<bool> = run(conn, TAKE, (tenant, kind), &less).await?;
        if missing.contains(&true) {
            return Err(StoreError::Corrupt {
                what: "the counts of terms: rebuild the index".to_owned(),
            });
        }
        run(conn, FORGET, (tenant, kind), &less).await?;
        for (language, (documents, chunks, tokens)) in self.corpus {
            sqlx::query(
                "WITH known AS (\
                     UPDATE corpus_stats SET documents = documents + $3, chunks = chunks + $4, tokens = tokens + $5 \
                     WHERE tenant_id = $1 AND kind = $6 AND language = $2 RETURNING 1) \
                 INSERT INTO corpus_stats (tenant_id, kind, language, documents, chunks, tokens) \
                 SELECT $1, $6, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM known)",
            )
            .bind(tenant)
            .bind(language)
            .bind(documents)
            .bind(chunks)
            .bind(tokens)
            .bind(kind)
            .execute(&mut *conn)
            .await?;
        }
        sqlx::query("DELETE FROM corpus_stats WHERE tenant_id = $1 AND kind = $2 AND documents = 0")
            .bind(tenant)
            .bind(kind)
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// Runs one of the statements below over changes of terms.
async fn run(
    conn: &mut PgConnection,
    statement: &'static str,
    (tenant, kind): (TenantId, &str),
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
        .bind(amounts)
        .bind(kind);
    Ok(rows.fetch_all(conn).await?)
}

// A tenant may have a hundred thousand terms and a document a few hundred, so
// each term is one look into the index, whatever the planner guesses: by
// ON CONFLICT, by a lateral look-up with a limit, by the place of the row.

const ADD: &str = "\
    INSERT INTO term_stats (tenant_id, kind, language, term, chunks) \
    SELECT $1, $5, d.language, d.term, d.amount FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
    ON CONFLICT (tenant_id, kind, language, term) DO UPDATE SET chunks = term_stats.chunks + excluded.chunks \
    RETURNING false";

/// Tells of each row whether it was missing: `xmax` is 0 in a row that was inserted.
const TAKE: &str = "\
    INSERT INTO term_stats (tenant_id, kind, language, term, chunks) \
    SELECT $1, $5, d.language, d.term, d.amount FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
    ON CONFLICT (tenant_id, kind, language, term) DO UPDATE SET chunks = term_stats.chunks - excluded.chunks \
    RETURNING xmax = 0";

/// A term that no document has is forgotten: it may have been a name.
const FORGET: &str = "\
    DELETE FROM term_stats WHERE chunks = 0 AND tenant_id = $1 AND kind = $5 AND ctid = ANY (ARRAY(\
        SELECT t.place FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (language, term, amount) \
        CROSS JOIN LATERAL (\
            SELECT s.ctid AS place FROM term_stats s \
            WHERE s.tenant_id = $1 AND s.kind = $5 AND s.language = d.language AND s.term = d.term LIMIT 1) t)) \
    RETURNING false";
