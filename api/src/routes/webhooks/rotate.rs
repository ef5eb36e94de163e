//! `POST /v1/webhooks/{id}/rotate-secret`.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{WebhookView, WebhookWithSecret};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
    },
};

/// A week: by then every receiver has the new secret.
const LONGEST: u32 = 168;

/// How to change secrets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSecret {
    /// For how many hours the former secret signs too, up to 168; a leaked one wants 0.
    #[serde(default = "a_day")]
    #[schema(default = 24, maximum = 168)]
    overlap_hours: u32,
}

const fn a_day() -> u32 {
    24
}

/// Give a webhook a new secret
///
/// Until the former one ends, events carry a signature of each. Repeating the request makes another secret.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/rotate-secret",
    operation_id = "rotate_webhook_secret",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The webhook")),
    request_body = RotateSecret,
    responses(
        (status = 200, description = "The webhook with its new secret", body = WebhookWithSecret, headers(("ETag" = String))),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
    body: Json<RotateSecret>,
) -> Result<Response, Problem> {
    let hours = body.value.overlap_hours;
    if hours > LONGEST {
        return Err(Problem::field("/overlap_hours", "must be at most 168"));
    }
    let overlap = Duration::from_hours(hours.into());
    let mut tx = caller.store().begin().await?;
    let (endpoint, secret) = tx.webhooks().rotate(id, overlap).await?;
    tx.commit().await?;
    Ok(WebhookView::from(endpoint).respond_with(&secret, StatusCode::OK))
}
