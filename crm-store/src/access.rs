//! What the actor of a transaction may see and do.
//!
//! Postgres enforces the tenant and the record rules (`migrations/0010_access.sql`). [`Access`] is the same role as the
//! service sees it: rights on objects, for errors that say what is missing, and the rules on fields, which
//! [`crate::records`] applies to everything that it reads, filters, sorts and writes. So REST, tools, retrieval, export
//! and questions obey one set of rules.

mod cover;
pub mod sharing;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{self, Object},
    text_enum::text_enum,
};

text_enum! {
    /// What can be done to the records of an object.
    pub enum Verb {
        /// To make one.
        Create = "create",
        /// To see those that the record rules allow.
        Read = "read",
        /// To change those that the record rules allow.
        Update = "update",
        /// To delete, restore and merge them.
        Delete = "delete",
        /// To see every record, whoever owns it.
        ViewAll = "view_all",
        /// To change every record, whoever owns it.
        ModifyAll = "modify_all",
    }
}

text_enum! {
    /// What a role may not do with a field.
    pub enum FieldRule {
        /// It is as if the field did not exist.
        Hidden = "hidden",
        /// The field is there, its value is not shown; it cannot be changed, filtered or sorted by.
        Masked = "masked",
        /// The value is shown and cannot be changed.
        ReadOnly = "read_only",
    }
}

/// A role's rights, as `roles.permissions` holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Permissions {
    /// Everything, also what later versions add.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// Rights per object; `*` is every object that is not named.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub objects: HashMap<String, HashSet<Verb>>,
    /// Rules per object and field.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub fields: HashMap<String, HashMap<String, FieldRule>>,
    /// What the role administers, such as `members`.
    #[serde(skip_serializing_if = "HashSet::is_empty")]
    pub manage: HashSet<String>,
}

/// What the actor of a transaction may see and do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    permissions: Permissions,
    role: Option<Uuid>,
    owners: Vec<Uuid>,
    /// The scopes of a key; a person has none.
    scopes: Option<Vec<String>>,
}

/// The scope that a key with these lacks to ask about the numbers of an object; none when it has all that it needs.
pub fn scope_missing(held: &[String], object: &Object) -> Option<&'static str> {
    let needed: &[&str] = match object.name {
        "ledger_entry" => &["records:read", "usage:read"],
        "run" => &["records:read", "runs:read"],
        "conversation" => &["records:read", "conversations:read"],
        _ => &["records:read"],
    };
    let has = |scope: &str| held.iter().any(|held| held == scope || held == "*");
    needed.iter().copied().find(|scope| !has(scope))
}

#[derive(sqlx::FromRow)]
struct Row {
    permissions: sqlx::types::Json<Permissions>,
    role: Option<Uuid>,
    owners: Option<Vec<Uuid>>,
    scopes: Option<Vec<String>>,
}

impl TenantTx {
    /// What this transaction's actor may see and do. Read once in a transaction.
    pub async fn access(&mut self) -> Result<Arc<Access>, StoreError> {
        if let Some(access) = self.known_access() {
            return Ok(access);
        }
        let read = sqlx::query_as(
            "SELECT app_permissions() AS permissions, app_role_id() AS role, app_visible_owners() AS owners, \
             CASE WHEN app_actor_kind() = 'api_key' THEN COALESCE((SELECT k.scopes FROM api_keys k \
                 WHERE k.id = app_actor_id() AND k.revoked_at IS NULL), '{}') END AS scopes",
        )
        .fetch_one(self.timely().await?)
        .await;
        let row: Row = read.map_err(|error| self.late(error))?;
        let access = Arc::new(Access {
            permissions: row.permissions.0,
            role: row.role,
            owners: row.owners.unwrap_or_default(),
            scopes: row.scopes,
        });
        self.know_access(Arc::clone(&access));
        Ok(access)
    }
}

impl Access {
    /// Whether the actor may do this to records of the object.
    pub fn can(&self, object: &Object, verb: Verb) -> bool {
        let held = &self.permissions;
        held.all
            || held
                .objects
                .get(object.name)
                .or_else(|| held.objects.get("*"))
                .is_some_and(|verbs| verbs.contains(&verb))
    }

    /// Refuses what the actor may not do, in words.
    pub fn require(&self, object: &Object, verb: Verb) -> Result<(), StoreError> {
        if self.can(object, verb) {
            return Ok(());
        }
        Err(StoreError::refused(format!(
            "your role may not {} {}",
            verb.as_str().replace('_', " "),
            object.plural.replace('_', " ")
        )))
    }

    /// Whether the actor may ask about the numbers of an object, in whatever way a question comes.
    pub fn asks(&self, object: &Object) -> bool {
        self.require_asking(object).is_ok()
    }

    /// Refuses questions about an object, in words: to whom the role does not open it, to keys without the scopes for it,
    /// and about usage to whoever does not administer budgets.
    pub fn require_asking(&self, object: &Object) -> Result<(), StoreError> {
        self.require(object, Verb::Read)?;
        if object.name == catalog::LEDGER_ENTRY.name {
            self.require_area("budgets")?;
        }
        match self.scopes.as_ref().and_then(|held| scope_missing(held, object)) {
            None => Ok(()),
            Some(scope) => Err(StoreError::refused(format!(
                "this needs a key with the scope {scope}"
            ))),
        }
    }

    /// What the actor may not do with a field, if anything.
    pub fn field_rule(&self, object: &Object, field: &str) -> Option<FieldRule> {
        self.permissions.fields.get(object.name)?.get(field).copied()
    }

    /// Whether the actor administers an area, such as `members`.
    pub fn manages(&self, area: &str) -> bool {
        self.permissions.all || self.permissions.manage.contains(area)
    }

    /// Refuses what only those may do who administer an area, in words.
    pub fn require_area(&self, area: &str) -> Result<(), StoreError> {
        if self.manages(area) {
            return Ok(());
        }
        Err(StoreError::refused(format!(
            "your role does not administer {area}"
        )))
    }

    /// The actor's role.
    pub fn role(&self) -> Option<Uuid> {
        self.role
    }

    /// Whose records the actor sees without being allowed to view all.
    pub fn owners(&self) -> &[Uuid] {
        &self.owners
    }

    /// The rights, for showing them.
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }
}
