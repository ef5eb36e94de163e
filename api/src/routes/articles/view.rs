//! An article as clients see it.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::articles::{Article, ArticleVersion};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// An article without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f",
    "external_id": "kb-0042",
    "title": "How to reset a password",
    "status": "published",
    "audience": "public",
    "language": "en",
    "current_version_id": "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e40",
    "latest_number": 2,
    "owner_id": null,
    "published_at": "2026-11-20T09:30:00Z",
    "withdrawn_at": null,
    "version": 4,
    "created_at": "2026-11-01T08:00:00Z",
    "updated_at": "2026-11-20T09:30:00Z"
}))]
pub struct ArticleSummary {
    /// The article.
    pub id: Uuid,
    /// Its id in your own system, unique in the organisation.
    pub external_id: Option<String>,
    /// The published title, or the draft's when nothing is published.
    pub title: String,
    /// `draft`, `published` or `withdrawn`.
    pub status: &'static str,
    /// `public` (also for visitors) or `internal`.
    pub audience: &'static str,
    /// ISO 639 code.
    pub language: String,
    /// The version that is retrieved and cited.
    pub current_version_id: Option<Uuid>,
    /// The number of the newest version.
    pub latest_number: i32,
    /// The member who looks after it.
    pub owner_id: Option<Uuid>,
    /// When a version was published last.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Counts every change; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// An article with the text of its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleView {
    /// The article.
    #[serde(flatten)]
    pub article: ArticleSummary,
    /// The newest version: the draft when there is one.
    pub latest: VersionView,
}

/// One version with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// The version.
    pub id: Uuid,
    /// Counts from 1.
    #[schema(example = 2)]
    pub number: i32,
    /// The title.
    #[schema(example = "How to reset a password")]
    pub title: String,
    /// The text, in Markdown.
    #[schema(example = "Open **Settings**, then *Security*. The link is valid for 30 minutes.")]
    pub body: String,
    /// ISO 639 code.
    #[schema(example = "en")]
    pub language: String,
    /// `public` or `internal`.
    #[schema(example = "public")]
    pub audience: &'static str,
    /// `draft`, `published`, `superseded` or `withdrawn`.
    #[schema(example = "published")]
    pub status: &'static str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

impl From<Article> for ArticleSummary {
    fn from(article: Article) -> Self {
        Self {
            id: article.id.uuid(),
            external_id: article.external_id,
            title: article.title,
            status: article.status.as_str(),
            audience: article.audience.as_str(),
            language: article.language,
            current_version_id: article
                .current_version_id
                .map(crm_store::ids::ArticleVersionId::uuid),
            latest_number: article.latest_number,
            owner_id: article.owner_id.map(crm_store::ids::UserId::uuid),
            published_at: article.published_at,
            withdrawn_at: article.withdrawn_at,
            version: article.version,
            created_at: article.created_at,
            updated_at: article.updated_at,
        }
    }
}

impl From<ArticleVersion> for VersionView {
    fn from(version: ArticleVersion) -> Self {
        Self {
            id: version.id.uuid(),
            number: version.number,
            title: version.title,
            body: version.body,
            language: version.language,
            audience: version.audience.as_str(),
            status: version.status.as_str(),
            created_at: version.created_at,
            published_at: version.published_at,
        }
    }
}

impl ArticleSummary {
    /// The response with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

impl ArticleView {
    /// The response with its `ETag`.
    pub(super) fn respond(self) -> Response {
        etag::tagged(self.article.version, Json(self))
    }
}
