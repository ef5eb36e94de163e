//! A fitted model.

use serde::{Deserialize, Serialize};

use crate::{Algorithm, Column, Prediction, Term, TermKind, Value};

/// A fitted model: what to say of a row, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub(crate) algorithm: Algorithm,
    pub(crate) columns: Vec<Column>,
    /// What it shrinks towards where the caller says nothing else.
    pub(crate) prior: f64,
}

impl Model {
    /// The columns that rows have to have, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What it is made of.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Says how a row will end. Missing cells at its end may be left out.
    ///
    /// `prior` is the log-odds to shrink towards, such as those of a deal's stage; that of training when `None`.
    pub fn predict(&self, _row: &[Value], prior: Option<f64>) -> Prediction {
        let log_odds = prior.filter(|prior| prior.is_finite()).unwrap_or(self.prior);
        let probability = sigmoid(log_odds);
        Prediction {
            probability,
            low: probability,
            high: probability,
            log_odds,
            terms: vec![Term {
                feature: None,
                kind: TermKind::Base,
                log_odds,
            }],
        }
    }
}

/// The probability of log-odds.
pub(crate) fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The log-odds of a probability.
pub(crate) fn logit(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}
