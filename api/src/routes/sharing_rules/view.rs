//! A sharing rule as clients see and write it.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    access::{
        Permissions, Verb,
        sharing::{NewSharingRule, ShareAccess, SharingRule},
    },
    query::Condition,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Problem, ProblemKind, http::etag};

/// A rule to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Its name, unique in the organisation.
    #[schema(example = "Enterprise accounts for support", min_length = 1, max_length = 120)]
    name: String,
    /// The object, in the singular; one whose records somebody owns.
    #[schema(example = "account")]
    object: String,
    /// Filters on indexed fields that a record passes, all of them; none opens every record.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, example = json!([{"field": "type", "op": "eq", "value": "customer"}]))]
    criteria: Vec<Condition>,
    /// For whom.
    role_id: Uuid,
    /// `read` or `write`.
    #[schema(value_type = String, example = "read")]
    access: ShareAccess,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// The rule.
    id: Uuid,
    /// Its name.
    name: String,
    /// The object.
    #[schema(example = "account")]
    object: String,
    /// The filters that a record passes, all of them.
    #[schema(value_type = Vec<Object>)]
    criteria: Vec<Condition>,
    /// For whom.
    role_id: Uuid,
    /// `read` or `write`.
    #[schema(example = "read")]
    access: String,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<SharingRule> for RuleView {
    fn from(rule: SharingRule) -> Self {
        Self {
            id: rule.id,
            name: rule.name,
            object: rule.object,
            criteria: rule.criteria,
            role_id: rule.role_id,
            access: rule.access.to_string(),
            version: rule.version,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

impl RuleView {
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

impl NewRule {
    /// The rule, if who makes it may see and change all that it could open.
    pub(super) fn checked(self, held: &Permissions) -> Result<NewSharingRule, Problem> {
        let verb = match self.access {
            ShareAccess::Read => Verb::ViewAll,
            ShareAccess::Write => Verb::ModifyAll,
        };
        if !held.can(&self.object, verb) {
            return Err(Problem::new(
                ProblemKind::Forbidden,
                format!(
                    "only who may {} themselves can open records of {} to others",
                    verb.as_str().replace('_', " "),
                    self.object.chars().take(60).collect::<String>()
                ),
            ));
        }
        Ok(NewSharingRule {
            name: self.name,
            object: self.object,
            criteria: self.criteria,
            role_id: self.role_id,
            access: self.access,
        })
    }
}
