//! Roles: what their members see and do.

mod builtin;
mod write;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

pub use builtin::BUILTIN;
pub(crate) use builtin::found;
pub use write::RoleDraft;

use crate::{StoreError, TenantTx, access::Permissions};

/// What a role may administer.
pub const AREAS: &[&str] = &[
    "members", "roles", "settings", "keys", "webhooks", "audit", "security", "budgets", "privacy", "imports",
    "exports", "articles", "sites", "catalog", "runs", "models",
];

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// The role.
    pub id: Uuid,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The role above, whose members see what the members of this one own.
    pub parent_id: Option<Uuid>,
    /// What it may do.
    pub permissions: Permissions,
    /// Whether every tenant has it; it keeps its name and cannot be deleted.
    pub builtin: bool,
    /// Active members who have it.
    pub members: i64,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: String,
    parent_id: Option<Uuid>,
    permissions: Json<Permissions>,
    builtin: bool,
    members: i64,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            parent_id: row.parent_id,
            permissions: row.permissions.0,
            builtin: row.builtin,
            members: row.members,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

const SELECT: &str = "\
    SELECT r.id, r.name, r.description, r.parent_id, r.permissions, r.builtin, r.version, r.created_at, r.updated_at, \
        (SELECT count(*) FROM memberships m WHERE m.role_id = r.id AND m.status = 'active') AS members FROM roles r";

/// The roles of the tenant.
#[derive(Debug)]
pub struct Roles<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The roles of the tenant.
    pub fn roles(&mut self) -> Roles<'_> {
        Roles(self)
    }
}

impl Roles<'_> {
    /// Every role, by name. A tenant has few.
    pub async fn list(&mut self) -> Result<Vec<Role>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!("{SELECT} ORDER BY r.name")))
            .fetch_all(self.0.conn())
            .await?;
        Ok(rows.into_iter().map(Role::from).collect())
    }

    /// One role.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Role>, StoreError> {
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE r.id = $1")))
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?;
        Ok(row.map(Role::from))
    }

    /// The role with this name.
    pub async fn by_name(&mut self, name: &str) -> Result<Option<Role>, StoreError> {
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE r.name = $1")))
            .bind(name)
            .fetch_optional(self.0.conn())
            .await?;
        Ok(row.map(Role::from))
    }

    /// Refuses to give a role that may do more than its giver, or whose place shows more records: nobody gives more
    /// than they hold, to others or to themselves.
    pub async fn check_gift(&mut self, role: Uuid, held: &Permissions) -> Result<Role, StoreError> {
        let wanted = self.get(role).await?;
        let wanted = wanted.ok_or_else(|| StoreError::invalid("role_id", "there is no such role"))?;
        if let Some(more) = held.lacks(&wanted.permissions) {
            return Err(StoreError::Refused {
                what: format!(
                    "the role {} allows {more}, which you may not do yourself",
                    wanted.name
                ),
                fields: vec!["role_id".to_owned()],
            });
        }
        if !held.all && self.shows_more(role).await? {
            return Err(StoreError::Refused {
                what: format!(
                    "the role {} sees records of members whose records you do not see",
                    wanted.name
                ),
                fields: vec!["role_id".to_owned()],
            });
        }
        Ok(wanted)
    }

    /// Whether there is a role below this one that is not below the actor's own.
    async fn shows_more(&mut self, role: Uuid) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "WITH RECURSIVE theirs AS (SELECT id FROM roles WHERE parent_id = $1 \
                 UNION SELECT r.id FROM roles r JOIN theirs t ON r.parent_id = t.id), \
             mine AS (SELECT id FROM roles WHERE parent_id = (SELECT app_role_id()) \
                 UNION SELECT r.id FROM roles r JOIN mine m ON r.parent_id = m.id) \
             SELECT EXISTS (SELECT FROM theirs WHERE id NOT IN (SELECT id FROM mine))",
        )
        .bind(role)
        .fetch_one(self.0.conn())
        .await?)
    }
}
