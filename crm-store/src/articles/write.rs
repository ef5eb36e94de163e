//! Writing articles: new ones, drafts, deletion.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Article, ArticleStatus, ArticleVersion, Articles, Audience, INDEX_JOB, VersionStatus,
    rows::{article_columns, version_columns},
};
use crate::{
    StoreError,
    ids::{ArticleId, ArticleVersionId, UserId},
    jobs::NewJob,
};

/// An article to be; it starts as a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewArticle {
    /// The tenant's own id, unique within the tenant.
    pub external_id: Option<String>,
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it, once published.
    pub audience: Audience,
    /// Who looks after it.
    pub owner_id: Option<UserId>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticlePatch {
    /// The tenant's own id; `Some(None)` takes it away.
    pub external_id: Option<Option<String>>,
    /// The title of the draft.
    pub title: Option<String>,
    /// The text of the draft.
    pub body: Option<String>,
    /// The language of the draft.
    pub language: Option<String>,
    /// Who may read the draft once it is published.
    pub audience: Option<Audience>,
    /// Who looks after the article; `Some(None)` takes it away.
    pub owner_id: Option<Option<UserId>>,
}

impl Articles<'_> {
    /// Makes an article with a draft as its version 1.
    pub async fn create(&mut self, new: &NewArticle) -> Result<Article, StoreError> {
        let article = self.insert(new).await?;
        self.0
            .audit()
            .record("create", "article", Some(article.id.uuid()), &["title", "body"])
            .await?;
        Ok(article)
    }

    /// Changes an article. Text goes into the draft, which is begun when there is none: readers see it once it
    /// is published.
    ///
    /// With `expected`, only if nobody else changed the article since.
    pub async fn update(
        &mut self,
        id: ArticleId,
        patch: &ArticlePatch,
        expected: Option<i64>,
    ) -> Result<Article, StoreError> {
        let article = self.lock(id, expected).await?;
        let fields = self.write_draft(&article, patch).await?;
        let mut changed: Vec<&str> = fields;
        if patch
            .external_id
            .as_ref()
            .is_some_and(|new| *new != article.external_id)
        {
            changed.push("external_id");
        }
        if patch
            .owner_id
            .as_ref()
            .is_some_and(|new| *new != article.owner_id)
        {
            changed.push("owner_id");
        }
        if changed.is_empty() {
            return Ok(article);
        }
        let now = self.0.now();
        let article = sqlx::query_as(concat!(
            "UPDATE articles SET external_id = $2, owner_id = $3, version = version + 1, updated_at = $4 WHERE id = $1 RETURNING ",
            article_columns!()
        ))
        .bind(id)
        .bind(patch.external_id.clone().unwrap_or(article.external_id))
        .bind(patch.owner_id.unwrap_or(article.owner_id))
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.0
            .audit()
            .record("update", "article", Some(id.uuid()), &changed)
            .await?;
        Ok(article)
    }

    /// Deletes an article with all its versions. One that answers quote is kept: withdraw it instead.
    pub async fn delete(&mut self, id: ArticleId, expected: Option<i64>) -> Result<(), StoreError> {
        self.lock(id, expected).await?;
        sqlx::query("DELETE FROM articles WHERE id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        self.enqueue_index(id).await?;
        self.0
            .audit()
            .record("delete", "article", Some(id.uuid()), &[])
            .await
    }

    /// The article, which nobody else changes until this transaction ends.
    pub(super) async fn lock(&mut self, id: ArticleId, expected: Option<i64>) -> Result<Article, StoreError> {
        let article: Option<Article> = sqlx::query_as(concat!(
            "SELECT ",
            article_columns!(),
            " FROM articles WHERE id = $1 FOR UPDATE"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?;
        let article = article.ok_or(StoreError::NotFound { what: "article" })?;
        match expected {
            Some(expected) if expected != article.version => Err(StoreError::Stale {
                current: article.version,
            }),
            _ => Ok(article),
        }
    }

    pub(super) async fn enqueue_index(&mut self, id: ArticleId) -> Result<(), StoreError> {
        self.0
            .jobs()
            .enqueue(&NewJob::new(INDEX_JOB, id.to_string()))
            .await
    }

    /// Inserts article and first version in one statement, without a log entry.
    pub(super) async fn insert(&mut self, new: &NewArticle) -> Result<Article, StoreError> {
        check_language(&new.language)?;
        let (grant, now) = (*self.0.grant(), self.0.now());
        let (article, version) = (ArticleId::new(), ArticleVersionId::new());
        Ok(sqlx::query_as(concat!(
            "WITH version AS (\
                 INSERT INTO article_versions (tenant_id, id, article_id, number, title, body, language, audience, \
                     content_hash, created_by_kind, created_by_id, created_at, updated_at) \
                 VALUES ($1, $3, $2, 1, $5, $6, $7, $8, $9, $11, $12, $13, $13)) \
             INSERT INTO articles (tenant_id, id, external_id, title, language, audience, latest_number, owner_id, created_at, updated_at) \
             VALUES ($1, $2, $4, $5, $7, $8, 1, $10, $13, $13) RETURNING ",
            article_columns!()
        ))
        .bind(grant.tenant())
        .bind(article)
        .bind(version)
        .bind(&new.external_id)
        .bind(&new.title)
        .bind(&new.body)
        .bind(&new.language)
        .bind(new.audience)
        .bind(content_hash(&new.title, &new.body))
        .bind(new.owner_id)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .fetch_one(self.0.conn())
        .await?)
    }

    /// Puts the text of `patch` into the article's draft. Returns the names of the fields that differ.
    async fn write_draft(
        &mut self,
        article: &Article,
        patch: &ArticlePatch,
    ) -> Result<Vec<&'static str>, StoreError> {
        if patch.title.is_none()
            && patch.body.is_none()
            && patch.language.is_none()
            && patch.audience.is_none()
        {
            return Ok(Vec::new());
        }
        let latest = self
            .latest_version(article.id)
            .await?
            .ok_or_else(|| StoreError::Corrupt {
                what: format!("article {} without a version", article.id),
            })?;
        let mut draft = latest.clone();
        if let Some(title) = &patch.title {
            draft.title.clone_from(title);
        }
        if let Some(body) = &patch.body {
            draft.body.clone_from(body);
        }
        if let Some(language) = &patch.language {
            check_language(language)?;
            draft.language.clone_from(language);
        }
        if let Some(audience) = patch.audience {
            draft.audience = audience;
        }
        let differs = [
            ("title", draft.title != latest.title),
            ("body", draft.body != latest.body),
            ("language", draft.language != latest.language),
            ("audience", draft.audience != latest.audience),
        ];
        let fields: Vec<&str> = differs
            .into_iter()
            .filter_map(|(field, differs)| differs.then_some(field))
            .collect();
        if !fields.is_empty() {
            self.save_draft(article, &latest, &draft).await?;
        }
        Ok(fields)
    }

    async fn save_draft(
        &mut self,
        article: &Article,
        latest: &ArticleVersion,
        draft: &ArticleVersion,
    ) -> Result<(), StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let in_place = latest.status == VersionStatus::Draft;
        let saved: ArticleVersion = sqlx::query_as(concat!(
            "INSERT INTO article_versions (tenant_id, id, article_id, number, title, body, language, audience, \
                 content_hash, created_by_kind, created_by_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
             ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, body = excluded.body, \
                 language = excluded.language, audience = excluded.audience, content_hash = excluded.content_hash, \
                 updated_at = excluded.updated_at RETURNING ",
            version_columns!()
        ))
        .bind(grant.tenant())
        .bind(if in_place { latest.id } else { ArticleVersionId::new() })
        .bind(article.id)
        .bind(if in_place { latest.number } else { latest.number + 1 })
        .bind(&draft.title)
        .bind(&draft.body)
        .bind(&draft.language)
        .bind(draft.audience)
        .bind(content_hash(&draft.title, &draft.body))
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        // Readers keep the title of what is published.
        let shown = article.status != ArticleStatus::Published;
        sqlx::query(
            "UPDATE articles SET latest_number = $2, title = CASE WHEN $3 THEN $4 ELSE title END, \
                 language = CASE WHEN $3 THEN $5 ELSE language END, audience = CASE WHEN $3 THEN $6 ELSE audience END \
             WHERE id = $1",
        )
        .bind(article.id)
        .bind(saved.number)
        .bind(shown)
        .bind(&saved.title)
        .bind(&saved.language)
        .bind(saved.audience)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}

/// SHA-256 of title and body, with a separator that neither can contain.
pub(crate) fn content_hash(title: &str, body: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(title.as_bytes());
    hash.update([0]);
    hash.update(body.as_bytes());
    hash.finalize().to_vec()
}

fn check_language(language: &str) -> Result<(), StoreError> {
    let known = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if known {
        Ok(())
    } else {
        Err(StoreError::invalid(
            "language",
            "must be an ISO 639 code such as en",
        ))
    }
}
