//! `DELETE /v1/api-keys/{id}`: refuses a key from now on.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Revoke a key
#[utoipa::path(
    delete,
    path = "/v1/api-keys/{id}",
    operation_id = "revoke_api_key",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The key")),
    responses(
        (status = 204, description = "It is refused from now on"),
        (status = 404, description = "No such key", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageKeys>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.keys().revoke(id.into()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
