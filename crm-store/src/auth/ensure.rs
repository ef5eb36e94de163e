//! Members that the operator makes, such as those of the demo companies.

use uuid::Uuid;

use super::{login::credentials, password, session};
use crate::{Store, StoreError, ids::UserId};

/// A member to be there.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberToBe<'a> {
    /// The address.
    pub email: &'a str,
    /// The name for people.
    pub name: &'a str,
    /// The name of a role that the tenant has.
    pub role: &'a str,
    /// The password to sign in with; none is set and none is changed without it.
    pub password: Option<&'a str>,
}

impl Store {
    /// Makes sure that a tenant has this member, with this role, who signs in with this password. Run again it changes
    /// nothing. `api/src/commands/demo.rs` makes one login per role with it, and writes them to `demo.json`.
    ///
    /// For the command line, as [`Store::operate`] is: it asks nobody's rights.
    pub async fn ensure_member(&self, tenant: &str, member: &MemberToBe<'_>) -> Result<UserId, StoreError> {
        let mut tx = self.system().await?;
        let tenant = tx
            .tenants()
            .by_slug(tenant)
            .await?
            .ok_or(StoreError::NotFound { what: "tenant" })?;
        let user = tx.users().ensure(member.email, member.name).await?.id;
        let now = tx.now();
        let joined = sqlx::query(
            "INSERT INTO memberships AS m (tenant_id, id, user_id, role_id, created_at, updated_at) \
             SELECT $1, $2, $3, r.id, $5, $5 FROM roles r WHERE r.tenant_id = $1 AND r.name = $4 \
             ON CONFLICT (tenant_id, user_id) DO UPDATE SET role_id = excluded.role_id, status = 'active', \
                 version = m.version + 1, updated_at = excluded.updated_at \
             WHERE m.role_id <> excluded.role_id OR m.status <> 'active'",
        )
        .bind(tenant.id)
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(member.role)
        .bind(now)
        .execute(tx.conn())
        .await?;
        let is_member =
            joined.rows_affected() == 1 || tx.users().member(tenant.id, member.email).await?.is_some();
        if !is_member {
            return Err(StoreError::NotFound { what: "role" });
        }
        let hash = credentials(&mut tx, member.email)
            .await?
            .and_then(|(_, hash)| hash);
        tx.commit().await?;
        if let Some(wanted) = member.password
            && !password::verify(wanted, hash).await?
        {
            let hash = password::hash(wanted).await?;
            let mut tx = self.system().await?;
            session::set_password(&mut tx, user, &hash).await?;
            tx.commit().await?;
        }
        Ok(user)
    }
}
