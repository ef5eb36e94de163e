//! Webhooks and deliveries as clients see them.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::webhooks::{Delivery, Endpoint, NewSecret};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Problem, http::etag, outbound, state::AppState};

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    /// The webhook.
    id: Uuid,
    /// Where events are posted to.
    #[schema(example = "https://example.com/crm-events")]
    url: String,
    /// What it is for.
    description: Option<String>,
    /// Which events.
    #[schema(example = json!(["lead.created", "case.*"]))]
    events: Vec<String>,
    /// `active`, `paused`, or `disabled` after too many failures.
    #[schema(example = "active")]
    status: &'static str,
    /// Why it was disabled.
    disabled_reason: Option<String>,
    /// Attempts that failed since the last one that did not.
    failures: i32,
    /// Since when it fails.
    failing_since: Option<DateTime<Utc>>,
    /// Nothing is sent before.
    paused_until: Option<DateTime<Utc>>,
    /// Until when its former secret signs too.
    old_secret_until: Option<DateTime<Utc>>,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

/// A webhook with a secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// The webhook.
    #[serde(flatten)]
    webhook: WebhookView,
    /// What events are signed with. It is told once and cannot be read again.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events,
            status: endpoint.status.as_str(),
            disabled_reason: endpoint.disabled_reason,
            failures: endpoint.failures,
            failing_since: endpoint.failing_since,
            paused_until: endpoint.paused_until,
            old_secret_until: endpoint.old_secret_until,
            version: endpoint.version,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

impl WebhookView {
    /// The response with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }

    /// The response with the secret, the only one that has it.
    pub(super) fn respond_with(self, secret: &NewSecret, status: StatusCode) -> Response {
        let version = self.version;
        let body = WebhookWithSecret {
            webhook: self,
            secret: secret.0.to_text(),
        };
        etag::tagged(version, (status, Json(body)))
    }
}

/// Refuses a URL that is no web address, or whose host is written as one that may not be called.
pub(super) fn check_url(state: &AppState, url: &str) -> Result<(), Problem> {
    outbound::check(url, state.config.webhooks.allow_private)
        .map(drop)
        .map_err(|refused| Problem::field("/url", refused.to_string()))
}

/// An event for a webhook, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// The delivery.
    id: Uuid,
    /// What the receiver knows as `webhook-id`: the same in every attempt and replay.
    #[schema(example = "msg_0198f3a27c1e7d439f0e2b1a6c5d4e3f")]
    webhook_id: String,
    /// What happened.
    #[schema(example = "lead.created")]
    event: String,
    /// What is posted.
    #[schema(value_type = Object)]
    body: Value,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    state: &'static str,
    /// Attempts that were made.
    attempts: i32,
    /// When it is tried next.
    next_at: Option<DateTime<Utc>>,
    /// The status of the last answer.
    status: Option<i32>,
    /// How long the last attempt took.
    latency_ms: Option<i32>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// One entry for each attempt: when, status, latency, error, the start of the answer.
    #[schema(value_type = Vec<Object>)]
    log: Value,
    /// The delivery that this one repeats.
    replay_of: Option<Uuid>,
    /// When the event happened, or was replayed.
    created_at: DateTime<Utc>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_id: format!("msg_{}", delivery.event_id.simple()),
            event: delivery.event,
            body: serde_json::from_str(&delivery.body).unwrap_or_default(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_at: delivery.next_at,
            status: delivery.status,
            latency_ms: delivery.latency_ms,
            error: delivery.error,
            log: delivery.log,
            replay_of: delivery.replay_of,
            created_at: delivery.created_at,
        }
    }
}
