//! What was said in conversations.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    StoreError,
    behaviour::{
        message,
        mood::{MoodLabel, mood},
    },
    changes::INDEX_RECORD,
    conversations::{Channel, Conversations},
    feed::{self, FeedEvent},
    ids::{ConversationId, MessageId},
    leads,
    models::ModelKind,
    page::{Cursor, Page, read_limit},
    scores,
    text_enum::text_enum,
};

text_enum! {
    /// Which way a message goes.
    pub enum Direction {
        /// From the person outside.
        Inbound = "inbound",
        /// To the person outside.
        Outbound = "outbound",
        /// Among the tenant's own people.
        Internal = "internal",
    }
}

text_enum! {
    /// What a message is.
    pub enum MessageKind {
        /// A line of a chat.
        Text = "text",
        /// A mail.
        Email = "email",
        /// A note of the team.
        Note = "note",
        /// What was said on the telephone.
        Transcript = "transcript",
    }
}

text_enum! {
    /// How far a message got.
    pub enum DeliveryStatus {
        /// It waits to be sent.
        Queued = "queued",
        /// The provider has it.
        Sent = "sent",
        /// The person's device has it.
        Delivered = "delivered",
        /// The person opened it.
        Read = "read",
        /// It did not get there.
        Failed = "failed",
        /// It came from the person.
        Received = "received",
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Which way it goes.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// `user`, `api_key`, `visitor`, `job`, or `agent` for words of a model.
    pub author_kind: String,
    /// Who wrote it; the run, for words of a model.
    pub author_id: Option<Uuid>,
    /// The words.
    pub body: String,
    /// ISO 639 code.
    pub language: Option<String>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The number or address that it came from.
    pub sender_address: Option<String>,
    /// The number or address that it went to.
    pub recipient_address: Option<String>,
    /// The id in the channel that it came or went through.
    pub provider_message_id: Option<String>,
    /// The provider's id of the message that it answers.
    pub in_reply_to: Option<String>,
    /// How far it got.
    pub delivery_status: Option<DeliveryStatus>,
    /// When it got there.
    pub delivered_at: Option<DateTime<Utc>>,
    /// -1 (very bad) to 1 (very good).
    pub sentiment: Option<Decimal>,
    /// How sure the sentiment is, 0 to 1.
    pub sentiment_confidence: Option<Decimal>,
    /// Which way the sentiment points.
    pub sentiment_label: Option<MoodLabel>,
    /// 0 to 100.
    pub urgency: Option<i32>,
}

macro_rules! columns {
    () => {
        "id, conversation_id, direction, kind, author_kind, author_id, body, language, created_at, subject, \
         sender_address, recipient_address, provider_message_id, in_reply_to, delivery_status, delivered_at, \
         sentiment, sentiment_confidence, sentiment_label, urgency"
    };
}

/// How a message comes or goes, where it does so through a channel outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transport {
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The number or address that it comes from.
    pub sender_address: Option<String>,
    /// The number or address that it goes to.
    pub recipient_address: Option<String>,
    /// The id in the channel: once per channel.
    pub provider_message_id: Option<String>,
    /// The provider's id of the message that it answers.
    pub in_reply_to: Option<String>,
    /// How far it got.
    pub delivery_status: Option<DeliveryStatus>,
}

/// Whom a conversation is with.
#[derive(sqlx::FromRow)]
struct With {
    channel: Channel,
    lead_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    case_id: Option<Uuid>,
}

/// Who a new message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Whoever opened the transaction.
    Actor,
    /// An agent, in this run.
    Agent(crate::ids::RunId),
}

/// A message to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Which way it goes.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// Who it is from.
    pub author: Author,
    /// The words.
    pub body: String,
    /// ISO 639 code.
    pub language: Option<String>,
}

impl Conversations<'_> {
    /// Adds a message to a conversation.
    pub async fn say(&mut self, id: ConversationId, new: &NewMessage) -> Result<Message, StoreError> {
        self.post(id, new, &Transport::default()).await
    }

    /// Adds a message that came, or is to go, through a channel outside.
    ///
    /// A message with a provider's id that the channel has already is a conflict on `messages_provider_message_id_key`.
    pub async fn post(
        &mut self,
        id: ConversationId,
        new: &NewMessage,
        transport: &Transport,
    ) -> Result<Message, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let (author_kind, author_id) = match new.author {
            Author::Actor => (grant.actor().kind(), grant.actor().id()),
            Author::Agent(run) => ("agent", run.uuid()),
        };
        let with: Option<With> = sqlx::query_as(
            "UPDATE conversations SET message_count = message_count + 1, last_message_at = $2, \
                 language = COALESCE(language, $3), version = version + 1, updated_at = $2 WHERE id = $1 \
             RETURNING channel, lead_id, contact_id, case_id",
        )
        .bind(id)
        .bind(now)
        .bind(&new.language)
        .fetch_optional(self.0.conn())
        .await?;
        let with = with.ok_or(StoreError::NotFound { what: "conversation" })?;
        let mood = mood(&new.body, new.language.as_deref());
        let message: Message = sqlx::query_as(concat!(
            "INSERT INTO messages (tenant_id, id, conversation_id, direction, kind, author_kind, author_id, body, language, \
                 created_at, channel, subject, sender_address, recipient_address, provider_message_id, in_reply_to, \
                 delivery_status, lead_id, contact_id, case_id, sentiment, sentiment_confidence, sentiment_label, urgency, processed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
                 $23, $24, $10) RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(MessageId::new())
        .bind(id)
        .bind(new.direction)
        .bind(new.kind)
        .bind(author_kind)
        .bind(author_id)
        .bind(&new.body)
        .bind(&new.language)
        .bind(now)
        .bind(with.channel)
        .bind(&transport.subject)
        .bind(&transport.sender_address)
        .bind(&transport.recipient_address)
        .bind(&transport.provider_message_id)
        .bind(&transport.in_reply_to)
        .bind(transport.delivery_status)
        .bind(with.lead_id)
        .bind(with.contact_id)
        .bind(with.case_id)
        .bind(mood.sentiment)
        .bind(mood.sentiment_confidence)
        .bind(mood.label)
        .bind(mood.urgency)
        .fetch_one(self.0.conn())
        .await?;
        let event = FeedEvent {
            refs: json!({ "conversation_id": id }),
            ..FeedEvent::new("message", "created", message.id.uuid())
        };
        feed::publish(self.0, &[event]).await?;
        let key = format!("message:{}", message.id);
        self.0.jobs().enqueue_all(INDEX_RECORD, &[key]).await?;
        if let Some(lead) = with.lead_id {
            // What the team notes for itself moves no score. As after a change of the lead, its score comes first: whoever
            // waits for these jobs waits for them in one order.
            if new.direction != Direction::Internal {
                scores::moved_by(self.0, ModelKind::Lead, &[lead]).await?;
            }
            if new.direction == Direction::Inbound {
                leads::look(self.0, &[lead]).await?;
            }
        }
        message::said(self.0, with.case_id, new.direction, new.author, &mood).await?;
        Ok(message)
    }

    /// One message.
    pub async fn message(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(
            sqlx::query_as(concat!("SELECT ", columns!(), " FROM messages WHERE id = $1"))
                .bind(id)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// What was said in a conversation, oldest first.
    pub async fn messages(
        &mut self,
        id: ConversationId,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Message>, StoreError> {
        let rows = sqlx::query_as(
        concat!("SELECT ", columns!(), " \
             FROM messages WHERE conversation_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3)) \
             ORDER BY created_at, id LIMIT $4"),
        )
        .bind(id)
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |row: &Message| Cursor {
            at: row.created_at,
            id: row.id.uuid(),
        }))
    }
}
