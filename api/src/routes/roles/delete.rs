//! `DELETE /v1/roles/{id}`.

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

/// Delete a role that nobody has
#[utoipa::path(
    delete,
    path = "/v1/roles/{id}",
    operation_id = "delete_role",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The ETag of the role as it was read"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "A role of every organisation, or one that may do more than the caller", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Members, invitations, keys or roles below still use it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The role has changed since", body = ProblemBody, content_type = "application/problem+json"),
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
    tx.roles().delete(id, expected, &caller.held()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
