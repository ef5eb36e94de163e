//! `POST /v1/articles/{id}/withdraw`: takes an article away from readers.

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

/// Withdraw an article
///
/// Nothing retrieves it any more; past answers that quote it are listed at `/answers`.
#[utoipa::path(
    post,
    path = "/v1/articles/{id}/withdraw",
    operation_id = "withdraw_article",
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
    Turn::Withdraw.take(caller.store(), id, &headers, &once).await
}
