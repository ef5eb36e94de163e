//! What was said in conversations.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    StoreError,
    conversations::Conversations,
    ids::{ConversationId, MessageId},
    page::{Cursor, Page, read_limit},
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
        let (grant, now) = (*self.0.grant(), self.0.now());
        let (author_kind, author_id) = match new.author {
            Author::Actor => (grant.actor().kind(), grant.actor().id()),
            Author::Agent(run) => ("agent", run.uuid()),
        };
        let counted = sqlx::query(
            "UPDATE conversations SET message_count = message_count + 1, last_message_at = $2, \
                 language = COALESCE(language, $3), version = version + 1, updated_at = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(now)
        .bind(&new.language)
        .execute(self.0.conn())
        .await?;
        if counted.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "conversation" });
        }
        Ok(sqlx::query_as(
            "INSERT INTO messages (tenant_id, id, conversation_id, direction, kind, author_kind, author_id, body, language, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             RETURNING id, conversation_id, direction, kind, author_kind, author_id, body, language, created_at",
        )
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
        .fetch_one(self.0.conn())
        .await?)
    }

    /// What was said in a conversation, oldest first.
    pub async fn messages(
        &mut self,
        id: ConversationId,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Message>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT id, conversation_id, direction, kind, author_kind, author_id, body, language, created_at \
             FROM messages WHERE conversation_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3)) \
             ORDER BY created_at, id LIMIT $4",
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
