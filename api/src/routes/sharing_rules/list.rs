//! `GET /v1/sharing-rules`.

use axum::Json;

use super::RuleView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
};

/// List sharing rules, by name
#[utoipa::path(
    get,
    path = "/v1/sharing-rules",
    operation_id = "list_sharing_rules",
    tag = "administration",
    responses(
        (status = 200, description = "All of them; an organisation has few", body = Page<RuleView>),
        (status = 403, description = "For those who administer roles", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ManageRoles>) -> Result<Json<Page<RuleView>>, Problem> {
    let mut tx = caller.store().begin().await?;
    let rules = tx.sharing_rules().list().await?;
    Ok(Json(Page::whole(rules)))
}
