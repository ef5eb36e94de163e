//! Schemas as clients see them.

use axum::{Json, response::Response};
use chrono::{DateTime, Utc};
use crm_store::custom::CustomSchema;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::etag;

/// What the custom fields of an object are held to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomSchemaView {
    /// The object, by name.
    #[schema(example = "lead")]
    pub object: String,
    /// The JSON Schema of `custom`.
    #[schema(value_type = Object, example = json!({"type": "object", "properties": {"region": {"enum": ["north", "south"]}}}))]
    pub schema: Value,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl From<CustomSchema> for CustomSchemaView {
    fn from(schema: CustomSchema) -> Self {
        Self {
            object: schema.object,
            schema: schema.schema,
            version: schema.version,
            created_at: schema.created_at,
            updated_at: schema.updated_at,
        }
    }
}

impl CustomSchemaView {
    pub(super) fn respond(self) -> Response {
        etag::tagged(self.version, Json(self))
    }
}
