//! A message from outside becomes one of a conversation.

use uuid::Uuid;

use super::{
    ChannelKind,
    person::{Habits, Person, cut},
};
use crate::{
    StoreError, TenantTx,
    conversations::{self, ConversationPatch, ConversationStatus, NewConversation},
    ids::ConversationId,
    messages::{Author, DeliveryStatus, Direction, MessageKind, NewMessage, Transport},
    records::parse,
};

/// Bytes of a message's text; the database takes no more.
const MOST: usize = 200_000;
/// Characters of a subject of a conversation.
const SUBJECT: usize = 300;
/// References of a mail that are looked at, the nearest last.
const REFERENCES: usize = 20;

/// A message as its provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The provider's id: the same each time that it is delivered.
    pub provider_message_id: String,
    /// The number or address that it is from.
    pub from: String,
    /// The name that goes with it.
    pub from_name: Option<String>,
    /// The number or address that it went to.
    pub to: Option<String>,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// The provider's ids of the messages that it answers, the nearest last.
    pub references: Vec<String>,
    /// Whether a machine wrote it by itself, such as an out-of-office reply: nobody new is made of it.
    pub is_automatic: bool,
}

/// What came of messages from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Stored now.
    pub stored: usize,
    /// Known already.
    pub known: usize,
    /// Not kept: replies of machines to nobody.
    pub ignored: usize,
}

impl TenantTx {
    /// Stores messages that came through a channel, each once.
    pub async fn receive(&mut self, channel: Uuid, messages: &[Incoming]) -> Result<Received, StoreError> {
        let now = self.now();
        let (kind, habits) = self.habits(channel).await?;
        let mut messages: Vec<Incoming> = messages
            .iter()
            .map(|message| tidy(message, kind, &habits))
            .collect();
        // Two calls with the same person wait for each other, always in the same order.
        let mut people: Vec<&str> = messages.iter().map(|message| message.from.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        for person in people {
            sqlx::query(
                "SELECT pg_advisory_xact_lock(hashtextextended(app_tenant()::text || $1::text || $2, 0))",
            )
            .bind(kind)
            .bind(person)
            .execute(self.conn())
            .await?;
        }
        let mut received = Received::default();
        for message in messages.drain(..) {
            match self.take(kind, &habits, message).await? {
                Taken::Stored => received.stored += 1,
                Taken::Known => received.known += 1,
                Taken::Ignored => received.ignored += 1,
            }
        }
        if received.stored > 0 {
            sqlx::query(
                "UPDATE channel_configs SET last_received_at = $2 \
                 WHERE id = $1 AND (last_received_at IS NULL OR last_received_at < $2 - interval '1 minute')",
            )
            .bind(channel)
            .bind(now)
            .execute(self.conn())
            .await?;
        }
        Ok(received)
    }

    async fn habits(&mut self, channel: Uuid) -> Result<(ChannelKind, Habits), StoreError> {
        let kind: Option<ChannelKind> =
            sqlx::query_scalar("SELECT channel FROM channel_configs WHERE id = $1")
                .bind(channel)
                .fetch_optional(self.conn())
                .await?;
        let kind = kind.ok_or(StoreError::NotFound { what: "channel" })?;
        let habits = sqlx::query_as(
            "SELECT unknown_person, owner_id, queue_id, default_country FROM channel_configs WHERE id = $1",
        )
        .bind(channel)
        .fetch_one(self.conn())
        .await?;
        Ok((kind, habits))
    }

    async fn take(
        &mut self,
        kind: ChannelKind,
        habits: &Habits,
        message: Incoming,
    ) -> Result<Taken, StoreError> {
        let known: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM messages WHERE channel = $1 AND provider_message_id = $2)",
        )
        .bind(kind)
        .bind(&message.provider_message_id)
        .fetch_one(self.conn())
        .await?;
        if known {
            return Ok(Taken::Known);
        }
        let person = self.known_person(kind, &message.from).await?;
        let conversation = match self.thread(kind, &message, person).await? {
            Some(found) => self.go_on(found).await?,
            None if message.is_automatic => return Ok(Taken::Ignored),
            None => {
                let person = match person {
                    Some(person) => person,
                    None => self.new_person(kind, habits, &message).await?,
                };
                self.begin_thread(kind, habits, &message, person).await?
            }
        };
        let new = NewMessage {
            direction: Direction::Inbound,
            kind: match kind {
                ChannelKind::WhatsApp => MessageKind::Text,
                ChannelKind::Email => MessageKind::Email,
            },
            author: Author::Actor,
            body: message.body,
            language: None,
        };
        let transport = Transport {
            subject: message.subject.as_deref().map(|subject| cut(subject, 500)),
            sender_address: Some(message.from),
            recipient_address: message.to,
            provider_message_id: Some(message.provider_message_id),
            in_reply_to: message.references.last().cloned(),
            delivery_status: Some(DeliveryStatus::Received),
        };
        self.conversations().post(conversation, &new, &transport).await?;
        Ok(Taken::Stored)
    }

    /// The conversation that a message belongs to. A mail that names one of another person's messages begins its own:
    /// ids of messages are no secrets.
    async fn thread(
        &mut self,
        kind: ChannelKind,
        message: &Incoming,
        person: Option<Person>,
    ) -> Result<Option<ConversationId>, StoreError> {
        let person = person.unwrap_or_default();
        Ok(match kind {
            ChannelKind::WhatsApp => {
                sqlx::query_scalar(
                    "SELECT id FROM conversations WHERE channel = $1 AND address = $2 ORDER BY updated_at DESC, id DESC LIMIT 1",
                )
                .bind(kind)
                .bind(&message.from)
                .fetch_optional(self.conn())
                .await?
            }
            ChannelKind::Email if message.references.is_empty() => None,
            ChannelKind::Email => {
                sqlx::query_scalar(
                    "SELECT c.id FROM messages m JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id \
                     WHERE m.channel = $1 AND m.provider_message_id = ANY ($2) \
                       AND (c.address = $3 OR c.contact_id = $4 OR c.lead_id = $5) \
                     ORDER BY array_position($2, m.provider_message_id) DESC LIMIT 1",
                )
                .bind(kind)
                .bind(&message.references)
                .bind(&message.from)
                .bind(person.contact)
                .bind(person.lead)
                .fetch_optional(self.conn())
                .await?
            }
        })
    }

    /// Opens a conversation again that had ended.
    async fn go_on(&mut self, id: ConversationId) -> Result<ConversationId, StoreError> {
        let found = self.conversations().get(id).await?;
        if found.is_some_and(|found| found.status == ConversationStatus::Closed) {
            let patch = ConversationPatch {
                status: Some(ConversationStatus::Open),
                ..ConversationPatch::default()
            };
            self.conversations().update(id, &patch, None).await?;
        }
        Ok(id)
    }

    async fn begin_thread(
        &mut self,
        kind: ChannelKind,
        habits: &Habits,
        message: &Incoming,
        person: Person,
    ) -> Result<ConversationId, StoreError> {
        let new = NewConversation {
            subject: message.subject.as_deref().map(|subject| cut(subject, SUBJECT)),
            owner_id: person.owner.or(habits.owner_id),
            contact_id: person.contact,
            lead_id: person.lead,
            case_id: person.case,
            queue_id: habits.queue_id,
            address: Some(message.from.clone()),
            ..NewConversation::on(match kind {
                ChannelKind::WhatsApp => conversations::Channel::WhatsApp,
                ChannelKind::Email => conversations::Channel::Email,
            })
        };
        Ok(self.conversations().begin(&new).await?.id)
    }
}

enum Taken {
    Stored,
    Known,
    Ignored,
}

/// The message as it can be stored and compared.
fn tidy(message: &Incoming, kind: ChannelKind, habits: &Habits) -> Incoming {
    let address = |said: &str| match kind {
        ChannelKind::WhatsApp => {
            let region = habits.default_country.as_deref().and_then(parse::region);
            cut(&parse::phone(said.trim(), region), 320)
        }
        ChannelKind::Email => cut(&said.trim().to_lowercase(), 320),
    };
    let skip = message.references.len().saturating_sub(REFERENCES);
    let references = message
        .references
        .iter()
        .skip(skip)
        .map(|id| provider_id(id))
        .collect();
    let body = text(&message.body);
    Incoming {
        provider_message_id: provider_id(&message.provider_message_id),
        from: address(&message.from),
        from_name: message.from_name.as_deref().map(|name| cut(name, 200)),
        to: message.to.as_deref().map(address),
        subject: message.subject.as_deref().map(|subject| cut(subject.trim(), 500)),
        body: if body.trim().is_empty() {
            "[empty message]".to_owned()
        } else {
            body
        },
        references,
        is_automatic: message.is_automatic,
    }
}

/// An id that fits its column; the longest are long because they carry more than an id, so their start will do.
fn provider_id(id: &str) -> String {
    cut(id.trim(), 500)
}

/// The text without NUL, as much of it as can be stored.
fn text(body: &str) -> String {
    let mut text: String = body.chars().filter(|c| *c != '\0').collect();
    if text.len() > MOST {
        let end = text.floor_char_boundary(MOST - '…'.len_utf8());
        text.truncate(end);
        text.push('…');
    }
    text
}
