//! `GET /v1/sharing-rules/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::RuleView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a sharing rule
#[utoipa::path(
    get,
    path = "/v1/sharing-rules/{id}",
    operation_id = "get_sharing_rule",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The rule")),
    responses(
        (status = 200, description = "The rule", body = RuleView, headers(("ETag" = String))),
        (status = 404, description = "No such rule", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let rule = tx
        .sharing_rules()
        .get(id)
        .await?
        .ok_or_else(|| Problem::not_found("sharing rule"))?;
    Ok(RuleView::from(rule).respond(StatusCode::OK))
}
