//! `DELETE /v1/members/{id}/sessions/{session}`.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Sign a member out somewhere
///
/// The session's tokens are refused from now on, on every replica.
#[utoipa::path(
    delete,
    path = "/v1/members/{id}/sessions/{session}",
    operation_id = "end_member_session",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The membership or the person"),
        ("session" = Uuid, Path, description = "The session"),
    ),
    responses(
        (status = 204, description = "It has ended"),
        (status = 403, description = "A member who may do more than the caller", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member or open session", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Path((id, session)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.sessions().end_of_member(id, session, &caller.held()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
