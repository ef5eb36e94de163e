//! Where somebody is signed in, for them and for who administers members.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{Actor, StoreError, TenantTx, access::Permissions};

/// The most sessions that are listed; nobody has more by hand.
const MOST: i64 = 200;

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct OpenSession {
    /// The session.
    pub id: Uuid,
    /// From which address it was used last.
    pub ip: Option<String>,
    /// What the program called itself.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When its tokens were renewed last.
    pub refreshed_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Open sessions in the tenant.
#[derive(Debug)]
pub struct Sessions<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Open sessions in the tenant.
    pub fn sessions(&mut self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    /// The actor's own, the latest first. A program has none.
    pub async fn own(&mut self) -> Result<Vec<OpenSession>, StoreError> {
        match self.0.grant().actor() {
            Actor::User(user) => self.of_user(user.uuid()).await,
            Actor::ApiKey(_) | Actor::Visitor(_) | Actor::Job(_) => Ok(Vec::new()),
        }
    }

    /// A member's, by the id of the membership or of the user.
    pub async fn of_member(&mut self, member: Uuid) -> Result<Vec<OpenSession>, StoreError> {
        self.0.access().await?.require_area("members")?;
        let member = self.0.members().get(member).await?;
        let member = member.ok_or(StoreError::NotFound { what: "member" })?;
        self.of_user(member.user_id.uuid()).await
    }

    async fn of_user(&mut self, user: Uuid) -> Result<Vec<OpenSession>, StoreError> {
        let now = self.0.now();
        Ok(sqlx::query_as(
            "SELECT id, ip, user_agent, created_at, refreshed_at, expires_at FROM sessions \
             WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY refreshed_at DESC, id DESC LIMIT $3",
        )
        .bind(user)
        .bind(now)
        .bind(MOST)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Ends one of the actor's own. One that is over, or somebody else's, is not there.
    pub async fn end_own(&mut self, session: Uuid) -> Result<(), StoreError> {
        let Actor::User(user) = self.0.grant().actor() else {
            return Err(StoreError::NotFound { what: "session" });
        };
        self.end(user.uuid(), session, "revoked").await
    }

    /// Ends one of a member's. `held` is what who asks may do: nobody ends the session of somebody who may do more.
    pub async fn end_of_member(
        &mut self,
        member: Uuid,
        session: Uuid,
        held: &Permissions,
    ) -> Result<(), StoreError> {
        self.0.access().await?.require_area("members")?;
        let member = self.0.members().get(member).await?;
        let member = member.ok_or(StoreError::NotFound { what: "member" })?;
        self.0.roles().check_gift(member.role_id, held).await?;
        self.end(member.user_id.uuid(), session, "revoked_by_admin").await
    }

    async fn end(&mut self, user: Uuid, session: Uuid, because: &str) -> Result<(), StoreError> {
        let now = self.0.now();
        let ended = sqlx::query(
            "UPDATE sessions SET revoked_at = $3, revoked_because = $4 \
             WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3",
        )
        .bind(session)
        .bind(user)
        .bind(now)
        .bind(because)
        .execute(self.0.conn())
        .await?;
        if ended.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "session" });
        }
        let detail = json!({"session_id": session, "user_id": user});
        self.0.security_event("session_revoked", detail).await
    }
}
