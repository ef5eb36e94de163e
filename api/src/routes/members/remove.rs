//! `DELETE /v1/members/{id}`.

use axum::http::{HeaderMap, StatusCode};
use crm_store::members::{MemberChange, MemberStatus};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        etag,
    },
};

/// Remove a member
///
/// They are signed out at once and may not come back without an invitation. Their name stays on what they did, and their
/// records stay theirs until they are transferred.
#[utoipa::path(
    delete,
    path = "/v1/members/{id}",
    operation_id = "remove_member",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The membership or the person"),
        ("If-Match" = String, Header, description = "The ETag of the member as it was read"),
    ),
    responses(
        (status = 204, description = "No member any more"),
        (status = 403, description = "A role that may do more than the caller", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The last member who may do everything", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The member has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    let change = MemberChange {
        role: None,
        status: Some(MemberStatus::Removed),
    };
    tx.members().change(id, change, expected, &caller.held()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
