//! A new password for somebody who forgot the old one.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::{
    Client, choices,
    login::credentials,
    password, session, single_use,
    throttle::{self, Charged},
    token_hash, warn,
};
use crate::{
    Actor, Grant, Store, StoreError,
    ids::{JobId, TenantId, UserId},
    mail::{MailKind, NewMail},
};

/// How long the link of a reset works.
pub const RESET_LIFETIME: TimeDelta = TimeDelta::hours(1);

impl Store {
    /// Sends a link for a new password, if the address is a member's. The caller is told nothing, so that nobody learns
    /// who has an account; too many requests for one address or from one place send nothing either.
    pub async fn request_reset(&self, email: &str, client: &Client) -> Result<(), StoreError> {
        let counters: Vec<_> = [
            Some(throttle::resets(email)),
            throttle::resets_from(client.address),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut tx = self.system().await?;
        let charged = throttle::charge(&mut tx, &counters).await?;
        let user = credentials(&mut tx, email).await?.map(|(user, _)| user);
        let from = match (user, charged) {
            (Some(user), Charged::Counted { .. }) => choices(&mut tx, user).await?.into_iter().next(),
            _ => None,
        };
        tx.commit().await?;
        let (Some(user), Some(from)) = (user, from) else {
            return Ok(());
        };

        // The tenant's own transaction, so that the mail cannot be lost once the token is there.
        let grant = Grant::mint(from.tenant_id, Actor::Job(JobId::new()));
        let mut tx = self.open(&grant).begin().await?;
        let (token, hash) = single_use("crp_");
        let expires_at = tx.now() + RESET_LIFETIME;
        let now = tx.now();
        sqlx::query(
            "INSERT INTO password_resets (tenant_id, id, user_id, token_hash, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(from.tenant_id)
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(hash)
        .bind(now)
        .bind(expires_at)
        .execute(tx.conn())
        .await?;
        tx.send_mail(&NewMail {
            to: &email.to_lowercase(),
            kind: MailKind::PasswordReset,
            token: &token,
            expires_at,
        })
        .await?;
        tx.commit().await
    }

    /// Sets a new password with the token of a reset. False when the token is unknown, used or expired. Every session of
    /// the person ends, and so do their other resets.
    pub async fn confirm_reset(&self, token: &str, new: &str, client: &Client) -> Result<bool, StoreError> {
        let mut tx = self.system().await?;
        let now = tx.now();
        let found: Option<(TenantId, UserId, String, String)> = sqlx::query_as(
            "SELECT p.tenant_id, u.id, u.email, u.name FROM password_resets p JOIN users u ON u.id = p.user_id \
             WHERE p.token_hash = $1 AND p.used_at IS NULL AND p.expires_at > $2",
        )
        .bind(token_hash(token))
        .bind(now)
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        let Some((_, user, email, name)) = found else {
            return Ok(false);
        };
        password::check(new, &email, &name)?;
        let hash = password::hash(new).await?;

        let mut tx = self.system().await?;
        // Used up here, once: of two at the same time the second finds nothing.
        let claimed = sqlx::query(
            "UPDATE password_resets SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        )
        .bind(token_hash(token))
        .bind(now)
        .execute(tx.conn())
        .await?;
        if claimed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL")
            .bind(user)
            .bind(now)
            .execute(tx.conn())
            .await?;
        session::set_password(&mut tx, user, &hash).await?;
        session::end_all(&mut tx, user, None, "password_reset").await?;
        throttle::forgive(&mut tx, &throttle::account(&email), None).await?;
        warn(&mut tx, Some(user), None, "password_reset", json!({}), client).await?;
        tx.commit().await?;
        Ok(true)
    }
}
