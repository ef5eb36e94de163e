//! The members of a tenant: who they are, what role they have, whether they may sign in.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, access::Permissions, auth::end_in_tenant, ids::UserId, text_enum::text_enum,
};

text_enum! {
    /// Whether a member may sign in.
    pub enum MemberStatus {
        /// They may.
        Active = "active",
        /// Not for now.
        Disabled = "disabled",
        /// They left; their name stays on what they did.
        Removed = "removed",
    }
}

/// A member of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Member {
    /// The membership.
    pub id: Uuid,
    /// The user.
    pub user_id: UserId,
    /// The address.
    pub email: String,
    /// The name for people.
    pub name: String,
    /// The member's role.
    pub role_id: Uuid,
    /// The name of the member's role.
    pub role: String,
    /// Whether they may sign in.
    pub status: MemberStatus,
    /// Counts the changes.
    pub version: i64,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A change of a member; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// The role that they get.
    pub role: Option<Uuid>,
    /// Whether they may sign in.
    pub status: Option<MemberStatus>,
}

const SELECT: &str = "\
    SELECT m.id, m.user_id, u.email, u.name, m.role_id, r.name AS role, m.status, m.version, m.created_at, m.updated_at \
    FROM memberships m JOIN users u ON u.id = m.user_id JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id";

/// The members of the tenant.
#[derive(Debug)]
pub struct Members<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The members of the tenant.
    pub fn members(&mut self) -> Members<'_> {
        Members(self)
    }
}

impl Members<'_> {
    /// The members of the tenant, by address, without those who left.
    pub async fn list(&mut self) -> Result<Vec<Member>, StoreError> {
        self.page(None, None, 10_000).await
    }

    /// Members after an address, by address; of one status, else all but those who left.
    pub async fn page(
        &mut self,
        status: Option<MemberStatus>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Member>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE CASE WHEN $1::text IS NULL THEN m.status <> 'removed' ELSE m.status = $1 END \
               AND ($2::text IS NULL OR u.email > $2) ORDER BY u.email LIMIT $3"
        )))
        .bind(status)
        .bind(after)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// One member, by the id of the membership or of the user.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Member>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE m.id = $1 OR m.user_id = $1"
        )))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Changes role or status, if nobody else did since `expected`. `held` is what the changer may do: neither the role
    /// that the member has nor the one that they get may do more. One active member who may do everything stays.
    pub async fn change(
        &mut self,
        id: Uuid,
        change: MemberChange,
        expected: i64,
        held: &Permissions,
    ) -> Result<Member, StoreError> {
        self.0.access().await?.require_area("members")?;
        // In one order and before anything is read, so that two admins who demote each other take turns.
        let admins: Vec<Uuid> = sqlx::query_scalar(
            "SELECT m.id FROM memberships m JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id \
             WHERE m.status = 'active' AND r.permissions -> 'all' = 'true' ORDER BY m.id FOR UPDATE OF m",
        )
        .fetch_all(self.0.conn())
        .await?;
        if admins.is_empty() {
            // There always is one. Whoever finds none was an admin when this began, and is none any more.
            return Err(StoreError::refused(
                "your role does not administer members any more",
            ));
        }
        let before = self
            .get(id)
            .await?
            .ok_or(StoreError::NotFound { what: "member" })?;
        if before.version != expected {
            return Err(StoreError::Stale {
                current: before.version,
            });
        }
        let (role, status) = (
            change.role.unwrap_or(before.role_id),
            change.status.unwrap_or(before.status),
        );
        // Also who only disables somebody must stand above them.
        self.0.roles().check_gift(before.role_id, held).await?;
        let wanted = self.0.roles().check_gift(role, held).await?;
        let stays_admin = wanted.permissions.all && status == MemberStatus::Active;
        if admins == [before.id] && !stays_admin {
            return Err(StoreError::Conflict {
                what: "this is the last member who may do everything: make somebody else an admin first"
                    .to_owned(),
                constraint: "memberships_last_admin".to_owned(),
            });
        }
        let fields: Vec<&str> = [
            ("role_id", role != before.role_id),
            ("status", status != before.status),
        ]
        .into_iter()
        .filter_map(|(name, changed)| changed.then_some(name))
        .collect();
        if fields.is_empty() {
            return Ok(before);
        }
        let now = self.0.now();
        sqlx::query(
            "UPDATE memberships SET role_id = $2, status = $3, version = version + 1, updated_at = $4 WHERE id = $1",
        )
        .bind(before.id)
        .bind(role)
        .bind(status)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if status != MemberStatus::Active {
            end_in_tenant(self.0, before.user_id, "member_left").await?;
        }
        self.0
            .audit()
            .record("update", "member", Some(before.id), &fields)
            .await?;
        let detail =
            json!({"member_id": before.id, "user_id": before.user_id, "role": wanted.name, "status": status});
        self.0.security_event("member_changed", detail).await?;
        self.get(before.id)
            .await?
            .ok_or(StoreError::NotFound { what: "member" })
    }
}
