//! A fitted model.

use serde::{Deserialize, Serialize};

use crate::{
    Algorithm, Column, Prediction, Term, TermKind, Value, calibrate::Affine, encode::Encoder, learn::Learner,
};

/// The normal quantile of a 90 % interval.
pub(crate) const Z: f64 = 1.644_853_626_951_472_2;

/// Log-odds are kept this close to 0: a probability is never 0 or 1.
const SURE: f64 = 20.0;

/// A fitted model: what to say of a row, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub(crate) algorithm: Algorithm,
    pub(crate) columns: Vec<Column>,
    pub(crate) encoder: Encoder,
    /// The refits; what is said is their mean.
    pub(crate) members: Vec<Learner>,
    pub(crate) calibration: Affine,
    /// How far predictions lean on the prior, between 0 and 1.
    pub(crate) prior_share: f64,
    /// The variance of the prior's log-odds.
    pub(crate) prior_variance: f64,
    /// What it leans on where the caller says nothing else, in log-odds.
    pub(crate) prior: f64,
    /// The rate of the rows learned from, in log-odds.
    pub(crate) rate: f64,
}

impl Model {
    /// The columns that rows have to have, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns that it learned from, by their places. Only these have terms.
    pub fn features(&self) -> impl Iterator<Item = usize> {
        self.encoder.coded.iter().map(|coded| coded.source)
    }

    /// What it is made of.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The share of rows that ended well among those learned from.
    pub fn base_rate(&self) -> f64 {
        sigmoid(self.rate)
    }

    /// The share of the prior in every prediction, between 0 and 1.
    pub const fn prior_share(&self) -> f64 {
        self.prior_share
    }

    /// Says how a row will end. Missing cells at its end may be left out.
    ///
    /// `prior` is the log-odds to lean on, such as those of a deal's stage; that of training when `None`.
    pub fn predict(&self, row: &[Value], prior: Option<f64>) -> Prediction {
        let encoded = self.encoder.encode(row);
        let mut of_columns = vec![0.0; encoded.len()];
        let sums: Vec<f64> = self
            .members
            .iter()
            .map(|member| member.base() + member.add_terms(&encoded, &mut of_columns))
            .collect();
        let n = f64::from(u32::try_from(sums.len()).unwrap_or(u32::MAX)).max(1.0);
        let mean = sums.iter().sum::<f64>() / n;
        let base = self.members.iter().map(Learner::base).sum::<f64>() / n;
        let Affine { intercept, slope, .. } = self.calibration;
        let prior = prior
            .filter(|prior| prior.is_finite())
            .unwrap_or(self.prior)
            .clamp(-SURE, SURE);

        let mut terms = Vec::with_capacity(of_columns.len() + 2);
        terms.push(Term {
            feature: None,
            kind: TermKind::Base,
            log_odds: intercept + slope * base,
        });
        terms.extend(self.features().zip(&of_columns).map(|(feature, term)| Term {
            feature: Some(feature),
            kind: TermKind::Feature,
            log_odds: slope * term / n,
        }));
        let own: f64 = terms.iter().map(|term| term.log_odds).sum();
        let leaned = own + self.prior_share * (prior - own);
        let log_odds = leaned.clamp(-SURE, SURE);
        terms.push(Term {
            feature: None,
            kind: TermKind::Prior,
            log_odds: log_odds - own,
        });

        let spread = sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let of_model = slope * slope * spread + self.calibration.variance_at(mean);
        let (share, rest) = (self.prior_share, 1.0 - self.prior_share);
        let doubt = Z * (rest * rest * of_model + share * share * self.prior_variance).sqrt();
        Prediction {
            probability: sigmoid(log_odds),
            low: sigmoid(log_odds - doubt),
            high: sigmoid(log_odds + doubt),
            log_odds,
            terms,
        }
    }

    /// Says how rows will end, without reasons and intervals.
    pub(crate) fn probability(&self, row: &[Value], prior: Option<f64>) -> f64 {
        self.predict(row, prior).probability
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
