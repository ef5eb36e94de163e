//! A member as clients see them.

use axum::{Json, response::Response};
use chrono::{DateTime, Utc};
use crm_store::members::Member;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// The membership.
    id: Uuid,
    /// The person, as `owner_id` of records names them.
    user_id: Uuid,
    /// The address.
    #[schema(example = "mara@brightwater.example")]
    email: String,
    /// The name.
    #[schema(example = "Mara Lind")]
    name: String,
    /// The role.
    role_id: Uuid,
    /// The role's name.
    #[schema(example = "sales")]
    role: String,
    /// `active`, `disabled` or `removed`.
    #[schema(example = "active")]
    status: String,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// Since when.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            user_id: member.user_id.uuid(),
            email: member.email,
            name: member.name,
            role_id: member.role_id,
            role: member.role,
            status: member.status.to_string(),
            version: member.version,
            created_at: member.created_at,
            updated_at: member.updated_at,
        }
    }
}

impl MemberView {
    pub(super) fn respond(self) -> Response {
        etag::tagged(self.version, Json(self))
    }
}
