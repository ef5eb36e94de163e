//! `POST /v1/roles`.

use axum::{http::StatusCode, response::Response};
use crm_store::roles::RoleDraft;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{RoleView, view::PermissionsView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// A role to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Its name, unique in the organisation.
    #[schema(example = "junior sales", min_length = 1, max_length = 80)]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 400)]
    description: String,
    /// The role above: its members see what the members of this one own.
    parent_id: Option<Uuid>,
    /// What it may do; nothing that the caller may not.
    #[serde(default)]
    permissions: PermissionsView,
}

/// Make a role
#[utoipa::path(
    post,
    path = "/v1/roles",
    operation_id = "create_role",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateRole,
    responses(
        (status = 201, description = "The role", body = RoleView, headers(("ETag" = String))),
        (status = 403, description = "It would allow what the caller may not do", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    once: Once,
    body: Json<CreateRole>,
) -> Result<Response, Problem> {
    let new = body.value;
    let mut tx = caller.store().begin().await?;
    let role = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let draft = RoleDraft {
                name: new.name,
                description: new.description,
                parent_id: new.parent_id,
                permissions: new.permissions.into(),
            };
            let role = tx.roles().create(&draft, &caller.held()).await?;
            once.done(&mut tx, 201, Some(role.id)).await?;
            role
        }
        Entered::Before { resource, .. } => {
            let id = resource.ok_or_else(|| Problem::not_found("role"))?;
            tx.roles()
                .get(id)
                .await?
                .ok_or_else(|| Problem::not_found("role"))?
        }
    };
    tx.commit().await?;
    Ok(RoleView::from(role).respond(StatusCode::CREATED))
}
