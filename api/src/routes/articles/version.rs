//! `GET /v1/articles/{id}/versions/{number}`.

use axum::Json;
use uuid::Uuid;

use super::view::VersionView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read one version with its text, as an answer may have cited it
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/versions/{number}",
    operation_id = "get_article_version",
    tag = "articles",
    params(("id" = Uuid, Path, description = "The article"), ("number" = i32, Path, description = "Counts from 1")),
    responses(
        (status = 200, description = "The version", body = VersionView),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadArticles>,
    Path((id, number)): Path<(Uuid, i32)>,
) -> Result<Json<VersionView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let version = tx.articles().version_number(id.into(), number).await?;
    version
        .map(|version| Json(version.into()))
        .ok_or_else(|| Problem::not_found("version"))
}
