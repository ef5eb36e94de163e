//! Making, changing and deleting roles.

use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::{AREAS, Role, Roles};
use crate::{
    StoreError,
    access::{Permissions, sharing::hold_back_writers},
    catalog,
};

/// A role to be, or what it is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDraft {
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The role above.
    pub parent_id: Option<Uuid>,
    /// What it may do.
    pub permissions: Permissions,
}

impl Roles<'_> {
    /// Makes a role. `held` is what the maker may do: the role may do no more.
    pub async fn create(&mut self, draft: &RoleDraft, held: &Permissions) -> Result<Role, StoreError> {
        self.0.access().await?.require_area("roles")?;
        check(draft, held)?;
        let (tenant, now, id) = (self.0.grant().tenant(), self.0.now(), Uuid::now_v7());
        sqlx::query(
            "INSERT INTO roles (tenant_id, id, name, description, parent_id, permissions, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(tenant)
        .bind(id)
        .bind(&draft.name)
        .bind(&draft.description)
        .bind(draft.parent_id)
        .bind(Json(&draft.permissions))
        .bind(now)
        .execute(self.0.conn())
        .await?;
        self.0
            .audit()
            .record(
                "create",
                "role",
                Some(id),
                &["name", "description", "parent_id", "permissions"],
            )
            .await?;
        self.get(id).await?.ok_or(StoreError::NotFound { what: "role" })
    }

    /// Changes a role, if nobody else did since `expected`. Neither what it was nor what it becomes may be more than
    /// `held`, so that nobody takes away what they could not have given.
    pub async fn update(
        &mut self,
        id: Uuid,
        draft: &RoleDraft,
        expected: i64,
        held: &Permissions,
    ) -> Result<Role, StoreError> {
        self.0.access().await?.require_area("roles")?;
        // One change of the roles at a time: a circle must not come about between two checks.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('roles ' || $1::text, 0))")
            .bind(self.0.grant().tenant())
            .execute(self.0.conn())
            .await?;
        let before = self.get(id).await?.ok_or(StoreError::NotFound { what: "role" })?;
        if before.version != expected {
            return Err(StoreError::Stale {
                current: before.version,
            });
        }
        if before.builtin && before.permissions.all {
            return Err(StoreError::refused(
                "the role admin cannot be changed: somebody must be able to do everything",
            ));
        }
        if before.builtin && before.name != draft.name {
            return Err(StoreError::invalid(
                "name",
                "a role that every tenant has keeps its name",
            ));
        }
        check(draft, held)?;
        if let Some(more) = held.lacks(&before.permissions) {
            return Err(StoreError::refused(format!(
                "this role allows {more}, which you may not do yourself"
            )));
        }
        if before.parent_id != draft.parent_id {
            self.check_parent(id, draft.parent_id, held).await?;
        }
        let now = self.0.now();
        sqlx::query(
            "UPDATE roles SET name = $2, description = $3, parent_id = $4, permissions = $5, version = version + 1, \
                 updated_at = $6 WHERE id = $1",
        )
        .bind(id)
        .bind(&draft.name)
        .bind(&draft.description)
        .bind(draft.parent_id)
        .bind(Json(&draft.permissions))
        .bind(now)
        .execute(self.0.conn())
        .await?;
        let after = self.get(id).await?.ok_or(StoreError::NotFound { what: "role" })?;
        let fields = changed(&before, &after);
        if !fields.is_empty() {
            self.0.audit().record("update", "role", Some(id), &fields).await?;
            self.0
                .security_event("role_changed", json!({"role_id": id, "fields": fields}))
                .await?;
        }
        Ok(after)
    }

    /// Deletes a role that nobody has: no member, no open invitation, no key, no role below it.
    pub async fn delete(&mut self, id: Uuid, expected: i64, held: &Permissions) -> Result<(), StoreError> {
        self.0.access().await?.require_area("roles")?;
        // Its sharing rules go with it.
        hold_back_writers(self.0).await?;
        let before = self.get(id).await?.ok_or(StoreError::NotFound { what: "role" })?;
        if before.version != expected {
            return Err(StoreError::Stale {
                current: before.version,
            });
        }
        if before.builtin {
            return Err(StoreError::refused(
                "a role that every tenant has cannot be deleted",
            ));
        }
        if let Some(more) = held.lacks(&before.permissions) {
            return Err(StoreError::refused(format!(
                "this role allows {more}, which you may not do yourself"
            )));
        }
        let users: Value = sqlx::query_scalar(
            "SELECT jsonb_build_object(\
                 'members', (SELECT count(*) FROM memberships WHERE role_id = $1), \
                 'keys', (SELECT count(*) FROM api_keys WHERE role_id = $1), \
                 'invitations', (SELECT count(*) FROM invites WHERE role_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL), \
                 'roles below', (SELECT count(*) FROM roles WHERE parent_id = $1))",
        )
        .bind(id)
        .fetch_one(self.0.conn())
        .await?;
        let used: Vec<String> = users
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, count)| count.as_i64() != Some(0))
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        if !used.is_empty() {
            return Err(StoreError::Conflict {
                what: format!("the role {} is in use: {}", before.name, used.join(", ")),
                constraint: "roles_in_use".to_owned(),
            });
        }
        // Invitations that are over keep no role alive.
        for statement in [
            "DELETE FROM invites WHERE role_id = $1",
            "DELETE FROM roles WHERE id = $1",
        ] {
            sqlx::query(statement).bind(id).execute(self.0.conn()).await?;
        }
        self.0.audit().record("delete", "role", Some(id), &[]).await
    }

    /// Under another role, its members see the records of this role's members: only who sees those gives that away.
    async fn check_parent(
        &mut self,
        id: Uuid,
        parent: Option<Uuid>,
        held: &Permissions,
    ) -> Result<(), StoreError> {
        let Some(parent) = parent else { return Ok(()) };
        let (circle, mine): (bool, bool) = sqlx::query_as(
            "WITH RECURSIVE above AS (SELECT id, parent_id FROM roles WHERE id = $2 \
                 UNION SELECT r.id, r.parent_id FROM roles r JOIN above a ON r.id = a.parent_id), \
             mine AS (SELECT id FROM roles WHERE parent_id = (SELECT app_role_id()) \
                 UNION SELECT r.id FROM roles r JOIN mine m ON r.parent_id = m.id) \
             SELECT EXISTS (SELECT FROM above WHERE id = $1), EXISTS (SELECT FROM mine WHERE id = $1)",
        )
        .bind(id)
        .bind(parent)
        .fetch_one(self.0.conn())
        .await?;
        if circle {
            return Err(StoreError::invalid("parent_id", "a role cannot be above itself"));
        }
        if !held.all && !mine {
            return Err(StoreError::refused(
                "you do not see the records of this role's members, so you cannot show them to others",
            ));
        }
        Ok(())
    }
}

/// Names that exist, and no more than the maker holds.
fn check(draft: &RoleDraft, held: &Permissions) -> Result<(), StoreError> {
    let permissions = &draft.permissions;
    for object in permissions.objects.keys() {
        if object != "*" && catalog::object(object).is_none_or(|known| known.name != object) {
            return Err(StoreError::invalid(
                format!("permissions/objects/{object}"),
                "is no object: see the names in /openapi.json, in the singular",
            ));
        }
    }
    for (object, fields) in &permissions.fields {
        let known = catalog::object(object).filter(|known| known.name == object);
        let Some(known) = known else {
            return Err(StoreError::invalid(
                format!("permissions/fields/{object}"),
                "is no object",
            ));
        };
        if let Some(field) = fields.keys().find(|field| known.field(field).is_none()) {
            return Err(StoreError::invalid(
                format!("permissions/fields/{object}/{field}"),
                format!("{object} has no such field"),
            ));
        }
    }
    if let Some(area) = permissions
        .manage
        .iter()
        .find(|area| !AREAS.contains(&area.as_str()))
    {
        return Err(StoreError::invalid(
            "permissions/manage",
            format!("{area} is no area; there are {}", AREAS.join(", ")),
        ));
    }
    match held.lacks(permissions) {
        Some(more) => Err(StoreError::Refused {
            what: format!("this role would allow {more}, which you may not do yourself"),
            fields: vec!["permissions".to_owned()],
        }),
        None => Ok(()),
    }
}

fn changed(before: &Role, after: &Role) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("description", before.description != after.description),
        ("parent_id", before.parent_id != after.parent_id),
        ("permissions", before.permissions != after.permissions),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect()
}
