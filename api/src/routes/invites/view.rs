//! An invitation as clients see it: never with its token.

use chrono::{DateTime, Utc};
use crm_store::auth::Invite;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteView {
    /// The invitation.
    id: Uuid,
    /// Who is invited.
    #[schema(example = "mara@brightwater.example")]
    email: String,
    /// Their name, if it is known.
    name: Option<String>,
    /// The role that they will have.
    role_id: Uuid,
    /// The member who invited them.
    invited_by: Option<Uuid>,
    /// When.
    created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
    /// When it was accepted.
    accepted_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Invite> for InviteView {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id,
            email: invite.email,
            name: invite.name,
            role_id: invite.role_id,
            invited_by: invite.invited_by,
            created_at: invite.created_at,
            expires_at: invite.expires_at,
            accepted_at: invite.accepted_at,
            revoked_at: invite.revoked_at,
        }
    }
}
