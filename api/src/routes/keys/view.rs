//! A key as clients see it: never with its secret.

use chrono::{DateTime, Utc};
use crm_store::api_keys::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// The key.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "website")]
    pub name: String,
    /// How it starts.
    #[schema(example = "crm_Zk3xQ1")]
    pub prefix: String,
    /// What it may do.
    #[schema(example = json!(["agents:run", "runs:read"]))]
    pub scopes: Vec<String>,
    /// The role that it is bound to.
    pub role_id: Option<Uuid>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            role_id: key.role_id,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            created_at: key.created_at,
        }
    }
}
