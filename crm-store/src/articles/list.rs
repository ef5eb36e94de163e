//! Lists of articles.

use sqlx::QueryBuilder;

use super::{Article, ArticleStatus, Articles, Audience, rows::article_columns};
use crate::{
    StoreError,
    ids::UserId,
    page::{Cursor, Page, read_limit},
};

/// Which articles; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFilter {
    /// Only where they stand.
    pub status: Option<ArticleStatus>,
    /// Only for these readers.
    pub audience: Option<Audience>,
    /// Only in this language.
    pub language: Option<String>,
    /// Only those that this user looks after.
    pub owner_id: Option<UserId>,
    /// Only with these words in the title, in any case of letters.
    pub title_contains: Option<String>,
}

impl Articles<'_> {
    /// Articles, the ones changed last first.
    pub async fn list(
        &mut self,
        filter: &ArticleFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Article>, StoreError> {
        let mut query = QueryBuilder::new(concat!(
            "SELECT ",
            article_columns!(),
            " FROM articles WHERE true"
        ));
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status);
        }
        if let Some(audience) = filter.audience {
            query.push(" AND audience = ").push_bind(audience);
        }
        if let Some(language) = &filter.language {
            query.push(" AND language = ").push_bind(language);
        }
        if let Some(owner) = filter.owner_id {
            query.push(" AND owner_id = ").push_bind(owner);
        }
        if let Some(words) = &filter.title_contains {
            query
                .push(" AND position(lower(")
                .push_bind(words)
                .push(") IN lower(title)) > 0");
        }
        if let Some(Cursor { at, id }) = after {
            query
                .push(" AND (updated_at, id) < (")
                .push_bind(at)
                .push(", ")
                .push_bind(id)
                .push(")");
        }
        query
            .push(" ORDER BY updated_at DESC, id DESC LIMIT ")
            .push_bind(read_limit(limit));
        let rows = query.build_query_as().fetch_all(self.0.conn()).await?;
        Ok(Page::cut(rows, limit, |article: &Article| Cursor {
            at: article.updated_at,
            id: article.id.uuid(),
        }))
    }
}
