//! Conversations and messages as clients see them.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    conversations::{Conversation, ConversationOutcome},
    ids::{UserId, VisitorId},
    messages::{DeliveryStatus, Message},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// A conversation without its messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationView {
    /// The conversation.
    id: Uuid,
    /// Where it takes place.
    #[schema(example = "whatsapp")]
    channel: &'static str,
    /// The visitor of the widget, if it is one.
    visitor_id: Option<Uuid>,
    /// What it is about.
    subject: Option<String>,
    /// `open`, `handed_off` or `closed`.
    #[schema(example = "open")]
    status: &'static str,
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
    address: Option<String>,
    /// What came of it.
    outcome: Option<&'static str>,
    /// How many messages it has.
    message_count: i32,
    /// When the last message came.
    last_message_at: Option<DateTime<Utc>>,
    /// When it ended.
    closed_at: Option<DateTime<Utc>>,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<Conversation> for ConversationView {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id.uuid(),
            channel: conversation.channel.as_str(),
            visitor_id: conversation.visitor_id.map(VisitorId::uuid),
            subject: conversation.subject,
            status: conversation.status.as_str(),
            language: conversation.language,
            owner_id: conversation.owner_id.map(UserId::uuid),
            contact_id: conversation.contact_id,
            lead_id: conversation.lead_id,
            case_id: conversation.case_id,
            queue_id: conversation.queue_id,
            address: conversation.address,
            outcome: conversation.outcome.map(ConversationOutcome::as_str),
            message_count: conversation.message_count,
            last_message_at: conversation.last_message_at,
            closed_at: conversation.closed_at,
            version: conversation.version,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        }
    }
}

impl ConversationView {
    /// The response with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// The message.
    id: Uuid,
    /// Its conversation.
    conversation_id: Uuid,
    /// `inbound`, `outbound` or `internal`.
    #[schema(example = "inbound")]
    direction: &'static str,
    /// `text`, `email`, `note` or `transcript`.
    #[schema(example = "text")]
    kind: &'static str,
    /// `user`, `api_key`, `visitor`, `job`, or `agent` for words of a model.
    author_kind: String,
    /// Who wrote it; the run, for words of a model.
    author_id: Option<Uuid>,
    /// The words.
    body: String,
    /// ISO 639 code.
    language: Option<String>,
    /// The subject of a mail.
    subject: Option<String>,
    /// The number or address that it came from.
    sender_address: Option<String>,
    /// The number or address that it went to.
    recipient_address: Option<String>,
    /// The id in the channel that it came or went through.
    provider_message_id: Option<String>,
    /// The provider's id of the message that it answers.
    in_reply_to: Option<String>,
    /// How far it got.
    delivery_status: Option<&'static str>,
    /// When it got there.
    delivered_at: Option<DateTime<Utc>>,
    /// When it came.
    created_at: DateTime<Utc>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.uuid(),
            conversation_id: message.conversation_id.uuid(),
            direction: message.direction.as_str(),
            kind: message.kind.as_str(),
            author_kind: message.author_kind,
            author_id: message.author_id,
            body: message.body,
            language: message.language,
            subject: message.subject,
            sender_address: message.sender_address,
            recipient_address: message.recipient_address,
            provider_message_id: message.provider_message_id,
            in_reply_to: message.in_reply_to,
            delivery_status: message.delivery_status.map(DeliveryStatus::as_str),
            delivered_at: message.delivered_at,
            created_at: message.created_at,
        }
    }
}
