//! Reading articles, versions and texts.

use super::{
    Article, ArticleBody, ArticleVersion, Articles, PublishedRef, VersionInfo,
    rows::{article_columns, version_columns},
};
use crate::{
    StoreError,
    ids::{ArticleId, ArticleVersionId},
};

/// The columns of [`ArticleBody`], from versions `v` of articles `a`.
macro_rules! bodies {
    ($condition:literal) => {
        concat!(
            "SELECT v.article_id, a.external_id, v.id AS version_id, v.number, v.title, v.body, v.language, v.audience, \
             v.content_hash, v.status FROM article_versions v \
             JOIN articles a ON a.tenant_id = v.tenant_id AND a.id = v.article_id WHERE ",
            $condition
        )
    };
}

impl Articles<'_> {
    /// The article with this id.
    pub async fn get(&mut self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            article_columns!(),
            " FROM articles WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The article with the tenant's own id.
    pub async fn by_external_id(&mut self, external_id: &str) -> Result<Option<Article>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            article_columns!(),
            " FROM articles WHERE external_id = $1"
        ))
        .bind(external_id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The article's latest version, which may be a draft.
    pub async fn latest_version(&mut self, id: ArticleId) -> Result<Option<ArticleVersion>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            version_columns!(),
            " FROM article_versions WHERE article_id = $1 ORDER BY number DESC LIMIT 1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// One version with its text.
    pub async fn version(&mut self, id: ArticleVersionId) -> Result<Option<ArticleVersion>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            version_columns!(),
            " FROM article_versions WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The version of an article with this number, with its text.
    pub async fn version_number(
        &mut self,
        id: ArticleId,
        number: i32,
    ) -> Result<Option<ArticleVersion>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            version_columns!(),
            " FROM article_versions WHERE article_id = $1 AND number = $2"
        ))
        .bind(id)
        .bind(number)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The article's versions without their texts, newest first.
    pub async fn versions(&mut self, id: ArticleId) -> Result<Vec<VersionInfo>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, number, title, language, audience, status, octet_length(body) AS body_bytes, created_by_kind, \
             created_by_id, created_at, published_at FROM article_versions WHERE article_id = $1 ORDER BY number DESC",
        )
        .bind(id)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Those of the versions that readers get at this moment and this actor may
    /// see: what retrieval re-reads before it shows anything.
    pub async fn bodies(&mut self, ids: &[ArticleVersionId]) -> Result<Vec<ArticleBody>, StoreError> {
        // One look into the index for each, whatever the planner guesses of the list's length.
        Ok(sqlx::query_as(
            "SELECT v.article_id, a.external_id, v.id AS version_id, v.number, v.title, v.body, v.language, v.audience, \
             v.content_hash, v.status FROM unnest($1::uuid[]) AS wanted (id) \
             CROSS JOIN LATERAL (SELECT * FROM article_versions s WHERE s.id = wanted.id LIMIT 1) v \
             CROSS JOIN LATERAL (SELECT * FROM articles s WHERE s.id = v.article_id LIMIT 1) a \
             WHERE v.status = 'published' AND a.current_version_id = v.id",
        )
        .bind(ids)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// The versions that this actor may see, also drafts and superseded ones.
    pub async fn any_bodies(&mut self, ids: &[ArticleVersionId]) -> Result<Vec<ArticleBody>, StoreError> {
        Ok(sqlx::query_as(bodies!("v.id = ANY ($1)"))
            .bind(ids)
            .fetch_all(self.0.conn())
            .await?)
    }

    /// The text that readers of an article get at this moment.
    pub async fn current_body(&mut self, id: ArticleId) -> Result<Option<ArticleBody>, StoreError> {
        Ok(sqlx::query_as(bodies!(
            "v.article_id = $1 AND v.status = 'published' AND a.current_version_id = v.id"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The texts that readers of these articles get at this moment and this actor may
    /// see: withdrawn articles and those of others are missing.
    pub async fn current_bodies(&mut self, ids: &[ArticleId]) -> Result<Vec<ArticleBody>, StoreError> {
        Ok(sqlx::query_as(bodies!(
            "v.article_id = ANY ($1) AND v.status = 'published' AND a.current_version_id = v.id"
        ))
        .bind(ids)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// What the index should contain: up to `limit` published articles after `after`, by id.
    pub async fn published(
        &mut self,
        after: Option<ArticleId>,
        limit: i64,
    ) -> Result<Vec<PublishedRef>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT a.id AS article_id, v.id AS version_id, v.content_hash, v.language, v.audience FROM articles a \
             JOIN article_versions v ON v.tenant_id = a.tenant_id AND v.id = a.current_version_id \
             WHERE a.status = 'published' AND ($1::uuid IS NULL OR a.id > $1) ORDER BY a.id LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?)
    }
}
