//! `POST /v1/conversations/{id}/messages`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::{
    conversations::Channel,
    ids::MessageId,
    inbound::ChannelKind,
    messages::{Author, DeliveryStatus, Direction, Message, MessageKind, NewMessage, Transport},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::MessageView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        idempotency::{Entered, Once},
    },
};

/// A message to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostMessage {
    /// The words.
    #[schema(example = "Thank you, a colleague will call you.", min_length = 1)]
    body: String,
    /// `outbound` to the person, `internal` among the team, `inbound` where a program passes on what came in.
    #[serde(default = "outbound")]
    #[schema(value_type = String, default = "outbound")]
    direction: Direction,
    /// `text`, `email`, `note` or `transcript`; what fits the conversation when left out.
    #[schema(value_type = Option<String>)]
    kind: Option<MessageKind>,
    /// ISO 639 code.
    language: Option<String>,
    /// The subject of a mail.
    #[schema(max_length = 500)]
    subject: Option<String>,
    /// The id in the channel that it went through; receipts of the provider are noted under it.
    #[schema(max_length = 500)]
    provider_message_id: Option<String>,
    /// The provider's id of the message that it answers.
    in_reply_to: Option<String>,
}

const fn outbound() -> Direction {
    Direction::Outbound
}

/// Write a message in a conversation
///
/// It is kept with its author. Sending it is the business of whoever speaks to the channel: an outbound message is
/// `queued` until its provider's id is given or a receipt says more.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/messages",
    operation_id = "post_conversation_message",
    tag = "conversations",
    params(
        ("id" = Uuid, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = PostMessage,
    responses(
        (status = 201, description = "The message", body = MessageView),
        (status = 404, description = "No such conversation", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The channel has a message with this provider_message_id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteConversations>,
    Path(id): Path<Uuid>,
    once: Once,
    body: Json<PostMessage>,
) -> Result<(StatusCode, JsonBody<MessageView>), Problem> {
    let new = body.value;
    let mut tx = caller.store().begin().await?;
    let found = tx.conversations().get(id.into()).await?;
    let conversation = found.ok_or_else(|| Problem::not_found("conversation"))?;
    let message = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let transport = Transport {
                subject: new.subject,
                recipient_address: conversation
                    .address
                    .filter(|_| new.direction == Direction::Outbound),
                delivery_status: status(new.direction, new.provider_message_id.is_some()),
                provider_message_id: new.provider_message_id,
                in_reply_to: new.in_reply_to,
                ..Transport::default()
            };
            let message = NewMessage {
                direction: new.direction,
                kind: new
                    .kind
                    .unwrap_or_else(|| kind(conversation.channel, new.direction)),
                author: Author::Actor,
                body: new.body,
                language: new.language,
            };
            let mut made = tx
                .conversations()
                .post(conversation.id, &message, &transport)
                .await?;
            if let (Some(channel), Some(known)) = (door(conversation.channel), &transport.provider_message_id)
            {
                tx.catch_up_receipt(channel, known).await?;
                made = read(&mut tx, made.id).await?;
            }
            once.done(&mut tx, 201, Some(made.id.uuid())).await?;
            made
        }
        Entered::Before { resource, .. } => {
            let id = resource.ok_or_else(|| Problem::not_found("message"))?;
            read(&mut tx, id.into()).await?
        }
    };
    tx.commit().await?;
    Ok((StatusCode::CREATED, JsonBody(MessageView::from(message))))
}

async fn read(tx: &mut crm_store::TenantTx, id: MessageId) -> Result<Message, Problem> {
    let found = tx.conversations().message(id).await?;
    found.ok_or_else(|| Problem::not_found("message"))
}

fn kind(channel: Channel, direction: Direction) -> MessageKind {
    match (channel, direction) {
        (_, Direction::Internal) => MessageKind::Note,
        (Channel::Email, _) => MessageKind::Email,
        (Channel::Phone, _) => MessageKind::Transcript,
        _ => MessageKind::Text,
    }
}

const fn status(direction: Direction, is_sent: bool) -> Option<DeliveryStatus> {
    match direction {
        Direction::Outbound if is_sent => Some(DeliveryStatus::Sent),
        Direction::Outbound => Some(DeliveryStatus::Queued),
        Direction::Inbound => Some(DeliveryStatus::Received),
        Direction::Internal => None,
    }
}

const fn door(channel: Channel) -> Option<ChannelKind> {
    match channel {
        Channel::WhatsApp => Some(ChannelKind::WhatsApp),
        Channel::Email => Some(ChannelKind::Email),
        _ => None,
    }
}
