//! `PATCH /v1/conversations/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::conversations::{ConversationOutcome, ConversationPatch, ConversationStatus};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ConversationView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path, present},
        etag,
    },
};

/// The fields to change; what is left out stays, `null` clears an id.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    clippy::option_option,
    reason = "a null clears an id, and what is left out stays"
)]
#[serde(deny_unknown_fields)]
pub struct UpdateConversation {
    /// What it is about.
    subject: Option<String>,
    /// `open`, `handed_off` or `closed`.
    #[schema(value_type = Option<String>, example = "closed")]
    status: Option<ConversationStatus>,
    /// ISO 639 code.
    language: Option<String>,
    /// Who looks after it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    owner_id: Option<Option<Uuid>>,
    /// The contact that it is with.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    contact_id: Option<Option<Uuid>>,
    /// The lead that it is with.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    lead_id: Option<Option<Uuid>>,
    /// The case that it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    case_id: Option<Option<Uuid>>,
    /// The queue in which it waits for a human.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    queue_id: Option<Option<Uuid>>,
    /// What came of it.
    #[schema(value_type = Option<String>, example = "resolved")]
    outcome: Option<ConversationOutcome>,
}

/// Change a conversation
#[utoipa::path(
    patch,
    path = "/v1/conversations/{id}",
    operation_id = "update_conversation",
    tag = "conversations",
    params(
        ("id" = Uuid, Path, description = "The conversation"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the conversation as you have read it"),
    ),
    request_body = UpdateConversation,
    responses(
        (status = 200, description = "The conversation", body = ConversationView, headers(("ETag" = String))),
        (status = 404, description = "No such conversation", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteConversations>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateConversation>,
) -> Result<Response, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let change = body.value;
    let patch = ConversationPatch {
        subject: change.subject,
        status: change.status,
        language: change.language,
        owner_id: change.owner_id.map(|owner| owner.map(Into::into)),
        contact_id: change.contact_id,
        lead_id: change.lead_id,
        case_id: change.case_id,
        queue_id: change.queue_id,
        outcome: change.outcome,
    };
    let mut tx = caller.store().begin().await?;
    let conversation = tx.conversations().update(id.into(), &patch, expected).await?;
    tx.commit().await?;
    Ok(ConversationView::from(conversation).respond(StatusCode::OK))
}
