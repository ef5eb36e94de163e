//! `/v1/settings/lead-scoring`: what counts how much, and from where on a lead is warm or hot.

pub mod get;
pub mod set;

use axum::{Json, response::Response};
use crm_store::settings::LeadScoring;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{http::etag, state::AppState};

/// The rules for scores of leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadScoringView {
    /// `points` by type of engagement event, `half_life_days`, `cap`, `warm` and `hot` with the `probability` and the `points`
    /// from which on a lead is so, and `conversion_days` (7 to 365): a probability is that of being converted within so many.
    #[schema(value_type = Object, example = json!({"points": {"form_submitted": 15}, "half_life_days": 30, "cap": 100, "warm": {"probability": 0.25, "points": 15}, "hot": {"probability": 0.5, "points": 40}, "conversion_days": 90}))]
    rules: LeadScoring,
    /// The same in words.
    words: Vec<String>,
    /// Counts the changes of the settings, of which the rules are part; the `ETag`.
    version: i64,
}

impl LeadScoringView {
    fn respond(rules: LeadScoring, version: i64) -> Response {
        let view = Self {
            words: rules.words(),
            rules,
            version,
        };
        etag::tagged(version, Json(view))
    }
}

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::handler, set::handler))
}
