//! What a model's figures look like, for those who write clients. They are kept as JSON, and passed on as they were kept.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

/// How good a model is, on later records that it had never seen, and how it did since.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a shape for clients: what is passed on is what was kept")]
pub(super) struct ModelMetrics {
    /// `boosting`, `logistic` or `base_rate`.
    #[schema(example = "boosting")]
    algorithm: String,
    /// The area under the curve; null where only one outcome occurs.
    auc: Option<f64>,
    /// The mean squared error,
    brier: f64,
    /// and that of always saying the base rate.
    brier_base: f64,
    /// The mean negative log-likelihood,
    log_loss: f64,
    /// that of always saying the base rate,
    log_loss_base: f64,
    /// and that of what is said without the model.
    log_loss_prior: f64,
    /// How often outcomes that are dealt out at random fit at least as well.
    by_chance: f64,
    /// The expected calibration error.
    ece: f64,
    /// The share that ended well.
    base_rate: f64,
    /// How many looks at records it was measured on,
    n_test: u64,
    /// and how many records those were; of customers, each look is one.
    groups_test: u64,
    /// The model that it was compared with; null for the first.
    compared_with: Option<ComparedModel>,
    /// How it does on what ended since; not there before it was looked at.
    recent: Option<RecentMetrics>,
    /// How many records had a probability in each tenth when all were scored with it first; not there before.
    first: Option<Vec<u64>>,
}

/// Another model on the same later records.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a shape for clients: what is passed on is what was kept")]
pub(super) struct ComparedModel {
    /// Its number.
    number: i32,
    /// Its mean negative log-likelihood.
    log_loss: f64,
    /// Its area under the curve.
    auc: Option<f64>,
    /// Its mean squared error.
    brier: f64,
}

/// How a model does on what ended since it was learned.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a shape for clients: what is passed on is what was kept")]
pub(super) struct RecentMetrics {
    /// When it was looked at.
    at: DateTime<Utc>,
    /// How far its probabilities have moved since it spoke first (stability index).
    psi: f64,
    /// How many records it speaks of.
    records: u64,
    /// How many of those ended since.
    ended: u64,
    /// The mean negative log-likelihood of what it said first about them; null where none ended.
    log_loss: Option<f64>,
    /// The area under the curve.
    auc: Option<f64>,
    /// The mean squared error.
    brier: Option<f64>,
}

/// A column that a model looks at.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a shape for clients: what is passed on is what was kept")]
pub(super) struct ModelFeature {
    /// The feature's name.
    #[schema(example = "days_in_stage")]
    name: String,
    /// `number` or `category`.
    #[schema(example = "number")]
    kind: String,
}
