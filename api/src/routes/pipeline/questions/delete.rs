//! `DELETE /v1/pipeline/questions/{id}`.

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

/// Remove a saved question
#[utoipa::path(
    delete,
    path = "/v1/pipeline/questions/{id}",
    operation_id = "delete_question",
    tag = "pipeline",
    params(
        ("id" = Uuid, Path, description = "The question"),
        ("If-Match" = String, Header, description = "The ETag of the question as it was read"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such question of yours", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    tx.questions().delete(id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
