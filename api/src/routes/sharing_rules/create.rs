//! `POST /v1/sharing-rules`.

use axum::{http::StatusCode, response::Response};

use super::{NewRule, RuleView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// Make a sharing rule
///
/// Records that match already are opened by a job right after; those that come to match, at once.
#[utoipa::path(
    post,
    path = "/v1/sharing-rules",
    operation_id = "create_sharing_rule",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = NewRule,
    responses(
        (status = 201, description = "The rule", body = RuleView, headers(("ETag" = String))),
        (status = 403, description = "It would open what the caller may not see or change", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields, or a filter that cannot be asked", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageRoles>,
    once: Once,
    body: Json<NewRule>,
) -> Result<Response, Problem> {
    let new = body.value.checked(&caller.held())?;
    let mut tx = caller.store().begin().await?;
    let rule = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let rule = tx.sharing_rules().create(&new).await?;
            once.done(&mut tx, 201, Some(rule.id)).await?;
            rule
        }
        Entered::Before { resource, .. } => {
            let id = resource.ok_or_else(|| Problem::not_found("sharing rule"))?;
            tx.sharing_rules()
                .get(id)
                .await?
                .ok_or_else(|| Problem::not_found("sharing rule"))?
        }
    };
    tx.commit().await?;
    Ok(RuleView::from(rule).respond(StatusCode::CREATED))
}
