//! `DELETE /v1/articles/{id}`.

use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        etag,
    },
};

/// Delete an article with all its versions
///
/// An article that answers have cited stays, so that they can be checked: withdraw it instead.
#[utoipa::path(
    delete,
    path = "/v1/articles/{id}",
    operation_id = "delete_article",
    tag = "articles",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = String, Header, description = "The ETag of the article as you have read it"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Answers cite it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteArticles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    tx.articles().delete(id.into(), Some(expected)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
