//! `GET /v1/articles/{id}`.

use axum::response::Response;
use uuid::Uuid;

use super::ArticleView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read an article with the text of its newest version
#[utoipa::path(
    get,
    path = "/v1/articles/{id}",
    operation_id = "get_article",
    tag = "articles",
    params(("id" = Uuid, Path, description = "The article")),
    responses(
        (status = 200, description = "The article", body = ArticleView, headers(("ETag" = String))),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadArticles>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let article = tx
        .articles()
        .get(id.into())
        .await?
        .ok_or_else(|| Problem::not_found("article"))?;
    let latest = tx
        .articles()
        .latest_version(article.id)
        .await?
        .ok_or_else(|| Problem::not_found("article"))?;
    Ok(ArticleView {
        article: article.into(),
        latest: latest.into(),
    }
    .respond())
}
