//! A role as clients see it.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    access::{FieldRule, Permissions, Verb},
    roles::Role,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// What a role may do.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PermissionsView {
    /// Everything, also what later versions add.
    pub all: bool,
    /// Per object in the singular, and `*` for those that are not named: `create`, `read`, `update`, `delete`,
    /// `view_all` (also what others own), `modify_all`.
    #[schema(value_type = Object, example = json!({"lead": ["create", "read", "update"], "*": ["read"]}))]
    pub objects: BTreeMap<String, BTreeSet<VerbWord>>,
    /// Per object and field: `hidden`, `masked` or `read_only`.
    #[schema(value_type = Object, example = json!({"contact": {"phone": "masked"}}))]
    pub fields: BTreeMap<String, BTreeMap<String, FieldRule>>,
    /// What the role administers.
    #[schema(example = json!(["exports", "imports"]))]
    pub manage: BTreeSet<String>,
}

/// A verb with an order, so that answers do not change from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerbWord(Verb);

impl Ord for VerbWord {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl PartialOrd for VerbWord {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&Permissions> for PermissionsView {
    fn from(held: &Permissions) -> Self {
        let verbs = |verbs: &std::collections::HashSet<Verb>| verbs.iter().copied().map(VerbWord).collect();
        let rules = |rules: &std::collections::HashMap<String, FieldRule>| {
            rules.iter().map(|(field, rule)| (field.clone(), *rule)).collect()
        };
        Self {
            all: held.all,
            objects: held
                .objects
                .iter()
                .map(|(object, held)| (object.clone(), verbs(held)))
                .collect(),
            fields: held
                .fields
                .iter()
                .map(|(object, held)| (object.clone(), rules(held)))
                .collect(),
            manage: held.manage.iter().cloned().collect(),
        }
    }
}

impl From<PermissionsView> for Permissions {
    fn from(view: PermissionsView) -> Self {
        Self {
            all: view.all,
            objects: view
                .objects
                .into_iter()
                .map(|(object, verbs)| (object, verbs.into_iter().map(|verb| verb.0).collect()))
                .collect(),
            fields: view
                .fields
                .into_iter()
                .map(|(object, rules)| (object, rules.into_iter().collect()))
                .collect(),
            manage: view.manage.into_iter().collect(),
        }
    }
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// The role.
    id: Uuid,
    /// Its name.
    #[schema(example = "sales")]
    name: String,
    /// What it is for.
    description: String,
    /// The role above: its members see what the members of this one own.
    parent_id: Option<Uuid>,
    /// What it may do.
    permissions: PermissionsView,
    /// Whether every organisation has it.
    builtin: bool,
    /// Active members who have it.
    members: i64,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            parent_id: role.parent_id,
            permissions: (&role.permissions).into(),
            builtin: role.builtin,
            members: role.members,
            version: role.version,
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}

impl RoleView {
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}
