//! `GET /v1/articles/{id}/versions`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::articles::VersionInfo;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        page::Page,
    },
};

/// A version without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionSummary {
    /// The version.
    id: Uuid,
    /// Counts from 1.
    #[schema(example = 2)]
    number: i32,
    /// The title.
    title: String,
    /// ISO 639 code.
    language: String,
    /// `public` or `internal`.
    audience: &'static str,
    /// `draft`, `published`, `superseded` or `withdrawn`.
    status: &'static str,
    /// Length of the text in bytes.
    body_bytes: i32,
    /// `user`, `api_key` or `job`.
    created_by_kind: String,
    /// Who made it.
    created_by_id: Uuid,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was published.
    published_at: Option<DateTime<Utc>>,
}

impl From<VersionInfo> for VersionSummary {
    fn from(version: VersionInfo) -> Self {
        Self {
            id: version.id.uuid(),
            number: version.number,
            title: version.title,
            language: version.language,
            audience: version.audience.as_str(),
            status: version.status.as_str(),
            body_bytes: version.body_bytes,
            created_by_kind: version.created_by_kind,
            created_by_id: version.created_by_id,
            created_at: version.created_at,
            published_at: version.published_at,
        }
    }
}

/// List the versions of an article, newest first
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/versions",
    operation_id = "list_article_versions",
    tag = "articles",
    params(("id" = Uuid, Path, description = "The article")),
    responses(
        (status = 200, description = "All versions", body = Page<VersionSummary>),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadArticles>,
    Path(id): Path<Uuid>,
) -> Result<Json<Page<VersionSummary>>, Problem> {
    let mut tx = caller.store().begin().await?;
    let versions = tx.articles().versions(id.into()).await?;
    if versions.is_empty() {
        return Err(Problem::not_found("article"));
    }
    Ok(Json(Page::whole(versions)))
}
