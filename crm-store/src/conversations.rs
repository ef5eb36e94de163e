//! Conversations with people.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::QueryBuilder;

use crate::{
    Actor, StoreError, TenantTx,
    ids::{ConversationId, UserId, VisitorId},
    page::{Cursor, Page, read_limit},
    text_enum::text_enum,
};

text_enum! {
    /// Where a conversation takes place.
    pub enum Channel {
        /// The chat widget on a website.
        Widget = "widget",
        /// The console of the support team.
        Console = "console",
        /// A program of the tenant.
        Api = "api",
        /// Electronic mail.
        Email = "email",
        /// The telephone.
        Phone = "phone",
        /// Another chat.
        Chat = "chat",
        /// WhatsApp and messengers like it.
        WhatsApp = "whatsapp",
        /// Text messages of the telephone.
        Sms = "sms",
        /// A social network.
        Social = "social",
    }
}

text_enum! {
    /// Where a conversation stands.
    pub enum ConversationStatus {
        /// It goes on, with an agent.
        Open = "open",
        /// A human has it.
        HandedOff = "handed_off",
        /// It has ended.
        Closed = "closed",
    }
}

text_enum! {
    /// What came of a conversation.
    pub enum ConversationOutcome {
        /// The matter is settled.
        Resolved = "resolved",
        /// A human has taken it on.
        HandedOff = "handed_off",
        /// The lead is worth a seller's time.
        Qualified = "qualified",
        /// The lead is not, at least now.
        Unqualified = "unqualified",
        /// A follow-up was booked.
        Booked = "booked",
        /// The person went away.
        Abandoned = "abandoned",
    }
}

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Conversation {
    /// The conversation.
    pub id: ConversationId,
    /// Where it takes place.
    pub channel: Channel,
    /// The visitor of the widget, if it is one.
    pub visitor_id: Option<VisitorId>,
    /// What it is about.
    pub subject: Option<String>,
    /// Where it stands.
    pub status: ConversationStatus,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Who looks after it.
    pub owner_id: Option<UserId>,
    /// How many messages it has.
    pub message_count: i32,
    /// When the last message came.
    pub last_message_at: Option<DateTime<Utc>>,
    /// Counts the changes; the `If-Match` of the next one.
    pub version: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        "id, channel, visitor_id, subject, status, language, owner_id, message_count, last_message_at, version, \
         created_at, updated_at"
    };
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationPatch {
    /// What it is about.
    pub subject: Option<String>,
    /// Where it stands.
    pub status: Option<ConversationStatus>,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Who looks after it; `Some(None)` takes it away.
    pub owner_id: Option<Option<UserId>>,
}

/// The conversations that the actor may see.
#[derive(Debug)]
pub struct Conversations<'t>(pub(crate) &'t mut TenantTx);

impl TenantTx {
    /// Conversations and their messages.
    pub fn conversations(&mut self) -> Conversations<'_> {
        Conversations(self)
    }
}

impl Conversations<'_> {
    /// Begins a conversation. A visitor's belongs to that visitor.
    pub async fn create(
        &mut self,
        channel: Channel,
        subject: Option<&str>,
        language: Option<&str>,
    ) -> Result<Conversation, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let visitor = match grant.actor() {
            Actor::Visitor(visitor) => Some(visitor),
            Actor::User(_) | Actor::ApiKey(_) | Actor::Job(_) => None,
        };
        Ok(sqlx::query_as(concat!(
            "INSERT INTO conversations (tenant_id, id, channel, visitor_id, subject, language, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(ConversationId::new())
        .bind(channel)
        .bind(visitor)
        .bind(subject)
        .bind(language)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?)
    }

    /// The conversation with this id.
    pub async fn get(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM conversations WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Conversations, the ones changed last first.
    pub async fn list(
        &mut self,
        status: Option<ConversationStatus>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Conversation>, StoreError> {
        let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM conversations WHERE true"));
        if let Some(status) = status {
            query.push(" AND status = ").push_bind(status);
        }
        if let Some(Cursor { at, id }) = after {
            query
                .push(" AND (updated_at, id) < (")
                .push_bind(at)
                .push(", ")
                .push_bind(id)
                .push(")");
        }
        query
            .push(" ORDER BY updated_at DESC, id DESC LIMIT ")
            .push_bind(read_limit(limit));
        let rows = query.build_query_as().fetch_all(self.0.conn()).await?;
        Ok(Page::cut(rows, limit, |row: &Conversation| Cursor {
            at: row.updated_at,
            id: row.id.uuid(),
        }))
    }

    /// Changes a conversation; with `expected`, only if nobody else did since.
    pub async fn update(
        &mut self,
        id: ConversationId,
        patch: &ConversationPatch,
        expected: Option<i64>,
    ) -> Result<Conversation, StoreError> {
        let now = self.0.now();
        let changed = sqlx::query_as(concat!(
            "UPDATE conversations SET subject = COALESCE($3, subject), status = COALESCE($4, status), \
                 language = COALESCE($5, language), owner_id = CASE WHEN $6 THEN $7 ELSE owner_id END, \
                 version = version + 1, updated_at = $8 \
             WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(expected)
        .bind(&patch.subject)
        .bind(patch.status)
        .bind(&patch.language)
        .bind(patch.owner_id.is_some())
        .bind(patch.owner_id.flatten())
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        match changed {
            Some(conversation) => {
                self.0
                    .audit()
                    .record("update", "conversation", Some(id.uuid()), &[])
                    .await?;
                Ok(conversation)
            }
            None => Err(match self.get(id).await? {
                Some(conversation) => StoreError::Stale {
                    current: conversation.version,
                },
                None => StoreError::NotFound { what: "conversation" },
            }),
        }
    }
}
