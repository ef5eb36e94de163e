//! Views as clients see them and send them.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::views::{NewView, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::etag;

/// A saved view.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    /// The view.
    pub id: Uuid,
    /// The object, such as `lead`.
    pub object: String,
    /// Its name.
    pub name: String,
    /// Who saved it: a person or a key.
    pub owner_id: Uuid,
    /// Whether everyone in the organisation sees it.
    pub is_shared: bool,
    /// The filters of the list, per field.
    #[schema(value_type = Object, example = json!({"status": {"eq": "new"}}))]
    pub filters: Value,
    /// The order of the list.
    pub sort: Option<String>,
    /// The words that are searched.
    pub q: Option<String>,
    /// The columns.
    #[schema(value_type = Vec<String>)]
    pub fields: Value,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl From<View> for SavedView {
    fn from(view: View) -> Self {
        Self {
            id: view.id,
            object: view.object,
            name: view.name,
            owner_id: view.owner_id,
            is_shared: view.is_shared,
            filters: view.filters,
            sort: view.sort,
            q: view.q,
            fields: view.fields,
            version: view.version,
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

impl SavedView {
    /// The view with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

/// A view to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewToSave {
    /// The object, such as `lead`.
    pub object: String,
    /// Its name, once per object among your views.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Whether everyone in the organisation sees it.
    #[serde(default)]
    pub is_shared: bool,
    /// The filters of the list, per field.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"status": {"eq": "new"}}))]
    pub filters: Map<String, Value>,
    /// The order of the list.
    #[serde(default)]
    pub sort: Option<String>,
    /// The words that are searched.
    #[serde(default)]
    pub q: Option<String>,
    /// The columns.
    #[serde(default)]
    pub fields: Vec<String>,
}

impl From<ViewToSave> for NewView {
    fn from(said: ViewToSave) -> Self {
        Self {
            object: said.object,
            name: said.name,
            is_shared: said.is_shared,
            filters: Value::Object(said.filters),
            sort: said.sort,
            q: said.q,
            fields: said.fields,
        }
    }
}
