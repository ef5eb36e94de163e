//! `PATCH /v1/webhooks/{id}`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::webhooks::{EndpointPatch, EndpointStatus};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{WebhookView, view::check_url};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
    state::AppState,
};

/// The fields to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhook {
    /// Where events are posted to.
    url: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Which events.
    events: Option<Vec<String>>,
    /// `active` starts it afresh, also one that was disabled; `paused` stops it, and what happens meanwhile is not told.
    #[schema(value_type = Option<String>, example = "active")]
    status: Option<EndpointStatus>,
}

/// Change a webhook
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    operation_id = "update_webhook",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the webhook as you have read it"),
    ),
    request_body = UpdateWebhook,
    responses(
        (status = 200, description = "The webhook", body = WebhookView, headers(("ETag" = String))),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateWebhook>,
) -> Result<Response, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let change = body.value;
    if let Some(url) = &change.url {
        check_url(&state, url)?;
    }
    let patch = EndpointPatch {
        url: change.url,
        description: change.description.map(Some),
        events: change.events,
        status: change.status,
    };
    let mut tx = caller.store().begin().await?;
    let endpoint = tx.webhooks().update(id, &patch, expected).await?;
    tx.commit().await?;
    Ok(WebhookView::from(endpoint).respond(StatusCode::OK))
}
