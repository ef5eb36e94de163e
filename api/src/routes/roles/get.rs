//! `GET /v1/roles/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::RoleView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a role
#[utoipa::path(
    get,
    path = "/v1/roles/{id}",
    operation_id = "get_role",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The role")),
    responses(
        (status = 200, description = "The role", body = RoleView, headers(("ETag" = String))),
        (status = 404, description = "No such role", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadRoles>, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let role = tx
        .roles()
        .get(id)
        .await?
        .ok_or_else(|| Problem::not_found("role"))?;
    Ok(RoleView::from(role).respond(StatusCode::OK))
}
