//! Conversations with people.

mod inputs;

pub use inputs::{ConversationFilter, ConversationPatch, NewConversation};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::{
    Actor, StoreError, TenantTx,
    feed::{self, FeedEvent},
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
        /// `WhatsApp` and messengers like it.
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
    /// The contact that it is with.
    pub contact_id: Option<Uuid>,
    /// The lead that it is with.
    pub lead_id: Option<Uuid>,
    /// The case that it is about.
    pub case_id: Option<Uuid>,
    /// The queue in which it waits for a human.
    pub queue_id: Option<Uuid>,
    /// The number or address that the person writes from.
    pub address: Option<String>,
    /// What came of it.
    pub outcome: Option<ConversationOutcome>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
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
        "id, channel, visitor_id, subject, status, language, owner_id, contact_id, lead_id, case_id, queue_id, address, \
         outcome, closed_at, message_count, last_message_at, version, created_at, updated_at"
    };
}

/// The conversations that the actor may see.
#[derive(Debug)]
pub struct Conversations<'t>(pub(crate) &'t mut TenantTx);

impl TenantTx {
    /// Conversations and their messages.
    pub fn conversations(&mut self) -> Conversations<'_> {
        Conversations(self)
    }

    /// Those of these messages that the actor sees.
    pub async fn messages_seen(&mut self, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        Ok(sqlx::query_scalar("SELECT id FROM messages WHERE id = ANY ($1)")
            .bind(ids)
            .fetch_all(self.conn())
            .await?)
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
        self.begin(&NewConversation {
            subject: subject.map(str::to_owned),
            language: language.map(str::to_owned),
            ..NewConversation::on(channel)
        })
        .await
    }

    /// Begins a conversation with somebody who is known. A visitor's belongs to that visitor.
    pub async fn begin(&mut self, new: &NewConversation) -> Result<Conversation, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let visitor = match grant.actor() {
            Actor::Visitor(visitor) => Some(visitor),
            Actor::User(_) | Actor::ApiKey(_) | Actor::Job(_) => None,
        };
        let made: Conversation = sqlx::query_as(concat!(
            "INSERT INTO conversations (tenant_id, id, channel, visitor_id, subject, language, owner_id, contact_id, lead_id, \
                 case_id, queue_id, address, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(ConversationId::new())
        .bind(new.channel)
        .bind(visitor)
        .bind(&new.subject)
        .bind(&new.language)
        .bind(new.owner_id)
        .bind(new.contact_id)
        .bind(new.lead_id)
        .bind(new.case_id)
        .bind(new.queue_id)
        .bind(&new.address)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.publish("created", &made, &[]).await?;
        Ok(made)
    }

    /// Lets the next statement's writer see these ids, a literal array of Postgres, whoever owns them then.
    async fn writing(&mut self, ids: &str) -> Result<(), StoreError> {
        sqlx::query("SELECT set_config('app.writing', $1, true)")
            .bind(ids)
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    async fn publish(
        &mut self,
        action: &'static str,
        conversation: &Conversation,
        fields: &[&str],
    ) -> Result<(), StoreError> {
        let event = FeedEvent {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            version: Some(conversation.version),
            owner: conversation.owner_id.map(UserId::uuid),
            ..FeedEvent::new("conversation", action, conversation.id.uuid())
        };
        feed::publish(self.0, &[event]).await
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
        filter: &ConversationFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Conversation>, StoreError> {
        let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM conversations WHERE true"));
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status);
        }
        if let Some(owner) = filter.owner_id {
            query.push(" AND owner_id = ").push_bind(owner);
        }
        for (column, id) in [
            (" AND contact_id = ", filter.contact_id),
            (" AND lead_id = ", filter.lead_id),
            (" AND case_id = ", filter.case_id),
        ] {
            if let Some(id) = id {
                query.push(column).push_bind(id);
            }
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
        // Whoever hands a conversation over sees it until the end of this statement.
        self.writing(&format!("{{{id}}}")).await?;
        let changed: Option<Conversation> = sqlx::query_as(concat!(
            "UPDATE conversations SET subject = COALESCE($3, subject), status = COALESCE($4, status), \
                 language = COALESCE($5, language), owner_id = CASE WHEN $6 THEN $7 ELSE owner_id END, \
                 contact_id = CASE WHEN $8 THEN $9 ELSE contact_id END, lead_id = CASE WHEN $10 THEN $11 ELSE lead_id END, \
                 case_id = CASE WHEN $12 THEN $13 ELSE case_id END, queue_id = CASE WHEN $14 THEN $15 ELSE queue_id END, \
                 outcome = COALESCE($16, outcome), \
                 closed_at = CASE WHEN $4 = 'closed' THEN COALESCE(closed_at, $17) WHEN $4 IS NULL THEN closed_at END, \
                 version = version + 1, updated_at = $17 \
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
        .bind(patch.contact_id.is_some())
        .bind(patch.contact_id.flatten())
        .bind(patch.lead_id.is_some())
        .bind(patch.lead_id.flatten())
        .bind(patch.case_id.is_some())
        .bind(patch.case_id.flatten())
        .bind(patch.queue_id.is_some())
        .bind(patch.queue_id.flatten())
        .bind(patch.outcome)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        self.writing("").await?;
        match changed {
            Some(conversation) => {
                let fields = patch.fields();
                self.0
                    .audit()
                    .record("update", "conversation", Some(id.uuid()), &fields)
                    .await?;
                self.publish("updated", &conversation, &fields).await?;
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
