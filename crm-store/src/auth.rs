//! Signing in: passwords, sessions, invitations and resets.
//!
//! Everything here happens before there is a [`crate::Grant`], so it runs as the role that crosses tenants, on the few
//! tables that `migrations/0016_identity.sql` gives it. What it hands out is a pair of tokens ([`Tokens`]); the access
//! token opens a tenant through [`crate::Store::authenticate`], as an API key does.

mod authenticate;
mod ensure;
mod invite;
mod login;
mod password;
mod reset;
mod session;
mod sessions;
mod throttle;
mod token;

use std::{fmt, net::IpAddr};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use authenticate::{Authenticated, HeldRole};
pub use ensure::MemberToBe;
pub use invite::{Accepted, INVITE_LIFETIME, Invite, Invites};
pub use login::SignedIn;
pub use reset::RESET_LIFETIME;
pub(crate) use session::end_in_tenant;
pub use session::{REFRESH_LIFETIME, Refreshed};
pub use sessions::{OpenSession, Sessions};
pub use token::ACCESS_LIFETIME;

use crate::{
    StoreError, SystemTx,
    api_keys::random_text,
    ids::{TenantId, UserId},
};

/// From where somebody asks, for the history of sign-ins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address.
    pub address: Option<IpAddr>,
    /// What the program calls itself.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
}

/// A tenant that a person may sign in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Choice {
    /// The tenant's slug.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The person's role there.
    pub role: String,
    #[serde(skip)]
    pub(crate) tenant_id: TenantId,
}

/// What a session opens with. The only time that the tokens are told.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Until when it is good.
    pub access_expires_at: DateTime<Utc>,
    /// For one new pair.
    pub refresh_token: String,
    /// Until when it is good.
    pub refresh_expires_at: DateTime<Utc>,
    /// The session.
    pub session: Uuid,
    /// The person.
    pub user: UserId,
    /// The tenant's slug.
    pub tenant: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("session", &self.session)
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl Client {
    fn ip(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }

    fn agent(&self) -> Option<String> {
        let agent = self.user_agent.as_deref()?;
        Some(
            agent
                .chars()
                .filter(|letter| !letter.is_control())
                .take(400)
                .collect(),
        )
    }
}

/// A secret for one use, and the hash that is kept of it. 238 random bits need no slow hash.
fn single_use(prefix: &str) -> (String, Vec<u8>) {
    let token = format!("{prefix}{}", random_text(40));
    let hash = token_hash(&token);
    (token, hash)
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The tenants that a user may sign in to, by slug.
async fn choices(tx: &mut SystemTx, user: UserId) -> Result<Vec<Choice>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT t.id AS tenant_id, t.slug, t.name, r.name AS role FROM memberships m \
         JOIN tenants t ON t.id = m.tenant_id JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id \
         WHERE m.user_id = $1 AND m.status = 'active' AND t.status = 'active' ORDER BY t.slug",
    )
    .bind(user)
    .fetch_all(tx.conn())
    .await?)
}

/// Writes a sign-in into the history of every tenant that the person is a member of; of nobody's, nothing.
async fn remember(
    tx: &mut SystemTx,
    user: Option<UserId>,
    tenant: Option<TenantId>,
    outcome: &str,
    client: &Client,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO login_history (tenant_id, id, user_id, outcome, ip, user_agent, request_id, at) \
         SELECT m.tenant_id, gen_random_uuid(), $1, $3, $4, $5, $6, $7 FROM memberships m \
         WHERE m.user_id = $1 AND m.status <> 'removed' AND ($2::uuid IS NULL OR m.tenant_id = $2)",
    )
    .bind(user)
    .bind(tenant)
    .bind(outcome)
    .bind(client.ip())
    .bind(client.agent())
    .bind(&client.request_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes a security event about a person into every tenant that they are a member of, or into one.
async fn warn(
    tx: &mut SystemTx,
    user: Option<UserId>,
    tenant: Option<TenantId>,
    kind: &str,
    detail: serde_json::Value,
    client: &Client,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO security_events (tenant_id, id, kind, actor_kind, actor_id, ip, request_id, detail, at) \
         SELECT m.tenant_id, gen_random_uuid(), $3, 'user', $1, $4, $5, $6, $7 FROM memberships m \
         WHERE m.user_id = $1 AND m.status <> 'removed' AND ($2::uuid IS NULL OR m.tenant_id = $2)",
    )
    .bind(user)
    .bind(tenant)
    .bind(kind)
    .bind(client.ip())
    .bind(&client.request_id)
    .bind(detail)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
