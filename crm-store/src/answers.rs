//! What agents answered, and the stored text that it rests on.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{
    StoreError, TenantTx,
    ids::{AnswerId, ArticleId, ArticleVersionId, RunId},
};

/// An answer to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnswer {
    /// The answer.
    pub id: AnswerId,
    /// The run that gave it.
    pub run: RunId,
    /// What was asked.
    pub question: String,
    /// The answer, with its markers.
    pub text: String,
    /// How the run ended.
    pub outcome: String,
    /// What the markers point at.
    pub citations: Vec<AnswerCitation>,
}

/// A checked pointer from an answer into a version of an article.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct AnswerCitation {
    /// The marker in the text.
    pub marker: i32,
    /// The article.
    pub article_id: ArticleId,
    /// The version that was read.
    pub version_id: ArticleVersionId,
    /// Where the quote starts in the version's body, in bytes.
    pub start_byte: i32,
    /// Where it ends, in bytes.
    pub end_byte: i32,
    /// Where it starts, in code points.
    #[sqlx(rename = "start_")]
    pub start: i32,
    /// Where it ends, in code points.
    #[sqlx(rename = "end_")]
    pub end: i32,
    /// The quoted text.
    pub quote: String,
    /// How well the passage fits the question, 0..1.
    pub score: f32,
}

/// A stored answer.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Answer {
    /// The answer.
    pub id: AnswerId,
    /// The run that gave it.
    pub run_id: RunId,
    /// What was asked.
    pub question: String,
    /// The answer, with its markers.
    pub text: String,
    /// How the run ended.
    pub outcome: String,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

/// The answers of one tenant.
pub struct Answers<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The answers.
    pub fn answers(&mut self) -> Answers<'_> {
        Answers { tx: self }
    }
}

impl Answers<'_> {
    /// Stores an answer with what it cites.
    pub async fn create(&mut self, new: &NewAnswer) -> Result<(), StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        sqlx::query(
            "INSERT INTO answers (tenant_id, id, run_id, question, text, outcome, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(tenant)
        .bind(new.id)
        .bind(new.run)
        .bind(&new.question)
        .bind(&new.text)
        .bind(&new.outcome)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        for citation in &new.citations {
            sqlx::query(
                "INSERT INTO answer_citations (tenant_id, answer_id, marker, article_id, version_id, start_byte,
                    end_byte, start_, end_, quote, score, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(tenant)
            .bind(new.id)
            .bind(citation.marker)
            .bind(citation.article_id)
            .bind(citation.version_id)
            .bind(citation.start_byte)
            .bind(citation.end_byte)
            .bind(citation.start)
            .bind(citation.end)
            .bind(&citation.quote)
            .bind(citation.score)
            .bind(now)
            .execute(self.tx.conn())
            .await?;
        }
        Ok(())
    }

    /// One answer.
    pub async fn get(&mut self, id: AnswerId) -> Result<Option<Answer>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, run_id, question, text, outcome, created_at FROM answers WHERE tenant_id = $1 AND id = $2",
        )
        .bind(self.tx.grant().tenant())
        .bind(id)
        .fetch_optional(self.tx.conn())
        .await?)
    }

    /// The answer of a run.
    pub async fn of_run(&mut self, run: RunId) -> Result<Option<Answer>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, run_id, question, text, outcome, created_at FROM answers
            WHERE tenant_id = $1 AND run_id = $2",
        )
        .bind(self.tx.grant().tenant())
        .bind(run)
        .fetch_optional(self.tx.conn())
        .await?)
    }

    /// What an answer cites, by marker.
    pub async fn citations(&mut self, id: AnswerId) -> Result<Vec<AnswerCitation>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT marker, article_id, version_id, start_byte, end_byte, start_, end_, quote, score
            FROM answer_citations WHERE tenant_id = $1 AND answer_id = $2 ORDER BY marker",
        )
        .bind(self.tx.grant().tenant())
        .bind(id)
        .fetch_all(self.tx.conn())
        .await?)
    }
}
