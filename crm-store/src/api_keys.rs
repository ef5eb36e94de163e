//! API keys: shown once, kept as a hash.

use std::fmt;

use chrono::{DateTime, Utc};
use rand::Rng;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Actor, StoreError, SystemTx, TenantTx,
    ids::{ApiKeyId, TenantId, UserId},
    page::{Cursor, Page, read_limit},
};

/// Letters and digits behind `crm_`: 238 random bits.
const SECRET_LENGTH: usize = 40;
/// How much of a key is shown, so that people can tell keys apart.
const PREFIX_LENGTH: usize = 10;

/// A key as its tenant sees it: without the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// How it starts.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The role that it is bound to: it may do no more, and sees what the role sees.
    pub role_id: Option<Uuid>,
    /// Who made it, if it was a person.
    pub created_by: Option<UserId>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A key to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The role that it is bound to. Without one it may do what its scopes say, on every record.
    pub role_id: Option<Uuid>,
    /// From when on it is refused; never, when `None`.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was just made; the only time that the secret is known.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// The key.
    pub id: ApiKeyId,
    /// The whole key, `crm_` and letters.
    pub secret: String,
    /// How it starts.
    pub prefix: String,
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey")
            .field("id", &self.id)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

pub use crate::auth::Authenticated;

/// The keys of the tenant.
#[derive(Debug)]
pub struct ApiKeys<'t>(&'t mut TenantTx);

/// Keys, for any tenant.
#[derive(Debug)]
pub struct SystemKeys<'t>(&'t mut SystemTx);

impl TenantTx {
    /// The API keys of the tenant.
    pub fn keys(&mut self) -> ApiKeys<'_> {
        ApiKeys(self)
    }
}

impl SystemTx {
    /// API keys, for any tenant.
    pub fn keys(&mut self) -> SystemKeys<'_> {
        SystemKeys(self)
    }
}

impl ApiKeys<'_> {
    /// Makes a key and tells its secret, once. A key that expires makes none that outlives it: the new one ends with it,
    /// where no earlier end is asked for.
    pub async fn create(&mut self, new: &NewApiKey) -> Result<IssuedKey, StoreError> {
        self.0.access().await?.require_area("keys")?;
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let created_by = match self.0.grant().actor() {
            Actor::User(user) => Some(user),
            Actor::ApiKey(_) | Actor::Visitor(_) | Actor::Job(_) => None,
        };
        let new = &NewApiKey {
            expires_at: self.end(new.expires_at).await?,
            ..new.clone()
        };
        let key = insert(self.0.conn(), tenant, new, created_by, now).await?;
        self.0
            .audit()
            .record(
                "create",
                "api_key",
                Some(key.id.uuid()),
                &["name", "scopes", "role_id", "expires_at"],
            )
            .await?;
        Ok(key)
    }

    /// When a key that the actor makes ends.
    async fn end(&mut self, wanted: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Actor::ApiKey(own) = self.0.grant().actor() else {
            return Ok(wanted);
        };
        let own: Option<DateTime<Utc>> = sqlx::query_scalar("SELECT expires_at FROM api_keys WHERE id = $1")
            .bind(own)
            .fetch_one(self.0.conn())
            .await?;
        match (own, wanted) {
            (Some(own), Some(wanted)) if wanted > own => Err(StoreError::invalid(
                "expires_at",
                format!(
                    "must be no later than {}, when the key that asks expires",
                    own.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
                ),
            )),
            (own, wanted) => Ok(wanted.or(own)),
        }
    }

    /// The keys of the tenant, newest first, also the revoked ones.
    pub async fn list(&mut self, after: Option<Cursor>, limit: i64) -> Result<Page<ApiKey>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT id, name, prefix, scopes, role_id, created_by, expires_at, revoked_at, last_used_at, created_at \
             FROM api_keys WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2) \
             ORDER BY created_at DESC, id DESC LIMIT $3",
        )
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |key: &ApiKey| Cursor {
            at: key.created_at,
            id: key.id.uuid(),
        }))
    }

    /// Refuses a key from now on. A key that was revoked already stays so.
    pub async fn revoke(&mut self, id: ApiKeyId) -> Result<(), StoreError> {
        self.0.access().await?.require_area("keys")?;
        let now = self.0.now();
        let known = sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
            .bind(id)
            .bind(now)
            .execute(self.0.conn())
            .await?;
        if known.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "API key" });
        }
        self.0
            .audit()
            .record("revoke", "api_key", Some(id.uuid()), &["revoked_at"])
            .await
    }
}

impl SystemKeys<'_> {
    /// Makes a key for a tenant, such as its first one.
    pub async fn create(&mut self, tenant: TenantId, new: &NewApiKey) -> Result<IssuedKey, StoreError> {
        let now = self.0.now();
        insert(self.0.conn(), tenant, new, None, now).await
    }
}

async fn insert(
    conn: &mut sqlx::PgConnection,
    tenant: TenantId,
    new: &NewApiKey,
    created_by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<IssuedKey, StoreError> {
    let secret = format!("crm_{}", random_text(SECRET_LENGTH));
    let prefix: String = secret.chars().take(PREFIX_LENGTH).collect();
    let id = ApiKeyId::new();
    sqlx::query(
        "INSERT INTO api_keys (tenant_id, id, name, key_hash, prefix, scopes, created_by, expires_at, created_at, role_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&new.name)
    .bind(key_hash(&secret))
    .bind(&prefix)
    .bind(&new.scopes)
    .bind(created_by)
    .bind(new.expires_at)
    .bind(now)
    .bind(new.role_id)
    .execute(conn)
    .await?;
    Ok(IssuedKey { id, secret, prefix })
}

/// A key has 238 random bits, so a fast hash is enough: there is nothing to guess.
pub(crate) fn key_hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// `length` random letters and digits.
pub(crate) fn random_text(length: usize) -> String {
    rand::rng()
        .sample_iter(rand::distr::Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}
