//! Relevance fitted on questions with and without their answer.

use serde::Serialize;

use super::metrics::ratio;
use crate::fuse::{Parts, Ranked};
use crate::relevance;

/// The best passage for a question, and whether it was the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    parts: Parts,
    right: bool,
}

/// Two samples a question: as found, and with the right passages taken out, when no
/// passage can be right and the best of the rest is a hard negative.
pub(super) fn samples(ranked: &[Ranked], is_right: impl Fn(&Ranked) -> bool) -> Vec<Sample> {
    let found = ranked.first().map(|best| Sample {
        parts: best.parts,
        right: is_right(best),
    });
    let without = ranked.iter().find(|ranked| !is_right(ranked)).map(|best| Sample {
        parts: best.parts,
        right: false,
    });
    found.into_iter().chain(without).collect()
}

/// How well relevance tells right passages from others.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Calibration {
    /// The probability that a right passage has a higher relevance than a wrong one.
    pub auc: f64,
    /// The share of right ones among the passages above the threshold.
    pub precision: f64,
    /// The share of the right passages that are above the threshold.
    pub recall: f64,
    /// The share of the wrong passages that are above the threshold.
    pub false_positives: f64,
}

impl Calibration {
    pub(super) fn of(samples: &[Sample]) -> Self {
        let mut scored: Vec<_> = samples
            .iter()
            .map(|sample| (relevance::probability(&sample.parts), sample.right))
            .collect();
        scored.sort_by(|left, right| left.0.total_cmp(&right.0));
        let right = scored.iter().filter(|(_, right)| *right).count();
        let wrong = scored.len() - right;
        let above = |wanted: bool| {
            scored
                .iter()
                .filter(|(score, right)| *score >= relevance::THRESHOLD && *right == wanted)
                .count()
        };
        // Pairs in the right order, from the ranks; ties are rare enough to leave.
        let ranks: f64 = scored
            .iter()
            .enumerate()
            .filter(|(_, (_, right))| *right)
            .map(|(rank, _)| ratio(rank + 1, 1))
            .sum();
        let pairs = ratio(right, 1) * ratio(wrong, 1);
        Self {
            auc: if pairs > 0.0 {
                (ranks - ratio(right * (right + 1), 2)) / pairs
            } else {
                0.0
            },
            precision: ratio(above(true), (above(true) + above(false)).max(1)),
            recall: ratio(above(true), right.max(1)),
            false_positives: ratio(above(false), wrong.max(1)),
        }
    }
}

/// Fits intercept, dense share and coverage by logistic regression, with a weight of
/// one on the squares. Each set counts the same, however many questions it has.
pub fn calibrate(sets: &[&[Sample]]) -> [f64; 3] {
    let mut coefficients = [0.0; 3];
    for _ in 0..50 {
        let mut gradient = [0.0, -coefficients[1], -coefficients[2]];
        let mut curvature = [[1e-9, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        for set in sets {
            let weight = 1_000.0 / ratio(set.len().max(1), 1);
            for sample in *set {
                let x = [
                    1.0,
                    f64::from(sample.parts.dense),
                    f64::from(sample.parts.coverage),
                ];
                let sum: f64 = coefficients
                    .iter()
                    .zip(x)
                    .map(|(coefficient, x)| coefficient * x)
                    .sum();
                let probability = 1.0 / (1.0 + (-sum).exp());
                let error = f64::from(u8::from(sample.right)) - probability;
                let bend = probability * (1.0 - probability) * weight;
                for (row, (gradient, curvature)) in gradient.iter_mut().zip(curvature.iter_mut()).enumerate()
                {
                    let left = x.get(row).copied().unwrap_or_default();
                    *gradient += weight * error * left;
                    for (cell, right) in curvature.iter_mut().zip(x) {
                        *cell += bend * left * right;
                    }
                }
            }
        }
        let step = solve(curvature, gradient);
        coefficients
            .iter_mut()
            .zip(step)
            .for_each(|(coefficient, step)| *coefficient += step);
    }
    coefficients
}

/// Solves three equations by Cramer's rule.
fn solve(matrix: [[f64; 3]; 3], wanted: [f64; 3]) -> [f64; 3] {
    let determinant = |[one, two, three]: [[f64; 3]; 3]| {
        one[0] * (two[1] * three[2] - two[2] * three[1]) - one[1] * (two[0] * three[2] - two[2] * three[0])
            + one[2] * (two[0] * three[1] - two[1] * three[0])
    };
    let whole = determinant(matrix);
    // The matrix with what is wanted in place of one column.
    let with = |column: usize| {
        let mut changed = matrix;
        for (row, wanted) in changed.iter_mut().zip(wanted) {
            if let Some(cell) = row.get_mut(column) {
                *cell = wanted;
            }
        }
        changed
    };
    [0, 1, 2].map(|column| determinant(with(column)) / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_finds_the_line_that_made_the_data() {
        let samples: Vec<_> = (0..2_000_u16)
            .map(|at| {
                let dense = f32::from(at % 40) / 40.0;
                let coverage = f32::from(at / 40 % 50) / 50.0;
                Sample {
                    parts: Parts {
                        dense,
                        coverage,
                        ..Parts::default()
                    },
                    right: 2.0 * dense + coverage > 1.5,
                }
            })
            .collect();
        let [intercept, dense, coverage] = calibrate(&[&samples]);
        let agree = samples
            .iter()
            .filter(|sample| {
                let sum = intercept
                    + dense * f64::from(sample.parts.dense)
                    + coverage * f64::from(sample.parts.coverage);
                (sum > 0.0) == sample.right
            })
            .count();
        // The weight on the squares bends the line a little.
        assert!(
            agree > 1_940,
            "{agree} of 2000 with {intercept} {dense} {coverage}"
        );
        assert!(dense > coverage && coverage > 0.0, "{dense} and {coverage}");
    }
}
