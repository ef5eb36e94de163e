//! `POST /v1/conversations`.

use axum::{http::StatusCode, response::Response};
use crm_store::conversations::{Channel, NewConversation};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ConversationView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// A conversation to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConversation {
    /// Where it takes place: `email`, `whatsapp`, `phone`, `chat`, `sms`, `social`, `console`, `api`.
    #[schema(value_type = String, example = "email")]
    channel: Channel,
    /// What it is about.
    #[schema(max_length = 300)]
    subject: Option<String>,
    /// ISO 639 code.
    language: Option<String>,
    /// Who looks after it.
    owner_id: Option<Uuid>,
    /// The contact that it is with.
    contact_id: Option<Uuid>,
    /// The lead that it is with.
    lead_id: Option<Uuid>,
    /// The case that it is about.
    case_id: Option<Uuid>,
    /// The queue in which it waits for a human.
    queue_id: Option<Uuid>,
    /// The number or address that the person writes from.
    #[schema(max_length = 320)]
    address: Option<String>,
}

/// Begin a conversation
#[utoipa::path(
    post,
    path = "/v1/conversations",
    operation_id = "create_conversation",
    tag = "conversations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateConversation,
    responses(
        (status = 201, description = "The conversation", body = ConversationView, headers(("ETag" = String))),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteConversations>,
    once: Once,
    body: Json<CreateConversation>,
) -> Result<Response, Problem> {
    let new = body.value;
    let new = NewConversation {
        channel: new.channel,
        subject: new.subject,
        language: new.language,
        owner_id: new.owner_id.map(Into::into),
        contact_id: new.contact_id,
        lead_id: new.lead_id,
        case_id: new.case_id,
        queue_id: new.queue_id,
        address: new.address,
    };
    let mut tx = caller.store().begin().await?;
    let conversation = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let made = tx.conversations().begin(&new).await?;
            once.done(&mut tx, 201, Some(made.id.uuid())).await?;
            made
        }
        Entered::Before { resource, .. } => {
            let id = resource.ok_or_else(|| Problem::not_found("conversation"))?;
            let found = tx.conversations().get(id.into()).await?;
            found.ok_or_else(|| Problem::not_found("conversation"))?
        }
    };
    tx.commit().await?;
    Ok(ConversationView::from(conversation).respond(StatusCode::CREATED))
}
