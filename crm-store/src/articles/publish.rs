//! Publishing and withdrawing.

use super::{Article, ArticleStatus, ArticleVersion, Articles, VersionStatus, rows::article_columns};
use crate::{StoreError, ids::ArticleId};

impl Articles<'_> {
    /// Gives readers the latest version; the one they had is superseded.
    ///
    /// An article without anything new to publish stays as it is. A withdrawn
    /// one comes back. With `expected`, only if nobody else changed the article since.
    pub async fn publish(&mut self, id: ArticleId, expected: Option<i64>) -> Result<Article, StoreError> {
        let article = self.lock(id, expected).await?;
        let article = self.publish_locked(article).await?;
        Ok(article)
    }

    /// Takes an article back: readers do not find it any more. A waiting draft stays.
    ///
    /// With `expected`, only if nobody else changed the article since.
    pub async fn withdraw(&mut self, id: ArticleId, expected: Option<i64>) -> Result<Article, StoreError> {
        let article = self.lock(id, expected).await?;
        self.withdraw_locked(article).await
    }

    pub(super) async fn publish_locked(&mut self, article: Article) -> Result<Article, StoreError> {
        let (id, now) = (article.id, self.0.now());
        let latest = self
            .latest_version(id)
            .await?
            .ok_or_else(|| StoreError::Corrupt {
                what: format!("article {id} without a version"),
            })?;
        if latest.status == VersionStatus::Published {
            return Ok(article);
        }
        // Two statements: the index that allows one published version looks at every row by itself.
        sqlx::query(
            "UPDATE article_versions SET status = 'superseded', updated_at = $2 \
             WHERE article_id = $1 AND status = 'published'",
        )
        .bind(id)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        let article = self.show(&latest).await?;
        self.enqueue_index(id).await?;
        self.0
            .audit()
            .record(
                "publish",
                "article",
                Some(id.uuid()),
                &["status", "current_version_id"],
            )
            .await?;
        Ok(article)
    }

    pub(super) async fn withdraw_locked(&mut self, article: Article) -> Result<Article, StoreError> {
        let (id, now) = (article.id, self.0.now());
        match article.status {
            ArticleStatus::Withdrawn => return Ok(article),
            ArticleStatus::Draft => {
                return Err(StoreError::invalid(
                    "status",
                    "an article that was never published cannot be withdrawn",
                ));
            }
            ArticleStatus::Published => {}
        }
        let article = sqlx::query_as(concat!(
            "WITH version AS (\
                 UPDATE article_versions SET status = 'withdrawn', updated_at = $2 \
                 WHERE article_id = $1 AND status = 'published') \
             UPDATE articles SET status = 'withdrawn', current_version_id = NULL, withdrawn_at = $2, \
                 version = version + 1, updated_at = $2 WHERE id = $1 RETURNING ",
            article_columns!()
        ))
        .bind(id)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.enqueue_index(id).await?;
        self.0
            .audit()
            .record(
                "withdraw",
                "article",
                Some(id.uuid()),
                &["status", "current_version_id"],
            )
            .await?;
        Ok(article)
    }

    /// Makes `version` the one that readers get.
    async fn show(&mut self, version: &ArticleVersion) -> Result<Article, StoreError> {
        let now = self.0.now();
        Ok(sqlx::query_as(concat!(
            "WITH version AS (\
                 UPDATE article_versions SET status = 'published', published_at = $3, updated_at = $3 WHERE id = $2) \
             UPDATE articles SET status = 'published', current_version_id = $2, title = $4, language = $5, \
                 audience = $6, published_at = $3, withdrawn_at = NULL, version = version + 1, updated_at = $3 \
             WHERE id = $1 RETURNING ",
            article_columns!()
        ))
        .bind(version.article_id)
        .bind(version.id)
        .bind(now)
        .bind(&version.title)
        .bind(&version.language)
        .bind(version.audience)
        .fetch_one(self.0.conn())
        .await?)
    }
}
