//! Measures of probabilities against what happened, each with its source.
//!
//! All take probabilities and labels of the same length, in any order. What is beyond the shorter of the two is ignored.

mod drift;
mod reliability;

pub use drift::psi;
pub use reliability::{Bin, ece, ece_equal_width, reliability, wilson};

/// Probabilities are kept this far from 0 and 1 where a logarithm is taken of them.
pub(crate) const EDGE: f64 = 1e-12;

/// The area under the receiver operating characteristic: how often a row that ended well is ranked above one that did
/// not, ties counting half; `None` without rows of both kinds.
///
/// As the Mann-Whitney statistic over midranks: Hanley and McNeil, "The meaning and use of the area under a receiver
/// operating characteristic (ROC) curve", Radiology 143, 1982.
pub fn auc(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    let mut pairs: Vec<(f64, bool)> = probabilities
        .iter()
        .copied()
        .zip(labels.iter().copied())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positive = pairs.iter().filter(|(_, label)| *label).count();
    let negative = pairs.len() - positive;
    if positive == 0 || negative == 0 {
        return None;
    }
    let (mut rank_sum, mut before) = (0.0, 0_usize);
    for ties in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let midrank = count(before) + f64::midpoint(count(ties.len()), 1.0);
        rank_sum += midrank * count(ties.iter().filter(|(_, label)| *label).count());
        before += ties.len();
    }
    let (positive, negative) = (count(positive), count(negative));
    Some((rank_sum - positive * (positive + 1.0) / 2.0) / (positive * negative))
}

/// The 95 % interval of an area under the curve over that many rows of each kind.
///
/// The standard error of Hanley and McNeil 1982, formula 2.
pub fn auc_interval(auc: f64, positive: usize, negative: usize) -> (f64, f64) {
    let (p, n) = (count(positive.max(1)), count(negative.max(1)));
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
    mean(probabilities, labels, |p, label| {
        (p - f64::from(u8::from(label))).powi(2)
    })
}

/// The mean negative log-likelihood in nats. 0 of nothing.
///
/// Good, "Rational decisions", Journal of the Royal Statistical Society B 14, 1952. Probabilities of 0 and 1 are taken as
/// 1e-12 away from them.
pub fn log_loss(probabilities: &[f64], labels: &[bool]) -> f64 {
    mean(probabilities, labels, row_log_loss)
}

/// The negative log-likelihood of one row.
pub(crate) fn row_log_loss(probability: f64, label: bool) -> f64 {
    let p = probability.clamp(EDGE, 1.0 - EDGE);
    if label { -p.ln() } else { -(-p).ln_1p() }
}

fn mean(probabilities: &[f64], labels: &[bool], of: impl Fn(f64, bool) -> f64) -> f64 {
    let n = probabilities.len().min(labels.len());
    if n == 0 {
        return 0.0;
    }
    let sum: f64 = probabilities
        .iter()
        .zip(labels)
        .map(|(p, label)| of(*p, *label))
        .sum();
    sum / count(n)
}

/// A count as a number. Exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of rows stay far below 2^53")]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
