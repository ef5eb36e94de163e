//! `PATCH /v1/members/{id}`: another role, or no way in for now.

use axum::{http::HeaderMap, response::Response};
use crm_store::members::{MemberChange, MemberStatus};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::MemberView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
    routes::auth::role_id,
};

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// The role, by id or by name.
    #[schema(example = "manager")]
    role: Option<String>,
    /// `active` or `disabled`. Whoever is disabled is signed out at once.
    #[schema(value_type = Option<String>, example = "disabled")]
    status: Option<MemberStatus>,
}

/// Change a member's role or status
///
/// Neither the role that they have nor the one that they get may do more than the caller. The last member who may do
/// everything stays one.
#[utoipa::path(
    patch,
    path = "/v1/members/{id}",
    operation_id = "update_member",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The membership or the person"),
        ("If-Match" = String, Header, description = "The ETag of the member as it was read"),
    ),
    request_body = UpdateMember,
    responses(
        (status = 200, description = "The member", body = MemberView, headers(("ETag" = String))),
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
    body: Json<UpdateMember>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let UpdateMember { role, status } = body.value;
    if status == Some(MemberStatus::Removed) {
        return Err(Problem::field("/status", "use DELETE to remove a member"));
    }
    let mut tx = caller.store().begin().await?;
    let role = match role {
        Some(text) => Some(role_id(&mut tx, &text).await?),
        None => None,
    };
    let change = MemberChange { role, status };
    let member = tx.members().change(id, change, expected, &caller.held()).await?;
    tx.commit().await?;
    Ok(MemberView::from(member).respond())
}
