//! `POST /v1/articles/{id}/publish`: lets readers have the newest version.

use axum::{http::HeaderMap, response::Response};
use uuid::Uuid;

use super::{ArticleSummary, turn::Turn};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        idempotency::Once,
    },
};

/// Publish the newest version
///
/// From now on it is what is retrieved and cited.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/publish",
    operation_id = "publish_article",
    tag = "articles",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the article as you have read it"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    responses(
        (status = 200, description = "The article", body = ArticleSummary, headers(("ETag" = String))),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It is in no state for this", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteArticles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    once: Once,
) -> Result<Response, Problem> {
    Turn::Publish.take(caller.store(), id, &headers, &once).await
}
