//! `GET /v1/members/{id}/sessions`.

use axum::Json;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    routes::me::SessionList,
};

/// List where a member is signed in
#[utoipa::path(
    get,
    path = "/v1/members/{id}/sessions",
    operation_id = "list_member_sessions",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The membership or the person")),
    responses(
        (status = 200, description = "The open sessions in this organisation", body = SessionList),
        (status = 403, description = "For those who administer members", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Path(id): Path<Uuid>,
) -> Result<Json<SessionList>, Problem> {
    let mut tx = caller.store().begin().await?;
    let sessions = tx.sessions().of_member(id).await?;
    Ok(Json(SessionList::of(sessions, caller.authenticated().session)))
}
