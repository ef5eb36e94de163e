//! Which answers rest on an article.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Articles;
use crate::{
    StoreError,
    ids::{AnswerId, ArticleId, ArticleVersionId, RunId},
    page::{Cursor, Page, read_limit},
};

/// An answer that quoted a version of the article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct QuotingAnswer {
    /// The answer.
    pub answer_id: AnswerId,
    /// The run that gave it.
    pub run_id: RunId,
    /// What was asked.
    pub question: String,
    /// When it was answered.
    pub answered_at: DateTime<Utc>,
    /// The version that was quoted.
    pub version_id: ArticleVersionId,
    /// Its number.
    pub version_number: i32,
    /// Whether readers still get this version.
    pub is_current: bool,
    /// What was quoted, in the order of the markers.
    pub quotes: Vec<String>,
}

impl Articles<'_> {
    /// The answers that quoted this article, newest first.
    pub async fn answers_quoting(
        &mut self,
        id: ArticleId,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<QuotingAnswer>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT a.id AS answer_id, a.run_id, a.question, a.created_at AS answered_at, c.version_id, \
                    v.number AS version_number, v.status = 'published' AS is_current, \
                    array_agg(c.quote ORDER BY c.marker) AS quotes \
             FROM answer_citations c \
             JOIN answers a ON a.tenant_id = c.tenant_id AND a.id = c.answer_id \
             JOIN article_versions v ON v.tenant_id = c.tenant_id AND v.id = c.version_id \
             WHERE c.article_id = $1 AND ($2::timestamptz IS NULL OR (a.created_at, a.id) < ($2, $3)) \
             GROUP BY a.id, a.run_id, a.question, a.created_at, c.version_id, v.number, v.status \
             ORDER BY a.created_at DESC, a.id DESC LIMIT $4",
        )
        .bind(id)
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |row: &QuotingAnswer| Cursor {
            at: row.answered_at,
            id: row.answer_id.uuid(),
        }))
    }
}
