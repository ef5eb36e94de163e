//! Becoming a member by invitation.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use email_address::EmailAddress;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Client, password, session, single_use, token_hash, warn};
use crate::{
    Actor, Store, StoreError, TenantTx,
    access::Permissions,
    ids::{TenantId, UserId},
    mail::{MailKind, NewMail},
    page::{Cursor, Page, read_limit},
};

/// How long an invitation can be accepted.
pub const INVITE_LIFETIME: TimeDelta = TimeDelta::days(7);

/// What came of accepting an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The person is a member now and may sign in.
    Joined {
        /// The address to sign in with.
        email: String,
        /// The tenant's slug.
        tenant: String,
    },
    /// The token is unknown, used, withdrawn or expired.
    Unknown,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Invite {
    /// The invitation.
    pub id: Uuid,
    /// Who is invited.
    pub email: String,
    /// Their name, if it is known.
    pub name: Option<String>,
    /// The role that they will have.
    pub role_id: Uuid,
    /// Who invited them.
    pub invited_by: Option<Uuid>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, email, name, role_id, invited_by, created_at, expires_at, accepted_at, revoked_at";

/// The invitations of the tenant.
#[derive(Debug)]
pub struct Invites<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The invitations of the tenant.
    pub fn invites(&mut self) -> Invites<'_> {
        Invites(self)
    }
}

impl Invites<'_> {
    /// Invites somebody; an open invitation to the same address is withdrawn. `held` is what the inviter may do: nobody
    /// gives a role that may do more.
    pub async fn create(
        &mut self,
        email: &str,
        name: Option<&str>,
        role: Uuid,
        held: &Permissions,
    ) -> Result<Invite, StoreError> {
        self.0.access().await?.require_area("members")?;
        let email = email.trim().to_lowercase();
        if EmailAddress::from_str(&email).is_err() {
            return Err(StoreError::invalid("email", "must be an e-mail address"));
        }
        self.0.roles().check_gift(role, held).await?;
        let member: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM users u JOIN memberships m ON m.user_id = u.id WHERE u.email = $1 AND m.status = 'active')",
        )
        .bind(&email)
        .fetch_one(self.0.conn())
        .await?;
        if member {
            return Err(StoreError::Conflict {
                what: "a member with this address exists already".to_owned(),
                constraint: "memberships_user_id_key".to_owned(),
            });
        }
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        sqlx::query("UPDATE invites SET revoked_at = $2 WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL")
            .bind(&email)
            .bind(now)
            .execute(self.0.conn())
            .await?;
        let (token, hash) = single_use("cri_");
        let invited_by = match self.0.grant().actor() {
            Actor::User(user) => Some(user.uuid()),
            Actor::ApiKey(_) | Actor::Visitor(_) | Actor::Job(_) => None,
        };
        let invite: Invite = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "INSERT INTO invites (tenant_id, id, email, name, role_id, token_hash, invited_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {COLUMNS}"
        )))
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(&email)
        .bind(name)
        .bind(role)
        .bind(hash)
        .bind(invited_by)
        .bind(now)
        .bind(now + INVITE_LIFETIME)
        .fetch_one(self.0.conn())
        .await?;
        self.0
            .send_mail(&NewMail {
                to: &email,
                kind: MailKind::Invite,
                token: &token,
                expires_at: invite.expires_at,
            })
            .await?;
        self.0
            .audit()
            .record("invite", "invite", Some(invite.id), &["email", "role_id"])
            .await?;
        Ok(invite)
    }

    /// The invitations, newest first.
    pub async fn list(&mut self, after: Option<Cursor>, limit: i64) -> Result<Page<Invite>, StoreError> {
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM invites WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2) \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        )))
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |invite: &Invite| Cursor {
            at: invite.created_at,
            id: invite.id,
        }))
    }

    /// Withdraws an invitation.
    pub async fn revoke(&mut self, id: Uuid) -> Result<(), StoreError> {
        self.0.access().await?.require_area("members")?;
        let now = self.0.now();
        let open = sqlx::query(
            "UPDATE invites SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 AND accepted_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if open.rows_affected() == 0 {
            return Err(StoreError::NotFound {
                what: "open invitation",
            });
        }
        self.0
            .audit()
            .record("revoke", "invite", Some(id), &["revoked_at"])
            .await
    }
}

#[derive(sqlx::FromRow)]
struct Open {
    tenant_id: TenantId,
    id: Uuid,
    email: String,
    name: Option<String>,
    role_id: Uuid,
    slug: String,
    user_id: Option<UserId>,
    has_password: bool,
}

const OPEN: &str = "\
    SELECT i.tenant_id, i.id, i.email, i.name, i.role_id, t.slug, u.id AS user_id, c.user_id IS NOT NULL AS has_password \
    FROM invites i JOIN tenants t ON t.id = i.tenant_id AND t.status = 'active' \
    LEFT JOIN users u ON u.email = i.email LEFT JOIN credentials c ON c.user_id = u.id \
    WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2";

impl Store {
    /// Makes the holder of an invitation a member. Who has no password yet must bring one; who has one keeps it, whatever
    /// comes with the invitation.
    pub async fn accept_invite(
        &self,
        token: &str,
        name: Option<&str>,
        new_password: Option<&str>,
        client: &Client,
    ) -> Result<Accepted, StoreError> {
        let mut tx = self.system().await?;
        let now = tx.now();
        let open: Option<Open> = sqlx::query_as(OPEN)
            .bind(token_hash(token))
            .bind(now)
            .fetch_optional(tx.conn())
            .await?;
        tx.commit().await?;
        let Some(open) = open else {
            return Ok(Accepted::Unknown);
        };
        let called = name.or(open.name.as_deref()).unwrap_or(&open.email).to_owned();
        let hash = match (open.has_password, new_password) {
            (true, _) => None,
            (false, Some(password)) => {
                password::check(password, &open.email, &called)?;
                Some(password::hash(password).await?)
            }
            (false, None) => return Err(StoreError::invalid("password", "is required")),
        };

        let mut tx = self.system().await?;
        // Used up here, once: of two at the same time the second finds nothing.
        let claimed = sqlx::query(
            "UPDATE invites SET accepted_at = $3 WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        )
        .bind(open.tenant_id)
        .bind(open.id)
        .bind(now)
        .execute(tx.conn())
        .await?;
        if claimed.rows_affected() == 0 {
            return Ok(Accepted::Unknown);
        }
        let user = match open.user_id {
            Some(user) => user,
            None => tx.users().ensure(&open.email, &called).await?.id,
        };
        if let Some(hash) = hash {
            session::set_password(&mut tx, user, &hash).await?;
        }
        sqlx::query(
            "INSERT INTO memberships AS m (tenant_id, id, user_id, role_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5) \
             ON CONFLICT (tenant_id, user_id) DO UPDATE SET role_id = excluded.role_id, status = 'active', \
                 version = m.version + 1, updated_at = excluded.updated_at",
        )
        .bind(open.tenant_id)
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(open.role_id)
        .bind(now)
        .execute(tx.conn())
        .await?;
        let detail = json!({"invite_id": open.id});
        warn(
            &mut tx,
            Some(user),
            Some(open.tenant_id),
            "member_joined",
            detail,
            client,
        )
        .await?;
        tx.commit().await?;
        Ok(Accepted::Joined {
            email: open.email,
            tenant: open.slug,
        })
    }
}
