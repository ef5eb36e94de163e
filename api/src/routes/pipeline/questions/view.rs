//! Saved questions as clients see them and send them.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    FieldError, StoreError, TenantStore,
    questions::{Alert, AlertOp, NewQuestion, SavedQuestion},
};
use crm_tools::semantic::{self, PipelineQuery, model_of};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Problem, http::etag};

/// When to be told: the question's number is looked at every quarter of an hour with your rights, and webhooks hear
/// `pipeline.alert` once each time it goes beyond the value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertView {
    /// A measure of the query, by name.
    #[schema(example = "open_amount")]
    pub measure: String,
    /// `lt`, `lte`, `gt` or `gte`.
    #[schema(value_type = String, example = "lt")]
    pub op: AlertOp,
    /// With what it is compared, in the measure's unit: a decimal number.
    #[schema(value_type = String, example = "250000")]
    pub value: Decimal,
}

/// A saved question.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedQuestionView {
    /// The question.
    id: Uuid,
    /// Its name, once among yours.
    name: String,
    /// The words that it was asked in.
    question: Option<String>,
    /// The typed query.
    #[schema(value_type = Object)]
    query: Value,
    /// Whether it is shown first.
    pinned: bool,
    /// When to be told.
    alert: Option<AlertView>,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was saved.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<SavedQuestion> for SavedQuestionView {
    fn from(saved: SavedQuestion) -> Self {
        Self {
            alert: saved.alert().map(|alert| AlertView {
                measure: alert.measure,
                op: alert.op,
                value: alert.value,
            }),
            id: saved.id,
            name: saved.name,
            question: saved.question,
            query: saved.query,
            pinned: saved.is_pinned,
            version: saved.version,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
        }
    }
}

impl SavedQuestionView {
    /// The question with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

impl From<AlertView> for Alert {
    fn from(said: AlertView) -> Self {
        Self {
            measure: said.measure,
            op: said.op,
            value: said.value,
        }
    }
}

/// Checks a question as its owner would ask it: the query can be asked, and an alert looks at one number of it.
pub(super) async fn checked(store: &TenantStore, new: &NewQuestion) -> Result<(), Problem> {
    let query: PipelineQuery = serde_json::from_value(new.query.clone())
        .map_err(|error| Problem::field("/query", error.to_string()))?;
    let model = model_of(store).await?;
    semantic::check(&model, store, &query)
        .await
        .map_err(|error| below(error, "/query"))?;
    let Some(alert) = &new.alert else {
        return Ok(());
    };
    if !query.measures.contains(&alert.measure) {
        return Err(Problem::field(
            "/alert/measure",
            format!("is no measure of the query; it has {}", query.measures.join(", ")),
        ));
    }
    if !query.dimensions.is_empty() || !query.form.is_groups() {
        return Err(Problem::field(
            "/alert",
            "needs a question with one number: one without dimensions",
        ));
    }
    Ok(())
}

/// Pointers into a part of a body as pointers into the body.
pub(in crate::routes::pipeline) fn below(error: StoreError, part: &str) -> Problem {
    match error {
        StoreError::InvalidMany(problems) => StoreError::InvalidMany(
            problems
                .into_iter()
                .map(|problem| FieldError {
                    pointer: format!("{part}{}", problem.pointer),
                    message: problem.message,
                })
                .collect(),
        )
        .into(),
        other => other.into(),
    }
}
