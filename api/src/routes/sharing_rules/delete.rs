//! `DELETE /v1/sharing-rules/{id}`.

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

/// Delete a sharing rule, and close what it opened
#[utoipa::path(
    delete,
    path = "/v1/sharing-rules/{id}",
    operation_id = "delete_sharing_rule",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The rule"),
        ("If-Match" = String, Header, description = "The ETag of the rule as it was read"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No such rule", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The rule has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    tx.sharing_rules().delete(id, Some(expected)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
