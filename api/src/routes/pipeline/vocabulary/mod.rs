//! `/v1/pipeline/vocabulary`: the organisation's own words, dimensions and measures for questions.

pub mod get;
pub mod set;

use axum::{Json, response::Response};
use crm_store::FieldError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{http::etag, state::AppState};

/// The vocabulary.
#[derive(Debug, Serialize, ToSchema)]
pub struct VocabularyView {
    /// By entity: synonyms, dimensions, measures.
    #[schema(value_type = Object, example = json!({"entities": {"opportunities": {"dimensions": {"stage": {"synonyms": {"de": ["Reifegrad"]}}}}}}))]
    vocabulary: Value,
    /// Entries that are not used now, by JSON pointers into the vocabulary, and why; questions are answered without them.
    #[schema(value_type = Vec<Object>)]
    left_out: Vec<FieldError>,
    /// Counts the changes of the settings, of which the vocabulary is part; the `ETag`.
    version: i64,
}

impl VocabularyView {
    fn respond(vocabulary: Value, left_out: Vec<FieldError>, version: i64) -> Response {
        let vocabulary = if vocabulary.is_null() {
            json!({})
        } else {
            vocabulary
        };
        let view = Self {
            vocabulary,
            left_out,
            version,
        };
        etag::tagged(version, Json(view))
    }
}

/// The routes.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::handler, set::handler))
}
