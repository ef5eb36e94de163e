//! What a model says of one row.

use serde::{Deserialize, Serialize};

/// Where a term comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// What the model says of the average row.
    Base,
    /// A column.
    Feature,
    /// The pull towards the prior, stronger the fewer the examples.
    Prior,
}

/// A part of the log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The column, by its place in the dataset; `None` for base and prior.
    pub feature: Option<usize>,
    /// Where it comes from.
    pub kind: TermKind,
    /// How far it moves the log-odds.
    pub log_odds: f64,
}

/// A probability, its interval and its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The probability, strictly between 0 and 1.
    pub probability: f64,
    /// The lower end of the 90 % interval that the refits give; never above `probability`.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The log-odds of `probability`.
    pub log_odds: f64,
    /// Base first, then the columns in their order, then the prior. They add up to `log_odds`.
    pub terms: Vec<Term>,
}
