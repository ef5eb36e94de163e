//! `GET /v1/invites`.

use axum::Json;

use super::InviteView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List invitations, newest first
#[utoipa::path(
    get,
    path = "/v1/invites",
    operation_id = "list_invites",
    tag = "administration",
    params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<InviteView>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<InviteView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    Ok(Json(Page::of(
        tx.invites().list(wanted.after, wanted.limit.into()).await?,
    )))
}
