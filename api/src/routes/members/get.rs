//! `GET /v1/members/{id}`.

use axum::response::Response;
use uuid::Uuid;

use super::MemberView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a member
#[utoipa::path(
    get,
    path = "/v1/members/{id}",
    operation_id = "get_member",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The membership or the person")),
    responses(
        (status = 200, description = "The member", body = MemberView, headers(("ETag" = String))),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadMembers>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let member = tx
        .members()
        .get(id)
        .await?
        .ok_or_else(|| Problem::not_found("member"))?;
    Ok(MemberView::from(member).respond())
}
