//! A channel as clients see it.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    ids::UserId,
    inbound::{ChannelConfig, NewToken},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// A door for messages, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// The channel.
    id: Uuid,
    /// `whatsapp` or `email`.
    #[schema(example = "whatsapp")]
    channel: &'static str,
    /// Its name for people.
    #[schema(example = "Support line")]
    name: String,
    /// Where the provider delivers, below the service's own address.
    #[schema(example = "/v1/inbound/whatsapp/Zk3xQ1b7Lw9PfTn2Rv6YcJ4H")]
    path: String,
    /// Our number or mailbox.
    address: Option<String>,
    /// How the provider signs: `hub`, `standard` or `mailgun`.
    #[schema(example = "hub")]
    scheme: &'static str,
    /// What is made for a person whom nobody knows: `lead` or `case`.
    #[schema(example = "lead")]
    unknown_person: &'static str,
    /// The country of telephone numbers that name none.
    default_country: Option<String>,
    /// Who gets what comes in from people whom nobody owns.
    owner_id: Option<Uuid>,
    /// The queue of cases and leads that are made.
    queue_id: Option<Uuid>,
    /// Whether it is open.
    enabled: bool,
    /// When something came in last, to the minute.
    last_received_at: Option<DateTime<Utc>>,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

/// A channel that was just made, with what is told once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelWithSecrets {
    /// The channel.
    #[serde(flatten)]
    channel: ChannelView,
    /// The secret, where it was made here.
    secret: Option<String>,
    /// What the provider sends when it asks whether we are there.
    verify_token: String,
}

impl From<ChannelConfig> for ChannelView {
    fn from(channel: ChannelConfig) -> Self {
        Self {
            id: channel.id,
            path: format!("/v1/inbound/{}/{}", channel.channel, channel.site),
            channel: channel.channel.as_str(),
            name: channel.name,
            address: channel.address,
            scheme: channel.scheme.as_str(),
            unknown_person: channel.unknown_person.as_str(),
            default_country: channel.default_country,
            owner_id: channel.owner_id.map(UserId::uuid),
            queue_id: channel.queue_id,
            enabled: channel.enabled,
            last_received_at: channel.last_received_at,
            version: channel.version,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
        }
    }
}

impl ChannelView {
    /// The response with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }

    /// What is told once.
    pub(super) fn with(self, told: NewToken) -> ChannelWithSecrets {
        ChannelWithSecrets {
            channel: self,
            secret: told.secret,
            verify_token: told.verify_token,
        }
    }
}
