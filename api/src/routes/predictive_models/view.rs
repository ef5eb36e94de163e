//! Models as clients see them.

use chrono::{DateTime, Utc};
use crm_store::models::{PredictiveModel, Work};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes::{ModelFeature, ModelMetrics};

/// A model that was learned from the organisation's own records.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PredictiveModelView {
    id: Uuid,
    /// What it says something of: `win`, `lead` or `churn`.
    #[schema(example = "win")]
    kind: &'static str,
    /// Counts the models of a kind, from 1.
    #[schema(example = 3)]
    number: i32,
    /// `candidate`, `active`, `rejected`, `retired` or `failed`.
    #[schema(example = "active")]
    state: &'static str,
    /// Why it is in this state, in one sentence.
    why: String,
    /// When the first of the records that it was learned from ended.
    data_from: Option<DateTime<Utc>>,
    /// When the last of them ended.
    data_to: Option<DateTime<Utc>>,
    /// How many records it was learned from.
    examples: i64,
    /// How many of them were won, or converted.
    positives: i64,
    /// At how many moments they were looked at.
    rows: i64,
    /// The main figures.
    #[schema(value_type = ModelMetrics)]
    metrics: Value,
    /// What it looks at, in order.
    #[schema(value_type = Vec<ModelFeature>)]
    features: Value,
    trained_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

impl From<PredictiveModel> for PredictiveModelView {
    fn from(model: PredictiveModel) -> Self {
        Self {
            id: model.id,
            kind: model.kind.as_str(),
            number: model.number,
            state: model.state.as_str(),
            why: model.why,
            data_from: model.data_from,
            data_to: model.data_to,
            examples: model.examples,
            positives: model.positives,
            rows: model.rows,
            metrics: model.metrics,
            features: model.features,
            trained_at: model.trained_at,
            activated_at: model.activated_at,
            retired_at: model.retired_at,
        }
    }
}

/// How far training or scoring is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkView {
    /// Of which kind of model.
    #[schema(example = "win")]
    kind: &'static str,
    /// `train` or `score`.
    #[schema(example = "train")]
    task: &'static str,
    /// `waiting`, `running`, `done` or `failed`.
    #[schema(example = "running")]
    state: &'static str,
    /// What is being done.
    phase: Option<String>,
    /// So much is done,
    done: i64,
    /// of so much.
    total: i64,
    /// The model that came of it, or that it scores with.
    model_id: Option<Uuid>,
    /// Why nothing came of it, in one sentence, such as how many closed deals are missing.
    problem: Option<String>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Work> for WorkView {
    fn from(work: Work) -> Self {
        Self {
            kind: work.kind.as_str(),
            task: work.task.as_str(),
            state: work.state.as_str(),
            phase: work.phase,
            done: work.done,
            total: work.total,
            model_id: work.model_id,
            problem: work.problem,
            started_at: Some(work.started_at),
            finished_at: work.finished_at,
        }
    }
}

impl WorkView {
    /// Training that was asked for and waits for a worker.
    pub(super) fn waiting(kind: &'static str) -> Self {
        Self {
            kind,
            task: "train",
            state: "waiting",
            phase: None,
            done: 0,
            total: 0,
            model_id: None,
            problem: None,
            started_at: None,
            finished_at: None,
        }
    }
}

/// A page of models, and how far training and scoring are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PredictiveModels {
    /// The models, latest first.
    pub(super) data: Vec<PredictiveModelView>,
    /// Give this as `cursor` to read on; null on the last page.
    pub(super) next_cursor: Option<String>,
    /// How far training and scoring are, of every kind that was begun.
    pub(super) work: Vec<WorkView>,
}
