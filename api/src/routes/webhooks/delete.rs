//! `DELETE /v1/webhooks/{id}`: with what it was to be told, and its log.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Delete a webhook and its deliveries
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    operation_id = "delete_webhook",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The webhook")),
    responses(
        (status = 204, description = "It is told nothing any more"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.webhooks().delete(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
