//! Doors for messages: administration.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{Channels, PURPOSE, VERIFY_PURPOSE};
use crate::{StoreError, api_keys::random_text, ids::UserId, text_enum::text_enum, webhooks::SigningSecret};

/// Letters and digits of a site: nobody guesses one.
const SITE_LENGTH: usize = 24;

text_enum! {
    /// What comes in through a door.
    pub enum ChannelKind {
        /// Messages of `WhatsApp` and payloads like its cloud API's.
        WhatsApp = "whatsapp",
        /// Mail, as the webhooks of mail services deliver it.
        Email = "email",
    }
}

text_enum! {
    /// How a provider signs.
    pub enum Scheme {
        /// `X-Hub-Signature-256`: HMAC-SHA256 of the body, in hexadecimal.
        Hub = "hub",
        /// Standard Webhooks.
        Standard = "standard",
        /// `signature` in the body: HMAC-SHA256 of timestamp and token.
        Mailgun = "mailgun",
    }
}

text_enum! {
    /// What is made for a person whom nobody knows.
    pub enum UnknownPerson {
        /// A lead.
        Lead = "lead",
        /// A case with what the person gave.
        Case = "case",
    }
}

/// A door, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Channel {
    /// The channel.
    pub id: Uuid,
    /// What comes in.
    pub channel: ChannelKind,
    /// Its name for people.
    pub name: String,
    /// The last part of its path.
    pub site: String,
    /// Our number or mailbox.
    pub address: Option<String>,
    /// How the provider signs.
    pub scheme: Scheme,
    /// What is made for a person whom nobody knows.
    pub unknown_person: UnknownPerson,
    /// The country of telephone numbers that name none.
    pub default_country: Option<String>,
    /// Who gets what comes in from people whom nobody owns.
    pub owner_id: Option<UserId>,
    /// The queue of cases and leads that are made.
    pub queue_id: Option<Uuid>,
    /// Whether it is open.
    pub enabled: bool,
    /// When something came in last, to the minute.
    pub last_received_at: Option<DateTime<Utc>>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        "id, channel, name, site, address, scheme, unknown_person, default_country, owner_id, queue_id, enabled, \
         last_received_at, version, created_at, updated_at"
    };
}

/// A door to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// What comes in.
    pub channel: ChannelKind,
    /// Its name for people.
    pub name: String,
    /// Our number or mailbox.
    pub address: Option<String>,
    /// How the provider signs.
    pub scheme: Scheme,
    /// The provider's secret; of Standard Webhooks a fresh one when there is none.
    pub secret: Option<String>,
    /// What is made for a person whom nobody knows.
    pub unknown_person: UnknownPerson,
    /// The country of telephone numbers that name none.
    pub default_country: Option<String>,
    /// Who gets what comes in from people whom nobody owns.
    pub owner_id: Option<UserId>,
    /// The queue of cases and leads that are made.
    pub queue_id: Option<Uuid>,
}

/// What to change; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelPatch {
    /// Its name for people.
    pub name: Option<String>,
    /// Our number or mailbox.
    pub address: Option<Option<String>>,
    /// The provider's secret.
    pub secret: Option<String>,
    /// What is made for a person whom nobody knows.
    pub unknown_person: Option<UnknownPerson>,
    /// The country of telephone numbers that name none.
    pub default_country: Option<Option<String>>,
    /// Who gets what comes in from people whom nobody owns.
    pub owner_id: Option<Option<UserId>>,
    /// The queue of cases and leads that are made.
    pub queue_id: Option<Option<Uuid>>,
    /// Whether it is open.
    pub enabled: Option<bool>,
}

/// What is told once, when a door is made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The secret, where it was made here.
    pub secret: Option<String>,
    /// What the provider sends when it asks whether we are there.
    pub verify_token: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewToken([redacted])")
    }
}

impl Channels<'_> {
    async fn require(&mut self) -> Result<(), StoreError> {
        self.0.access().await?.require_area("sites")
    }

    /// Makes a door.
    pub async fn create(&mut self, new: &NewChannel) -> Result<(Channel, NewToken), StoreError> {
        self.require().await?;
        let (secret, told) = match (&new.secret, new.scheme) {
            (Some(secret), scheme) => (checked(secret, scheme)?, None),
            (None, Scheme::Standard) => {
                let fresh = SigningSecret::generate().to_text();
                (fresh.clone(), Some(fresh))
            }
            (None, Scheme::Hub | Scheme::Mailgun) => {
                return Err(StoreError::invalid(
                    "secret",
                    "is required: the provider shows it",
                ));
            }
        };
        let verify_token = random_text(32);
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let sealed = self.0.seal(PURPOSE, secret.as_bytes())?;
        let verify = self.0.seal(VERIFY_PURPOSE, verify_token.as_bytes())?;
        let channel: Channel = sqlx::query_as(concat!(
            "INSERT INTO channel_configs (tenant_id, id, channel, name, site, address, scheme, unknown_person, default_country, \
                 owner_id, queue_id, secret_sealed, verify_token_sealed, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING ",
            columns!()
        ))
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(new.channel)
        .bind(&new.name)
        .bind(random_text(SITE_LENGTH))
        .bind(&new.address)
        .bind(new.scheme)
        .bind(new.unknown_person)
        .bind(&new.default_country)
        .bind(new.owner_id)
        .bind(new.queue_id)
        .bind(sealed)
        .bind(verify)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.note("create", channel.id, &["channel", "name", "scheme"])
            .await?;
        let told = NewToken {
            secret: told,
            verify_token,
        };
        Ok((channel, told))
    }

    /// One door.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Channel>, StoreError> {
        self.require().await?;
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM channel_configs WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The doors of the tenant, oldest first. There are few.
    pub async fn list(&mut self) -> Result<Vec<Channel>, StoreError> {
        self.require().await?;
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM channel_configs ORDER BY created_at, id LIMIT 1000"
        ))
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Changes a door; with `expected`, only if nobody else did since.
    pub async fn update(
        &mut self,
        id: Uuid,
        patch: &ChannelPatch,
        expected: Option<i64>,
    ) -> Result<Channel, StoreError> {
        let found = self
            .get(id)
            .await?
            .ok_or(StoreError::NotFound { what: "channel" })?;
        let sealed = match &patch.secret {
            Some(secret) => Some(self.0.seal(PURPOSE, checked(secret, found.scheme)?.as_bytes())?),
            None => None,
        };
        let now = self.0.now();
        let changed: Option<Channel> = sqlx::query_as(concat!(
            "UPDATE channel_configs SET name = COALESCE($3, name), address = CASE WHEN $4 THEN $5 ELSE address END, \
                 secret_sealed = COALESCE($6, secret_sealed), unknown_person = COALESCE($7, unknown_person), \
                 default_country = CASE WHEN $8 THEN $9 ELSE default_country END, \
                 owner_id = CASE WHEN $10 THEN $11 ELSE owner_id END, queue_id = CASE WHEN $12 THEN $13 ELSE queue_id END, \
                 enabled = COALESCE($14, enabled), version = version + 1, updated_at = $15 \
             WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(expected)
        .bind(&patch.name)
        .bind(patch.address.is_some())
        .bind(patch.address.clone().flatten())
        .bind(sealed)
        .bind(patch.unknown_person)
        .bind(patch.default_country.is_some())
        .bind(patch.default_country.clone().flatten())
        .bind(patch.owner_id.is_some())
        .bind(patch.owner_id.flatten())
        .bind(patch.queue_id.is_some())
        .bind(patch.queue_id.flatten())
        .bind(patch.enabled)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let changed = changed.ok_or(StoreError::Stale {
            current: found.version,
        })?;
        self.note("update", id, &[]).await?;
        Ok(changed)
    }

    /// Closes a door for good. Conversations that came through it stay.
    pub async fn delete(&mut self, id: Uuid) -> Result<(), StoreError> {
        self.require().await?;
        let gone = sqlx::query("DELETE FROM channel_configs WHERE id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "channel" });
        }
        self.note("delete", id, &[]).await
    }

    async fn note(&mut self, action: &str, id: Uuid, fields: &[&str]) -> Result<(), StoreError> {
        self.0.audit().record(action, "channel", Some(id), fields).await
    }
}

/// A secret that can sign as the scheme does.
fn checked(secret: &str, scheme: Scheme) -> Result<String, StoreError> {
    match scheme {
        Scheme::Standard => Ok(SigningSecret::parse(secret)?.to_text()),
        Scheme::Hub | Scheme::Mailgun if (16..=500).contains(&secret.len()) => Ok(secret.to_owned()),
        Scheme::Hub | Scheme::Mailgun => Err(StoreError::invalid("secret", "must have 16 to 500 characters")),
    }
}
