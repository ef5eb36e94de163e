//! People, and the tenants that they are members of.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Actor, Grant, Store, StoreError, SystemTx,
    ids::{JobId, TenantId, UserId},
};

/// A person who may sign in, perhaps to several tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// The address, in lower case.
    pub email: String,
    /// The name for people.
    pub name: String,
    /// When the user was made.
    pub created_at: DateTime<Utc>,
    /// When the user was changed last.
    pub updated_at: DateTime<Utc>,
}

/// Users, across tenants.
#[derive(Debug)]
pub struct Users<'t>(&'t mut SystemTx);

impl SystemTx {
    /// Users.
    pub fn users(&mut self) -> Users<'_> {
        Users(self)
    }
}

impl Store {
    /// Opens a tenant for the operator of the service, as a member or as the service itself.
    ///
    /// For the command line, whose user holds the database's credentials. HTTP
    /// never calls it.
    pub async fn operate(&self, slug: &str, as_email: Option<&str>) -> Result<Option<Grant>, StoreError> {
        let mut tx = self.system().await?;
        let Some(tenant) = tx.tenants().by_slug(slug).await? else {
            return Ok(None);
        };
        let actor = match as_email {
            None => Some(Actor::Job(JobId::new())),
            Some(email) => tx.users().member(tenant.id, email).await?.map(Actor::User),
        };
        tx.commit().await?;
        Ok(actor.map(|actor| Grant::mint(tenant.id, actor)))
    }
}

impl Users<'_> {
    /// The user with this address, made if there is none.
    pub async fn ensure(&mut self, email: &str, name: &str) -> Result<User, StoreError> {
        if let Some(user) = self.by_email(email).await? {
            return Ok(user);
        }
        let now = self.0.now();
        Ok(sqlx::query_as(
            "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, lower($2), $3, $4, $4) \
             ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING *",
        )
        .bind(UserId::new())
        .bind(email)
        .bind(name)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?)
    }

    /// The user with this address, in any case of letters.
    pub async fn by_email(&mut self, email: &str) -> Result<Option<User>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM users WHERE email = lower($1)")
            .bind(email)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// Makes a user a member of a tenant, with a role that the tenant has.
    pub async fn join(&mut self, tenant: TenantId, user: UserId, role: &str) -> Result<(), StoreError> {
        let now = self.0.now();
        let joined = sqlx::query(
            "INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) \
             SELECT $1, $2, $3, r.id, $5, $5 FROM roles r WHERE r.tenant_id = $1 AND r.name = $4",
        )
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(role)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if joined.rows_affected() == 0 {
            Err(StoreError::NotFound { what: "role" })
        } else {
            Ok(())
        }
    }

    /// The active member of a tenant with this address.
    pub async fn member(&mut self, tenant: TenantId, email: &str) -> Result<Option<UserId>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id \
             WHERE m.tenant_id = $1 AND u.email = lower($2) AND m.status = 'active'",
        )
        .bind(tenant)
        .bind(email)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Gives a new tenant its roles, the member who may do everything, and what it starts with.
    pub(crate) async fn found(&mut self, tenant: TenantId, admin: UserId) -> Result<(), StoreError> {
        crate::roles::found(self.0, tenant).await?;
        self.join(tenant, admin, "admin").await?;
        crate::defaults::defaults(self.0, tenant).await
    }
}
