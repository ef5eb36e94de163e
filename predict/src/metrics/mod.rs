//! Measures of probabilities against what happened, each with its source.
//!
//! All take probabilities and labels of the same length, in any order. What is beyond the shorter of the two is ignored.

mod drift;
mod reliability;
pub(crate) mod told;

pub use drift::psi;
pub use reliability::{Bin, ece, ece_equal_width, reliability, wilson};

use told::Told;

/// Probabilities are kept this far from 0 and 1 where a logarithm is taken of them.
pub(crate) const EDGE: f64 = 1e-12;

/// The area under the receiver operating characteristic: how often a row that ended well is ranked above one that did
/// not, ties counting half; `None` without rows of both kinds.
///
/// As the Mann-Whitney statistic over midranks: Hanley and McNeil, "The meaning and use of the area under a receiver
/// operating characteristic (ROC) curve", Radiology 143, 1982.
pub fn auc(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    told::auc(&Told::alike(probabilities, labels))
}

/// The 95 % interval of an area under the curve over that many examples of each kind, that know nothing of each other.
///
/// The standard error of Hanley and McNeil 1982, formula 2.
pub fn auc_interval(auc: f64, positive: f64, negative: f64) -> (f64, f64) {
    let (p, n) = (positive.max(1.0), negative.max(1.0));
    let q1 = auc / (2.0 - auc);
    let q2 = 2.0 * auc * auc / (1.0 + auc);
    let variance =
        (auc * (1.0 - auc) + (p - 1.0) * (q1 - auc * auc) + (n - 1.0) * (q2 - auc * auc)) / (p * n);
    let half = 1.96 * variance.max(0.0).sqrt();
    ((auc - half).max(0.0), (auc + half).min(1.0))
}

/// The mean squared distance of probability and outcome; 0 is perfect. 0 of nothing.
///
/// Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1950 (the two-class
/// form, half of his).
pub fn brier(probabilities: &[f64], labels: &[bool]) -> f64 {
    told::brier(&Told::alike(probabilities, labels))
}

/// The mean negative log-likelihood in nats. 0 of nothing.
///
/// Good, "Rational decisions", Journal of the Royal Statistical Society B 14, 1952. Probabilities of 0 and 1 are taken as
/// 1e-12 away from them.
pub fn log_loss(probabilities: &[f64], labels: &[bool]) -> f64 {
    told::log_loss(&Told::alike(probabilities, labels))
}

/// The negative log-likelihood of one row.
pub(crate) fn row_log_loss(probability: f64, label: bool) -> f64 {
    let p = probability.clamp(EDGE, 1.0 - EDGE);
    if label { -p.ln() } else { -(-p).ln_1p() }
}

/// A count as a number. Exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of rows stay far below 2^53")]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
