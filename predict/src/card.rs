//! What is known about how good a model is.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Dataset, Verdict,
    judge::by_chance,
    metrics::{
        self, Bin, count,
        told::{self, Told},
    },
    split::Parts,
};

/// What a model is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LearningAlgorithm)]
pub enum Algorithm {
    /// Gradient boosted trees.
    Boosting,
    /// Logistic regression with an L2 penalty.
    Logistic,
    /// The prior alone: no column said anything.
    BaseRate,
}

impl Algorithm {
    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boosting => "gradient boosting",
            Self::Logistic => "logistic regression",
            Self::BaseRate => "base rate",
        }
    }
}

/// How good probabilities were on rows that the model had never seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationMeasures)]
pub struct Measures {
    /// Rows measured on.
    pub n_test: usize,
    /// Groups among them.
    pub groups_test: usize,
    /// The share of them that ended well. Here and below rows count by their weights.
    pub base_rate: f64,
    /// The area under the curve; `None` when only one outcome occurs.
    pub auc: Option<f64>,
    /// Its 95 % interval; rows of one group are one example at most.
    pub auc_interval: Option<(f64, f64)>,
    /// The mean squared error.
    pub brier: f64,
    /// The mean squared error of always saying `base_rate`, the best that one number can do: the reference of the Brier skill
    /// score (Murphy, "Skill scores based on the mean square error", Monthly Weather Review 116, 1988).
    pub brier_base: f64,
    /// The mean negative log-likelihood.
    pub log_loss: f64,
    /// That of always saying `base_rate`.
    pub log_loss_base: f64,
    /// That of what is said without the model: the row's own prior, else the rate of the rows learned from.
    #[serde(default)]
    pub log_loss_prior: f64,
    /// The standard error of the difference between `log_loss_prior` and `log_loss`, over groups.
    pub log_loss_gain_error: f64,
    /// How often outcomes that are dealt out anew among the groups fit the probabilities at least as well.
    #[serde(default = "certain")]
    pub by_chance: f64,
    /// The expected calibration error over ten bins of equally many rows.
    pub ece: f64,
    /// The same over bins of equal width.
    pub ece_equal_width: f64,
    /// The reliability curve.
    pub reliability: Vec<Bin>,
}

/// What a measure is taken for that an older card has not.
const fn certain() -> f64 {
    1.0
}

impl Measures {
    /// Measures what was said of rows, and what would have been said without the model, in the same order.
    ///
    /// Rows count by their weights, as they do in training; the intervals know that rows of a group are no examples of their
    /// own.
    pub(crate) fn of(rows: &[Told], prior: &[f64]) -> Self {
        let base_rate = told::rate(rows);
        let always = |probability: f64| -> Vec<Told> {
            let rows = rows.iter();
            rows.map(|row| Told { probability, ..*row }).collect()
        };
        let base = always(base_rate);
        let without: Vec<Told> = rows
            .iter()
            .zip(prior)
            .map(|(row, probability)| Told {
                probability: *probability,
                ..*row
            })
            .collect();
        let (groups_test, log_loss_gain_error) = clustered_error(rows, &without);
        let auc = told::auc(rows);
        let examples = |label: bool| told::examples(rows.iter().filter(|row| row.label == label));
        Self {
            n_test: rows.len(),
            groups_test,
            base_rate,
            auc,
            auc_interval: auc.map(|auc| metrics::auc_interval(auc, examples(true), examples(false))),
            brier: told::brier(rows),
            brier_base: told::brier(&base),
            log_loss: told::log_loss(rows),
            log_loss_base: told::log_loss(&base),
            log_loss_prior: told::log_loss(&without),
            log_loss_gain_error,
            by_chance: by_chance(rows),
            ece: told::ece(rows),
            ece_equal_width: told::ece_equal_width(rows),
            reliability: told::reliability(rows, 10),
        }
    }
}

/// The number of groups and the standard error of the mean gain in log loss, rows of a group being dependent.
fn clustered_error(rows: &[Told], without: &[Told]) -> (usize, f64) {
    let loss = |row: &Told| metrics::row_log_loss(row.probability, row.label);
    let gains: Vec<f64> = rows
        .iter()
        .zip(without)
        .map(|(row, without)| loss(without) - loss(row))
        .collect();
    let all: f64 = rows.iter().map(|row| row.weight).sum();
    let all = all.max(f64::MIN_POSITIVE);
    let mean = rows
        .iter()
        .zip(&gains)
        .map(|(row, gain)| row.weight * gain)
        .sum::<f64>()
        / all;
    let mut sums = std::collections::BTreeMap::<usize, f64>::new();
    for (row, gain) in rows.iter().zip(&gains) {
        *sums.entry(row.group).or_default() += row.weight / all * (gain - mean);
    }
    let m = count(sums.len());
    let correction = if m > 1.0 { m / (m - 1.0) } else { 1.0 };
    let variance = correction * sums.values().map(|sum| sum * sum).sum::<f64>();
    (sums.len(), variance.sqrt())
}

/// An algorithm that was tried, measured on later rows of the training data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlgorithmTried)]
pub struct Candidate {
    /// Which.
    pub algorithm: Algorithm,
    /// Its log loss on the rows set aside to choose by.
    pub log_loss: f64,
    /// Its Brier score there.
    pub brier: f64,
    /// Its area under the curve there.
    pub auc: Option<f64>,
    /// Whether it was taken.
    pub chosen: bool,
}

/// A quarter of a year, measured with what was learned before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BacktestPeriod)]
pub struct Period {
    /// Such as `2026-Q3`.
    pub period: String,
    /// Rows in it.
    pub n: usize,
    /// Rows learned from, all earlier.
    pub n_train: usize,
    /// The share that ended well.
    pub observed: f64,
    /// The mean probability.
    pub predicted: f64,
    /// The area under the curve.
    pub auc: Option<f64>,
    /// The Brier score.
    pub brier: f64,
    /// The Brier score of the rate before it.
    pub brier_base: f64,
}

/// How far a column of the rows measured on is from the same column of the rows learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeatureDrift)]
pub struct Drift {
    /// The column, by its place.
    pub feature: usize,
    /// Its name.
    pub name: String,
    /// The population stability index.
    pub psi: f64,
}

/// A column and how much it moves probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ModelFactor)]
pub struct Factor {
    /// The column, by its place.
    pub feature: usize,
    /// Its name.
    pub name: String,
    /// The mean distance that it moves the log-odds of a row, up or down.
    pub strength: f64,
    /// Which values move it furthest up and down, such as `poutcome = success (+1.20)`.
    pub values: Vec<Effect>,
}

/// What a value of a column does on average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FactorEffect)]
pub struct Effect {
    /// The value, or the range of numbers.
    pub value: String,
    /// The mean of its terms, in log-odds.
    pub log_odds: f64,
    /// Rows that have it.
    pub n: usize,
}

/// A column that is not learned from, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = UnusableColumn)]
pub struct Unusable {
    /// Its name.
    pub column: String,
    /// Why, in words.
    pub reason: String,
}

/// How many things the rows are about, where each of them is in several groups, such as a customer that is looked at every
/// quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationSubjects)]
pub struct Subjects {
    /// Those learned from.
    pub train: usize,
    /// Those measured on.
    pub test: usize,
    /// Those of either that are among both, at different times.
    pub both: usize,
}

impl Subjects {
    /// Counts them on the two sides of a split; none where a group is all that is said of a thing.
    pub(crate) fn of(data: &Dataset, parts: &Parts) -> Option<Self> {
        let about = |rows: &[usize]| -> BTreeSet<String> {
            let rows = rows.iter().filter_map(|at| data.rows.get(*at));
            rows.filter_map(|row| row.subject.clone()).collect()
        };
        let (train, test) = (about(&parts.train), about(&parts.test));
        (!train.is_empty() || !test.is_empty()).then(|| Self {
            train: train.len(),
            test: test.len(),
            both: train.intersection(&test).count(),
        })
    }
}

/// Everything that is known about how good a model is, and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationFigures)]
pub struct Card {
    /// What it is made of.
    pub algorithm: Algorithm,
    /// Whether it says more than the base rate.
    pub verdict: Verdict,
    /// How good it was on the rows set aside.
    #[serde(flatten)]
    pub measures: Measures,
    /// Rows learned from.
    pub n_train: usize,
    /// Groups among them.
    pub groups_train: usize,
    /// How many things these rows and those measured on are about, where that is not what groups count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Subjects>,
    /// Rows that the calibration was fitted on, each by refits that had not seen it.
    pub n_calibrate: usize,
    /// Whether these rows were later than what those refits had learned from.
    #[serde(default)]
    pub calibrated_later: bool,
    /// How many examples the weights leave.
    pub effective_examples: f64,
    /// The share of the prior in every prediction, between 0 and 1.
    pub prior_share: f64,
    /// How much lower the Brier score of the rows set aside would be with rising steps instead of a straight line to
    /// calibrate: a diagnostic; near 0 or below, the line is all there is to do.
    pub isotonic_gain: f64,
    /// Older records that were not handed over, because there are more than are learned from: whoever trains says so.
    #[serde(default)]
    pub left_out: u64,
    /// Within how many days of the moment it has to end well to be good, where only so much time counts: whoever trains says
    /// so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u16>,
    /// The first and the last moment of the rows learned from.
    pub trained_on: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The first and the last moment of the rows measured on.
    pub tested_on: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The algorithms that were tried.
    pub comparison: Vec<Candidate>,
    /// How it would have done, quarter by quarter, with what was known before. Empty without moments.
    pub backtest: Vec<Period>,
    /// Drift of each column, the largest first.
    pub drift: Vec<Drift>,
    /// The strongest columns first.
    pub factors: Vec<Factor>,
    /// Columns not learned from.
    pub unusable: Vec<Unusable>,
    /// What a reader should know, in sentences.
    pub warnings: Vec<String>,
}

impl Card {
    /// Fewer groups than these are few to learn from, and whoever shows what a model says should say so.
    pub const FEW: usize = 300;
}
