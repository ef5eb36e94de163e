//! Who a request comes from: a key of a program or the access token of a person.

use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::token;
use crate::{
    Actor, Grant, Store, StoreError,
    access::Permissions,
    api_keys::key_hash,
    ids::{ApiKeyId, TenantId, UserId},
    settings::Gates,
};

/// The role that somebody acts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRole {
    /// The role.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
}

/// What a valid key or token proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Authenticated {
    /// The tenant, and who acts in it.
    pub grant: Grant,
    /// What a key may do; everything for a person, whose role decides alone.
    pub scopes: Vec<String>,
    /// The role of the person, or the one that the key was bound to. A key without a role may do what its scopes say.
    pub role: Option<HeldRole>,
    /// The tenant's slug.
    pub tenant_slug: String,
    /// The name of the key or the person.
    pub key_name: String,
    /// The person's session.
    pub session: Option<Uuid>,
    /// What the tenant has switched off, and how fast its actors may ask.
    pub gates: Gates,
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: TenantId,
    slug: String,
    actor: Uuid,
    name: String,
    scopes: Vec<String>,
    role_id: Option<Uuid>,
    role_name: Option<String>,
    permissions: Option<Json<Permissions>>,
    settings: Option<Json<Gates>>,
}

/// `gates` of the settings is what every request needs to know of them.
const BY_KEY: &str = "\
    WITH found AS (\
        SELECT k.tenant_id, t.slug, k.id AS actor, k.name, k.scopes, k.role_id, k.last_used_at, t.settings -> 'gates' AS settings \
        FROM api_keys k JOIN tenants t ON t.id = k.tenant_id \
        WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) \
          AND t.status = 'active'), \
    idle AS (\
        SELECT k.tenant_id, k.id FROM api_keys k JOIN found f ON f.tenant_id = k.tenant_id AND f.actor = k.id \
        WHERE f.last_used_at IS NULL OR f.last_used_at <= $2 - interval '1 minute' \
        FOR NO KEY UPDATE OF k SKIP LOCKED), \
    used AS (\
        UPDATE api_keys k SET last_used_at = $2 FROM idle WHERE k.tenant_id = idle.tenant_id AND k.id = idle.id) \
    SELECT f.*, r.name AS role_name, r.permissions FROM found f \
    LEFT JOIN roles r ON r.tenant_id = f.tenant_id AND r.id = f.role_id";

const BY_SESSION: &str = "\
    SELECT s.tenant_id, t.slug, s.user_id AS actor, u.name, ARRAY['*'] AS scopes, r.id AS role_id, r.name AS role_name, \
        r.permissions, t.settings -> 'gates' AS settings \
    FROM sessions s JOIN tenants t ON t.id = s.tenant_id AND t.status = 'active' \
    JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id AND m.status = 'active' \
    JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id \
    JOIN users u ON u.id = s.user_id \
    WHERE s.tenant_id = $1 AND s.id = $2 AND s.user_id = $3 AND s.revoked_at IS NULL AND s.expires_at > $4";

impl Store {
    /// Finds out whose credential this is: an API key or an access token. Nobody's when it is unknown, revoked, expired,
    /// or its tenant suspended.
    ///
    /// One round trip, whatever the text: a key by the unique index of its hash, a token by its session.
    pub async fn authenticate(&self, credential: &str) -> Result<Option<Authenticated>, StoreError> {
        if credential.starts_with("crm_") {
            self.by_key(credential).await
        } else {
            self.by_token(credential).await
        }
    }

    async fn by_key(&self, key: &str) -> Result<Option<Authenticated>, StoreError> {
        let row: Option<Row> = sqlx::query_as(BY_KEY)
            .bind(key_hash(key))
            .bind(self.clock().now())
            .fetch_optional(self.system_pool())
            .await?;
        Ok(row.map(|row| {
            let actor = Actor::ApiKey(ApiKeyId::from(row.actor));
            row.prove(actor, None)
        }))
    }

    async fn by_token(&self, token: &str) -> Result<Option<Authenticated>, StoreError> {
        let now = self.clock().now();
        let Some(claims) = self
            .secrets()
            .and_then(|secrets| token::read(secrets, token, now))
        else {
            return Ok(None);
        };
        let row: Option<Row> = sqlx::query_as(BY_SESSION)
            .bind(claims.tid)
            .bind(claims.sid)
            .bind(claims.sub)
            .bind(now)
            .fetch_optional(self.system_pool())
            .await?;
        Ok(row.map(|row| {
            let actor = Actor::User(UserId::from(row.actor));
            row.prove(actor, Some(claims.sid))
        }))
    }
}

impl Row {
    fn prove(self, actor: Actor, session: Option<Uuid>) -> Authenticated {
        let role = match (self.role_id, self.role_name, self.permissions) {
            (Some(id), Some(name), Some(permissions)) => Some(HeldRole {
                id,
                name,
                permissions: permissions.0,
            }),
            _ => None,
        };
        Authenticated {
            grant: Grant::mint(self.tenant_id, actor),
            scopes: self.scopes,
            role,
            tenant_slug: self.slug,
            key_name: self.name,
            session,
            gates: self.settings.map(|gates| gates.0).unwrap_or_default(),
        }
    }
}
