//! Learners: what makes log-odds out of encoded rows.

mod boosting;
mod forest;
mod logistic;
mod slots;

use serde::{Deserialize, Serialize};

pub(crate) use boosting::{Boosting, best_rounds, boost};
pub(crate) use forest::Forest;
pub(crate) use logistic::{Linear, logistic};
pub(crate) use slots::Slots;

use crate::encode::Matrix;

/// Encoded rows with their outcomes and weights.
#[derive(Debug, Clone)]
pub(crate) struct Examples {
    pub(crate) matrix: Matrix,
    pub(crate) labels: Vec<bool>,
    pub(crate) weights: Vec<f64>,
}

impl Examples {
    /// The examples at these places.
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        Self {
            matrix: self.matrix.take(rows),
            labels: crate::encode::pick(&self.labels, rows),
            weights: crate::encode::pick(&self.weights, rows),
        }
    }
}

/// Something that gives log-odds as a sum over the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Learner {
    Forest(Forest),
    Linear(Linear),
}

impl Learner {
    /// The log-odds of the average row.
    pub(crate) const fn base(&self) -> f64 {
        match self {
            Self::Forest(forest) => forest.base,
            Self::Linear(linear) => linear.base,
        }
    }

    /// Adds what each column contributes to `terms`, and returns the sum of what was added.
    pub(crate) fn add_terms(&self, row: &[f64], terms: &mut [f64]) -> f64 {
        match self {
            Self::Forest(forest) => forest.add_terms(row, terms),
            Self::Linear(linear) => linear.add_terms(row, terms),
        }
    }

    /// The log-odds of a row.
    pub(crate) fn log_odds(&self, row: &[f64]) -> f64 {
        let mut terms = vec![0.0; row.len()];
        self.base() + self.add_terms(row, &mut terms)
    }

    /// Whether it can be asked for rows of so many columns; otherwise why not.
    pub(crate) fn check(&self, columns: usize) -> Result<(), &'static str> {
        match self {
            Self::Forest(forest) => forest.check(columns),
            Self::Linear(linear) => linear.check(columns),
        }
    }
}

/// No number of a fitted model comes near it, and products of a few such numbers stay finite.
const MOST: f64 = 1e9;

/// Whether a number can be one of a fitted model.
pub(crate) fn is_sane(number: f64) -> bool {
    number.abs() <= MOST
}

#[cfg(test)]
mod tests;
