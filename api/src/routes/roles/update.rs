//! `PATCH /v1/roles/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::roles::RoleDraft;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{RoleView, view::PermissionsView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path, present},
        etag,
    },
};

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::option_option,
    reason = "a null takes a value away, and what is left out stays"
)]
pub struct UpdateRole {
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// What it is for.
    #[schema(max_length = 400)]
    description: Option<String>,
    /// The role above; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<Option<Uuid>>,
    /// What it may do, whole.
    permissions: Option<PermissionsView>,
}

/// Change a role
///
/// It holds for its members from their next request on. The role `admin` cannot be changed.
#[utoipa::path(
    patch,
    path = "/v1/roles/{id}",
    operation_id = "update_role",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The ETag of the role as it was read"),
    ),
    request_body = UpdateRole,
    responses(
        (status = 200, description = "The role", body = RoleView, headers(("ETag" = String))),
        (status = 403, description = "It allows or would allow what the caller may not do", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The role has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateRole>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let change = body.value;
    let mut tx = caller.store().begin().await?;
    let before = tx
        .roles()
        .get(id)
        .await?
        .ok_or_else(|| Problem::not_found("role"))?;
    let draft = RoleDraft {
        name: change.name.unwrap_or(before.name),
        description: change.description.unwrap_or(before.description),
        parent_id: change.parent_id.unwrap_or(before.parent_id),
        permissions: change.permissions.map_or(before.permissions, Into::into),
    };
    let role = tx.roles().update(id, &draft, expected, &caller.held()).await?;
    tx.commit().await?;
    Ok(RoleView::from(role).respond(StatusCode::OK))
}
