//! `GET /v1/roles`.

use axum::Json;

use super::RoleView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
};

/// List roles, by name
#[utoipa::path(
    get,
    path = "/v1/roles",
    operation_id = "list_roles",
    tag = "administration",
    responses(
        (status = 200, description = "All of them; an organisation has few", body = Page<RoleView>),
        (status = 403, description = "For those who administer roles, members or keys", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadRoles>) -> Result<Json<Page<RoleView>>, Problem> {
    let mut tx = caller.store().begin().await?;
    let roles = tx.roles().list().await?;
    Ok(Json(Page::whole(roles)))
}
