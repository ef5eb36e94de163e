//! Sessions: opened by signing in, kept alive by refresh tokens that are good once, ended by signing out.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    Choice, Client, Tokens, choices, password, remember,
    throttle::{self, Charged},
    token::{self, ACCESS_LIFETIME, RefreshToken},
    warn,
};
use crate::{
    Actor, Grant, Secrets, Store, StoreError, SystemTx,
    ids::{TenantId, UserId},
};

/// How long a session lives without being refreshed.
pub const REFRESH_LIFETIME: TimeDelta = TimeDelta::days(14);
/// How long it lives at the most.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(90);

/// What came of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// A new pair; the old refresh token is used up.
    Again(Tokens),
    /// It is not one of ours, its session has ended, or the person may no longer sign in.
    Refused,
    /// It was used before: somebody has a copy, so the session was ended.
    Reused,
}

fn secrets(store: &Store) -> Result<&Secrets, StoreError> {
    store.secrets().ok_or_else(|| StoreError::Secrets {
        what: "no key for tokens is configured".to_owned(),
    })
}

/// Opens a session in a tenant.
pub(super) async fn open(
    store: &Store,
    tx: &mut SystemTx,
    user: UserId,
    chosen: &Choice,
    client: &Client,
) -> Result<Tokens, StoreError> {
    let now = tx.now();
    let session = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO sessions (tenant_id, id, user_id, ip, user_agent, created_at, refreshed_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
    )
    .bind(chosen.tenant_id)
    .bind(session)
    .bind(user)
    .bind(client.ip())
    .bind(client.agent())
    .bind(now)
    .bind(now + REFRESH_LIFETIME)
    .execute(tx.conn())
    .await?;
    let refresh = RefreshToken {
        tenant: chosen.tenant_id,
        session,
        generation: 1,
    };
    tokens(
        store,
        refresh,
        user,
        chosen.slug.clone(),
        now,
        now + REFRESH_LIFETIME,
    )
}

fn tokens(
    store: &Store,
    refresh: RefreshToken,
    user: UserId,
    tenant: String,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Tokens, StoreError> {
    let secrets = secrets(store)?;
    Ok(Tokens {
        access_token: token::sign(secrets, user, refresh.tenant, refresh.session, now)?,
        access_expires_at: now + ACCESS_LIFETIME,
        refresh_token: refresh.write(secrets)?,
        refresh_expires_at: until,
        session: refresh.session,
        user,
        tenant,
    })
}

/// A session as its rotation finds it.
#[derive(sqlx::FromRow)]
struct Row {
    user_id: UserId,
    generation: i32,
    created_at: DateTime<Utc>,
    alive: bool,
    slug: Option<String>,
}

impl Store {
    /// Changes a refresh token for a new pair.
    pub async fn refresh(&self, text: &str, client: &Client) -> Result<Refreshed, StoreError> {
        let Some(given) = RefreshToken::read(secrets(self)?, text) else {
            return Ok(Refreshed::Refused);
        };
        let mut tx = self.system().await?;
        let now = tx.now();
        // Locked, so that of two that come with the same token one finds it used.
        let row: Option<Row> = sqlx::query_as(
            "SELECT s.user_id, s.generation, s.created_at, s.revoked_at IS NULL AND s.expires_at > $3 AS alive, \
                 (SELECT t.slug FROM tenants t JOIN memberships m ON m.tenant_id = t.id AND m.user_id = s.user_id \
                  WHERE t.id = s.tenant_id AND t.status = 'active' AND m.status = 'active') AS slug \
             FROM sessions s WHERE s.tenant_id = $1 AND s.id = $2 FOR UPDATE OF s",
        )
        .bind(given.tenant)
        .bind(given.session)
        .bind(now)
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row.filter(|row| row.alive) else {
            return Ok(Refreshed::Refused);
        };
        if given.generation != row.generation {
            end(&mut tx, &[given.session], "reuse").await?;
            let detail = json!({"session_id": given.session, "generation": given.generation});
            warn(
                &mut tx,
                Some(row.user_id),
                Some(given.tenant),
                "refresh_token_reused",
                detail,
                client,
            )
            .await?;
            tx.commit().await?;
            return Ok(Refreshed::Reused);
        }
        let Some(slug) = row.slug else {
            return Ok(Refreshed::Refused);
        };
        let until = (now + REFRESH_LIFETIME).min(row.created_at + LONGEST_LIFE);
        let next = RefreshToken {
            generation: given.generation + 1,
            ..given
        };
        sqlx::query(
            "UPDATE sessions SET generation = $3, refreshed_at = $4, expires_at = $5, ip = $6, user_agent = $7 \
             WHERE tenant_id = $1 AND id = $2",
        )
        .bind(given.tenant)
        .bind(given.session)
        .bind(next.generation)
        .bind(now)
        .bind(until)
        .bind(client.ip())
        .bind(client.agent())
        .execute(tx.conn())
        .await?;
        let tokens = tokens(self, next, row.user_id, slug, now, until)?;
        tx.commit().await?;
        Ok(Refreshed::Again(tokens))
    }

    /// Opens a session in another tenant of a person who is signed in, and ends the one they come from. `None` when they
    /// have no such tenant.
    pub async fn switch_tenant(
        &self,
        grant: &Grant,
        session: Uuid,
        tenant: &str,
        client: &Client,
    ) -> Result<Option<Tokens>, StoreError> {
        let Actor::User(user) = grant.actor() else {
            return Ok(None);
        };
        let mut tx = self.system().await?;
        let chosen = choices(&mut tx, user)
            .await?
            .into_iter()
            .find(|choice| choice.slug == tenant);
        let Some(chosen) = chosen else { return Ok(None) };
        let tokens = open(self, &mut tx, user, &chosen, client).await?;
        end(&mut tx, &[session], "switched").await?;
        remember(&mut tx, Some(user), Some(chosen.tenant_id), "succeeded", client).await?;
        tx.commit().await?;
        Ok(Some(tokens))
    }

    /// The tenants that a person who is signed in may switch to.
    pub async fn tenants_of(&self, grant: &Grant) -> Result<Vec<Choice>, StoreError> {
        let Actor::User(user) = grant.actor() else {
            return Ok(Vec::new());
        };
        let mut tx = self.system().await?;
        choices(&mut tx, user).await
    }

    /// Ends a session, or every session of its person.
    pub async fn sign_out(&self, grant: &Grant, session: Uuid, everywhere: bool) -> Result<(), StoreError> {
        let Actor::User(user) = grant.actor() else {
            return Ok(());
        };
        let mut tx = self.system().await?;
        if everywhere {
            end_all(&mut tx, user, None, "signed_out").await?;
        } else {
            end(&mut tx, &[session], "signed_out").await?;
        }
        tx.commit().await
    }

    /// Ends the session of a refresh token, for a browser whose access token has expired.
    pub async fn sign_out_with(&self, refresh_token: &str) -> Result<(), StoreError> {
        if let Some(given) = RefreshToken::read(secrets(self)?, refresh_token) {
            let mut tx = self.system().await?;
            end(&mut tx, &[given.session], "signed_out").await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Changes the password of a person who is signed in and knows the old one. Their other sessions end.
    pub async fn change_password(
        &self,
        grant: &Grant,
        session: Uuid,
        old: &str,
        new: &str,
        client: &Client,
    ) -> Result<bool, StoreError> {
        let Actor::User(user) = grant.actor() else {
            return Ok(false);
        };
        let mut tx = self.system().await?;
        let (email, name, hash): (String, String, Option<String>) = sqlx::query_as(
            "SELECT u.email, u.name, c.password_hash FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE u.id = $1",
        )
        .bind(user)
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        password::check(new, &email, &name)?;
        let account = throttle::account(&email);
        let mut tx = self.system().await?;
        let charged = throttle::charge(&mut tx, std::slice::from_ref(&account)).await?;
        tx.commit().await?;
        if matches!(charged, Charged::Locked(_)) {
            return Err(StoreError::refused("too many wrong passwords: try again later"));
        }
        if !password::verify(old, hash).await? {
            return Ok(false);
        }
        let hash = password::hash(new).await?;
        let mut tx = self.system().await?;
        throttle::forgive(&mut tx, &account, None).await?;
        set_password(&mut tx, user, &hash).await?;
        end_all(&mut tx, user, Some(session), "password_changed").await?;
        warn(&mut tx, Some(user), None, "password_changed", json!({}), client).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps the hash of a user's password.
pub(super) async fn set_password(tx: &mut SystemTx, user: UserId, hash: &str) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO credentials (user_id, password_hash, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at",
    )
    .bind(user)
    .bind(hash)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn end(tx: &mut SystemTx, sessions: &[Uuid], because: &str) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "UPDATE sessions SET revoked_at = $2, revoked_because = $3 WHERE id = ANY ($1) AND revoked_at IS NULL",
    )
    .bind(sessions)
    .bind(now)
    .bind(because)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends every session of a user but one.
pub(super) async fn end_all(
    tx: &mut SystemTx,
    user: UserId,
    but: Option<Uuid>,
    because: &str,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "UPDATE sessions SET revoked_at = $3, revoked_because = $4 \
         WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2",
    )
    .bind(user)
    .bind(but)
    .bind(now)
    .bind(because)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the sessions of a user in one tenant, inside a change of that tenant.
pub(crate) async fn end_in_tenant(
    tx: &mut crate::TenantTx,
    user: UserId,
    because: &str,
) -> Result<(), StoreError> {
    let (now, tenant): (_, TenantId) = (tx.now(), tx.grant().tenant());
    sqlx::query(
        "UPDATE sessions SET revoked_at = $3, revoked_because = $4 \
         WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL",
    )
    .bind(tenant)
    .bind(user)
    .bind(now)
    .bind(because)
    .execute(tx.conn())
    .await?;
    Ok(())
}
