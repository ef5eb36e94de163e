//! `POST /v1/webhooks`: the only time that its first secret is told.

use axum::{extract::State, http::StatusCode, response::Response};
use crm_store::webhooks::NewEndpoint;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{WebhookView, WebhookWithSecret, view::check_url};
use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
    state::AppState,
};

/// A webhook to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhook {
    /// Where events are posted to.
    #[schema(example = "https://example.com/crm-events", max_length = 2000)]
    url: String,
    /// What it is for.
    #[schema(max_length = 300)]
    description: Option<String>,
    /// Which events: `lead.created`, all of an object `case.*`, or `*`.
    #[schema(example = json!(["lead.created", "case.*"]), min_items = 1, max_items = 50)]
    events: Vec<String>,
}

/// Make a webhook
///
/// Events are posted as JSON with the headers of Standard Webhooks (`webhook-id`, `webhook-timestamp`,
/// `webhook-signature`). A failed one is tried again, with pauses that grow; each has the same id every time.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    operation_id = "create_webhook",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateWebhook,
    responses(
        (status = 201, description = "The webhook with its secret", body = WebhookWithSecret, headers(("ETag" = String))),
        (status = 409, description = "This request was done before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ManageWebhooks>,
    once: Once,
    body: Json<CreateWebhook>,
) -> Result<Response, Problem> {
    let new = body.value;
    check_url(&state, &new.url)?;
    let mut tx = caller.store().begin().await?;
    if let Entered::Before { resource, .. } = once.enter(&mut tx, &body.hash).await? {
        let id = resource.map(|id| id.to_string()).unwrap_or_default();
        return Err(Problem::new(
            ProblemKind::Conflict,
            format!(
                "this request made the webhook {id} before; its secret is told once: rotate it for a new one"
            ),
        ));
    }
    let new = NewEndpoint {
        url: new.url,
        description: new.description,
        events: new.events,
    };
    let (endpoint, secret) = tx.webhooks().create(&new).await?;
    once.done(&mut tx, 201, Some(endpoint.id)).await?;
    tx.commit().await?;
    Ok(WebhookView::from(endpoint).respond_with(&secret, StatusCode::CREATED))
}
