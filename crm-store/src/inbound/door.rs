//! Letting a provider in by its signature.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::Mac;
use sqlx::types::Json;
use uuid::Uuid;

use super::{ChannelKind, PURPOSE, Scheme, VERIFY_PURPOSE};
use crate::{
    Actor, Grant, Store, StoreError,
    ids::{JobId, TenantId},
    secrets::{Sealed, Secret},
    settings::Gates,
    webhooks::{SigningSecret, keyed, verify},
};

/// How old a signed timestamp may be.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// A channel's door, closed: the secret is in it, the tenant behind it.
#[derive(Debug)]
pub struct Door {
    tenant: TenantId,
    channel: Uuid,
    scheme: Scheme,
    secret: Secret,
    verify_token: Option<Secret>,
    gates: Gates,
}

/// What a provider shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// `X-Hub-Signature-256`.
    Hub {
        /// `sha256=` and hexadecimal digits.
        header: &'a str,
    },
    /// Standard Webhooks.
    Standard {
        /// `webhook-id`.
        id: &'a str,
        /// `webhook-timestamp`.
        timestamp: &'a str,
        /// `webhook-signature`.
        signature: &'a str,
    },
    /// `signature` in the body.
    Mailgun {
        /// Seconds since 1970.
        timestamp: &'a str,
        /// A text that is new each time.
        token: &'a str,
        /// Hexadecimal digits.
        signature: &'a str,
    },
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: TenantId,
    id: Uuid,
    scheme: Scheme,
    secret_sealed: Sealed,
    verify_token_sealed: Option<Sealed>,
    gates: Option<Json<Gates>>,
}

impl Store {
    /// The open door of a channel at the end of a path. A site is random, so that asking for others finds none.
    pub async fn inbound_door(&self, channel: ChannelKind, site: &str) -> Result<Option<Door>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT c.tenant_id, c.id, c.scheme, c.secret_sealed, c.verify_token_sealed, \
                 t.settings -> 'gates' AS gates FROM channel_configs c JOIN tenants t ON t.id = c.tenant_id \
             WHERE c.site = $1 AND c.channel = $2 AND c.enabled AND t.status = 'active'",
        )
        .bind(site)
        .bind(channel)
        .fetch_optional(self.system_pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let secrets = self.secrets().ok_or_else(|| StoreError::Secrets {
            what: "no key for secrets is configured".to_owned(),
        })?;
        let open = |purpose, sealed: &Sealed| secrets.open(row.tenant_id, purpose, sealed);
        Ok(Some(Door {
            tenant: row.tenant_id,
            channel: row.id,
            scheme: row.scheme,
            secret: open(PURPOSE, &row.secret_sealed)?,
            verify_token: row
                .verify_token_sealed
                .as_ref()
                .map(|sealed| open(VERIFY_PURPOSE, sealed))
                .transpose()?,
            gates: row.gates.map(|gates| gates.0).unwrap_or_default(),
        }))
    }
}

impl Door {
    /// How its provider signs.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The channel that it belongs to.
    pub const fn channel(&self) -> Uuid {
        self.channel
    }

    /// What its tenant has switched off.
    pub const fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Opens the door for who proves that the body is the provider's. As long for a wrong proof as for a right one.
    pub fn admit(&self, proof: &Proof<'_>, body: &[u8], now: DateTime<Utc>) -> Option<Grant> {
        let right = match (self.scheme, proof) {
            (Scheme::Hub, Proof::Hub { header }) => {
                let given = header.strip_prefix("sha256=").unwrap_or_default();
                self.signed(&[body], given)
            }
            (
                Scheme::Standard,
                Proof::Standard {
                    id,
                    timestamp,
                    signature,
                },
            ) => self
                .secret
                .expose_text()
                .ok()
                .and_then(|text| SigningSecret::parse(text).ok())
                .is_some_and(|secret| verify(&secret, id, timestamp, signature, body, now)),
            (
                Scheme::Mailgun,
                Proof::Mailgun {
                    timestamp,
                    token,
                    signature,
                },
            ) => {
                let at = timestamp
                    .parse()
                    .ok()
                    .and_then(|at| DateTime::from_timestamp(at, 0));
                let near = at.is_some_and(|at| (now - at).abs() <= TOLERANCE);
                self.signed(&[timestamp.as_bytes(), token.as_bytes()], signature) && near
            }
            _ => false,
        };
        right.then(|| Grant::mint(self.tenant, Actor::Job(JobId::new())))
    }

    /// Whether a provider that asks if we are there knows the token.
    pub fn verifies(&self, token: &str) -> bool {
        let Some(known) = &self.verify_token else {
            return false;
        };
        let hash = |text: &[u8]| {
            let mut mac = keyed(self.secret.expose());
            mac.update(text);
            mac
        };
        // Comparing keyed hashes takes the same time wherever the texts begin to differ.
        hash(token.as_bytes())
            .verify(&hash(known.expose()).finalize().into_bytes())
            .is_ok()
    }

    fn signed(&self, parts: &[&[u8]], signature: &str) -> bool {
        let given = hex::decode(signature).unwrap_or_default();
        let mut mac = keyed(self.secret.expose());
        for part in parts {
            mac.update(part);
        }
        mac.verify_slice(&given).is_ok()
    }
}
