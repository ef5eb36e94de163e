//! `PUT /v1/settings/retention`.

use axum::Json as JsonBody;

use super::RetentionView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
    },
};

/// Decide for how long things are kept
///
/// What is older goes within hours, in small steps, and does not come back.
#[utoipa::path(
    put,
    path = "/v1/settings/retention",
    operation_id = "set_retention",
    tag = "administration",
    request_body = RetentionView,
    responses(
        (status = 200, description = "Days, by kind", body = RetentionView),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageSettings>,
    body: Json<RetentionView>,
) -> Result<JsonBody<RetentionView>, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.set_retention(&body.value.into()).await?;
    let kept = tx.retention().await?;
    tx.commit().await?;
    Ok(JsonBody(kept.into()))
}
