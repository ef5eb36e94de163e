//! Log-odds that mean what they say.

use serde::{Deserialize, Serialize};

use crate::{
    metrics::told::{self, Told},
    model::sigmoid,
};

/// A straight line from a learner's log-odds to calibrated ones, with how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Affine {
    pub(crate) intercept: f64,
    /// Never below 0: calibration keeps the order.
    pub(crate) slope: f64,
    /// The variances of intercept and slope, and their covariance.
    pub(crate) variance: [f64; 3],
}

/// The variance of intercept and slope around the line that changes nothing, where nothing else is known.
const LOOSE: f64 = 1.0;

/// How much the level, and how much the slope, of a line may have moved since: variances.
const MOVED: (f64, f64) = (0.25, 0.05);

impl Affine {
    /// The line that changes nothing.
    pub(crate) const IDENTITY: Self = Self {
        intercept: 0.0,
        slope: 1.0,
        variance: [LOOSE, LOOSE, 0.0],
    };

    /// The same line in another time: as likely in the middle, and less sure. The level moves with the market; how much more
    /// one record is worth than another hardly does.
    pub(crate) fn moved(self) -> Self {
        let [level, slope, both] = self.variance;
        Self {
            variance: [level + MOVED.0, slope + MOVED.1, both],
            ..self
        }
    }

    /// The line that makes log-odds of rows that were not learned from most likely.
    ///
    /// Platt, "Probabilistic outputs for support vector machines", 1999, on log-odds, where it is Cox's recalibration,
    /// "Two further applications of a model for binary regression", Biometrika 45, 1958.
    ///
    /// This line is what is believed before looking: a normal prior around it, as wide as it is unsure, takes the part of
    /// Platt's smoothed targets.
    ///
    /// A `share` of what is said in the end is not the line's but another one's log-odds, such as a prior's: the line is
    /// fitted to the sum, which is what has to mean what it says. Others that are missing are 0.
    pub(crate) fn refit(
        self,
        log_odds: &[f64],
        labels: &[bool],
        weights: &[f64],
        share: f64,
        others: &[f64],
    ) -> Self {
        let own = 1.0 - share;
        let others = || {
            others
                .iter()
                .map(|other| share * other)
                .chain(std::iter::repeat(0.0))
        };
        let (a0, b0) = (self.intercept, self.slope);
        let [loose, steep, _] = self.variance;
        let (mut a, mut b) = (a0, b0);
        let mut variance = [loose, steep, 0.0];
        let loss = |a: f64, b: f64| {
            let fit: f64 = log_odds
                .iter()
                .zip(labels)
                .zip(weights)
                .zip(others())
                .map(|(((x, label), weight), other)| {
                    let z = own * (a + b * x) + other;
                    weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - if *label { z } else { 0.0 })
                })
                .sum();
            fit + (a - a0).powi(2) / (2.0 * loose) + (b - b0).powi(2) / (2.0 * steep)
        };
        let mut best = loss(a, b);
        for _ in 0..50 {
            let (mut ga, mut gb) = ((a0 - a) / loose, (b0 - b) / steep);
            let (mut aa, mut bb, mut ab) = (1.0 / loose, 1.0 / steep, 0.0);
            for (((x, label), weight), other) in log_odds.iter().zip(labels).zip(weights).zip(others()) {
                let p = sigmoid(own * (a + b * x) + other);
                let error = own * weight * (f64::from(u8::from(*label)) - p);
                let curve = own * own * weight * p * (1.0 - p);
                ga += error;
                gb += error * x;
                aa += curve;
                bb += curve * x * x;
                ab += curve * x;
            }
            let determinant = aa * bb - ab * ab;
            if !(determinant > 0.0 && determinant.is_finite()) {
                break;
            }
            variance = [bb / determinant, aa / determinant, -ab / determinant];
            let (step_a, step_b) = (
                (bb * ga - ab * gb) / determinant,
                (aa * gb - ab * ga) / determinant,
            );
            let mut scale = 1.0;
            while scale > 1e-4 && loss(a + scale * step_a, b + scale * step_b) > best {
                scale /= 2.0;
            }
            let next = loss(a + scale * step_a, b + scale * step_b);
            if next.is_nan() || next > best {
                break;
            }
            (a, b) = (a + scale * step_a, b + scale * step_b);
            let gained = best - next;
            best = next;
            if gained < 1e-10 * best.abs().max(1.0) {
                break;
            }
        }
        if b >= 0.0 {
            return Self {
                intercept: a,
                slope: b,
                variance,
            };
        }
        // What ranks the wrong way round says nothing: the rate of all rows is left.
        let all: f64 = weights.iter().sum();
        let pairs = weights.iter().zip(labels);
        let good: f64 = pairs.filter(|(_, label)| **label).map(|(weight, _)| weight).sum();
        Self {
            intercept: crate::model::logit((good + 0.5) / (all + 1.0)),
            slope: 0.0,
            variance: [variance[0], 0.0, 0.0],
        }
    }

    pub(crate) fn apply(&self, log_odds: f64) -> f64 {
        self.intercept + self.slope * log_odds
    }

    /// The variance of what it gives, by the doubt about its two numbers alone.
    pub(crate) fn variance_at(&self, log_odds: f64) -> f64 {
        let [a, b, ab] = self.variance;
        (a + b * log_odds * log_odds + 2.0 * ab * log_odds).max(0.0)
    }
}

/// The rising steps that are nearest to what happened, as a check on the line: how much lower the Brier score of other rows
/// would be with them. Near 0 or below: the line is all there is to calibrate.
///
/// Pool adjacent violators: Ayer et al., "An empirical distribution function for sampling with incomplete information",
/// Annals of Mathematical Statistics 26, 1955; for probabilities: Zadrozny and Elkan, KDD 2002.
pub(crate) fn isotonic_gain(fit: &[Told], on: &[Told]) -> f64 {
    let mut fit: Vec<&Told> = fit.iter().filter(|row| row.weight > 0.0).collect();
    fit.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    // Where a step ends, the sum of its outcomes, and what they count for.
    let mut steps: Vec<(f64, f64, f64)> = Vec::new();
    for row in fit {
        let good = if row.label { row.weight } else { 0.0 };
        steps.push((row.probability, good, row.weight));
        while let [.., before, last] = steps.as_mut_slice() {
            if before.1 / before.2 < last.1 / last.2 {
                break;
            }
            *before = (last.0, before.1 + last.1, before.2 + last.2);
            steps.pop();
        }
    }
    if steps.is_empty() || on.is_empty() {
        return 0.0;
    }
    let stepped: Vec<Told> = on
        .iter()
        .map(|row| {
            let at = steps
                .partition_point(|step| step.0 < row.probability)
                .min(steps.len() - 1);
            let probability = steps.get(at).map_or(row.probability, |step| step.1 / step.2);
            Told { probability, ..*row }
        })
        .collect();
    told::brier(on) - told::brier(&stepped)
}

/// How many equal weights say as much: Kish, "Survey Sampling", Wiley 1965.
pub(crate) fn effective(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), weight| {
        (sum + weight, squares + weight * weight)
    });
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests;
