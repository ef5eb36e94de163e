//! `PUT /v1/sharing-rules/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use uuid::Uuid;

use super::{NewRule, RuleView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
};

/// Replace a sharing rule
///
/// What the old one opened closes at once; what the new one opens comes with a job right after.
#[utoipa::path(
    put,
    path = "/v1/sharing-rules/{id}",
    operation_id = "replace_sharing_rule",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The rule"),
        ("If-Match" = String, Header, description = "The ETag of the rule as it was read"),
    ),
    request_body = NewRule,
    responses(
        (status = 200, description = "The rule", body = RuleView, headers(("ETag" = String))),
        (status = 403, description = "It would open what the caller may not see or change", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such rule", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The rule has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields, or a filter that cannot be asked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<NewRule>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let new = body.value.checked(&caller.held())?;
    let mut tx = caller.store().begin().await?;
    let rule = tx.sharing_rules().replace(id, &new, Some(expected)).await?;
    tx.commit().await?;
    Ok(RuleView::from(rule).respond(StatusCode::OK))
}
