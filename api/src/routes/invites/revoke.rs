//! `DELETE /v1/invites/{id}`.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Withdraw an invitation
#[utoipa::path(
    delete,
    path = "/v1/invites/{id}",
    operation_id = "revoke_invite",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The invitation")),
    responses(
        (status = 204, description = "Its link works no more"),
        (status = 404, description = "No such open invitation", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.invites().revoke(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
