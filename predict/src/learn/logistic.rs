//! Logistic regression with an L2 penalty, by iteratively reweighted least squares.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{Examples, Slots, is_sane, slots::affordable};
use crate::{
    encode::Encoder,
    model::{logit, sigmoid},
};

/// The most Newton steps; fewer than ten are the rule.
const STEPS: usize = 40;

/// A linear model over slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linear {
    /// The log-odds of the average row.
    pub(super) base: f64,
    slots: Slots,
    weights: Vec<f64>,
}

impl Linear {
    pub(super) fn add_terms(&self, row: &[f64], terms: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for (slot, weight) in self.slots.0.iter().zip(&self.weights) {
            let term = weight * slot.value(row);
            if let Some(slot) = terms.get_mut(usize::from(slot.column)) {
                *slot += term;
            }
            sum += term;
        }
        sum
    }

    pub(super) fn check(&self, columns: usize) -> Result<(), &'static str> {
        let sound = is_sane(self.base)
            && self.weights.len() == self.slots.0.len()
            && self.weights.iter().all(|weight| is_sane(*weight))
            && self.slots.0.iter().all(|slot| slot.is_sound(columns));
        if sound {
            Ok(())
        } else {
            Err("a linear model is not sound")
        }
    }
}

/// Fits log-odds that are linear in the slots of the columns, keeping the sum of their squares times half of `penalty` small.
///
/// Newton's method on the penalised likelihood, the step halved while it makes things worse: le Cessie and van Houwelingen,
/// "Ridge estimators in logistic regression", Applied Statistics 41, 1992.
pub(crate) fn logistic(examples: &Examples, encoder: &Encoder, penalty: f64) -> Result<Linear, String> {
    let slots = Slots::of(encoder, examples, affordable(examples.matrix.rows));
    let width = slots.0.len();
    let design = slots.design(&examples.matrix);
    let problem = Problem {
        design: &design,
        width,
        labels: &examples.labels,
        weights: &examples.weights,
        penalty,
    };
    let all: f64 = examples.weights.iter().sum();
    let pairs = examples.weights.iter().zip(&examples.labels);
    let good: f64 = pairs.filter(|(_, label)| **label).map(|(weight, _)| weight).sum();
    let mut found = vec![0.0; width + 1];
    if let Some(base) = found.first_mut() {
        *base = logit((good + 0.5) / (all + 1.0));
    }
    let mut loss = problem.loss(&found);
    for _ in 0..STEPS {
        let Some(step) = problem.step(&found) else {
            return Err("its equations cannot be solved".to_owned());
        };
        let mut scale = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = found
                .iter()
                .zip(&step)
                .map(|(old, step)| old + scale * step)
                .collect();
            let next_loss = problem.loss(&next);
            if next_loss <= loss || scale < 1e-4 {
                break (next, next_loss);
            }
            scale /= 2.0;
        };
        if !next_loss.is_finite() || next_loss > loss {
            break;
        }
        let gained = loss - next_loss;
        (found, loss) = (next, next_loss);
        if gained < 1e-8 * loss.abs().max(1.0) {
            break;
        }
    }
    let (base, weights) = found.split_first().ok_or("it has no coefficients")?;
    Ok(Linear {
        base: *base,
        weights: weights.to_vec(),
        slots,
    })
}

/// The penalised likelihood. Coefficients: the constant first, then one a slot.
struct Problem<'a> {
    design: &'a [f64],
    width: usize,
    labels: &'a [bool],
    weights: &'a [f64],
    penalty: f64,
}

impl Problem<'_> {
    fn rows(&self) -> impl Iterator<Item = (&[f64], f64, f64)> {
        // No slot: every row is empty.
        let rows = (0..self.labels.len()).map(|at| {
            self.design
                .get(at * self.width..(at + 1) * self.width)
                .unwrap_or_default()
        });
        rows.zip(self.labels)
            .zip(self.weights)
            .map(|((row, label), weight)| (row, f64::from(u8::from(*label)), *weight))
    }

    fn log_odds(row: &[f64], found: &[f64]) -> f64 {
        let (base, weights) = found
            .split_first()
            .map_or((0.0, found), |(base, rest)| (*base, rest));
        base + row
            .iter()
            .zip(weights)
            .map(|(value, weight)| value * weight)
            .sum::<f64>()
    }

    fn loss(&self, found: &[f64]) -> f64 {
        let fit: f64 = self
            .rows()
            .map(|(row, label, weight)| {
                let z = Self::log_odds(row, found);
                // ln(1 + e^z) - label z, without overflow.
                weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - label * z)
            })
            .sum();
        let size: f64 = found.iter().skip(1).map(|weight| weight * weight).sum();
        fit + self.penalty / 2.0 * size
    }

    /// The Newton step.
    fn step(&self, found: &[f64]) -> Option<Vec<f64>> {
        let size = self.width + 1;
        let (mut hessian, mut gradient) = (vec![0.0; size * size], vec![0.0; size]);
        let mut full = vec![1.0; size];
        for (row, label, weight) in self.rows() {
            for (to, from) in full.iter_mut().skip(1).zip(row) {
                *to = *from;
            }
            let p = sigmoid(Self::log_odds(row, found));
            let (error, curve) = (weight * (label - p), weight * (p * (1.0 - p)).max(1e-9));
            for (to, value) in gradient.iter_mut().zip(&full) {
                *to += error * value;
            }
            // The lower half.
            for (at, (line, a)) in hessian.chunks_exact_mut(size).zip(&full).enumerate() {
                let scaled = curve * a;
                for (to, b) in line.iter_mut().take(at + 1).zip(&full) {
                    *to += scaled * b;
                }
            }
        }
        for (at, (line, (to, weight))) in hessian
            .chunks_exact_mut(size)
            .zip(gradient.iter_mut().zip(found))
            .enumerate()
        {
            // The constant is not penalised, but for what keeps the equations solvable.
            let penalty = if at == 0 { 1e-9 } else { self.penalty };
            if let Some(diagonal) = line.get_mut(at) {
                *diagonal += penalty;
            }
            *to -= penalty * weight;
        }
        let solved = DMatrix::from_row_slice(size, size, &hessian)
            .cholesky()?
            .solve(&DVector::from_vec(gradient));
        let step: Vec<f64> = solved.iter().copied().collect();
        step.iter().all(|step| step.is_finite()).then_some(step)
    }
}
