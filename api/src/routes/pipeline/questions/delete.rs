//! `DELETE /v1/pipeline/questions/{id}`.

use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::view::Looking;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        etag,
    },
};

/// Remove a saved question
///
/// Your own, or a shared one when you administer the settings.
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
        (status = 403, description = "Somebody else's, shared with you", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such question that you may see", body = ProblemBody, content_type = "application/problem+json"),
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
    if let Some(saved) = tx.questions().get(id).await? {
        Looking::of(&caller, &mut tx).await?.check(&saved)?;
    }
    tx.questions().delete(id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
