//! `GET /v1/webhooks/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::WebhookView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a webhook
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    operation_id = "get_webhook",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The webhook")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView, headers(("ETag" = String))),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let found = tx.webhooks().get(id).await?;
    let endpoint = found.ok_or_else(|| Problem::not_found("webhook"))?;
    Ok(WebhookView::from(endpoint).respond(StatusCode::OK))
}
