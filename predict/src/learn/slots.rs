//! Columns as what a linear model can use: bent lines for numbers, one slot for each word.

use serde::{Deserialize, Serialize};

use super::{Examples, MOST};
use crate::{
    encode::{Encoder, Matrix},
    metrics::count,
};

/// A function of one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Shape {
    /// The number, kept between two values.
    Line { low: f64, high: f64 },
    /// How far the number, kept below `high`, is above `knot`.
    Bend { knot: f64, high: f64 },
    /// Whether it is this number.
    Is(f64),
    /// Whether nothing is known.
    Missing,
}

impl Shape {
    fn of(self, value: f64) -> Option<f64> {
        let yes = |is: bool| Some(f64::from(u8::from(is)));
        match self {
            Self::Missing => yes(value.is_nan()),
            _ if value.is_nan() => None,
            Self::Line { low, high } => Some(value.clamp(low, high)),
            Self::Bend { knot, high } => Some((value.min(high) - knot).max(0.0)),
            Self::Is(what) => yes((value - what).abs() < 0.5),
        }
    }
}

/// One column of the design: a shape, brought to mean 0 and deviation 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(super) column: u16,
    shape: Shape,
    mean: f64,
    deviation: f64,
}

impl Slot {
    /// The standardised value; that of the average where nothing is known.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        let value = row.get(usize::from(self.column)).copied().unwrap_or(f64::NAN);
        self.standard(value)
    }

    fn standard(&self, value: f64) -> f64 {
        self.shape.of(value).map_or(0.0, |value| {
            ((value - self.mean) / self.deviation).clamp(-MOST, MOST)
        })
    }

    /// The absolute correlation of what it says of the values of its column with the labels, times a number that is the same
    /// for all slots. `pulls` are weight times distance of the label from the mean label.
    fn strength(&self, values: &[f64], weights: &[f64], pulls: &[f64]) -> f64 {
        let (mut common, mut own) = (0.0_f64, 0.0_f64);
        for (value, (weight, pull)) in values.iter().zip(weights.iter().zip(pulls)) {
            // Its mean is 0, also with what is missing, which the fit takes as the average: a number that few rows have
            // cannot look strong by them alone.
            let said = self.standard(*value);
            common += pull * said;
            own += weight * said * said;
        }
        if own > 0.0 { common.abs() / own.sqrt() } else { 0.0 }
    }

    /// Whether it can say a number for any row. A mean has the size of its column, an amount in yen or a moment in milliseconds.
    pub(super) fn is_sound(&self, columns: usize) -> bool {
        let shape = match self.shape {
            Shape::Line { low, high } => low.is_finite() && high.is_finite() && low <= high,
            Shape::Bend { knot, high } => knot.is_finite() && high.is_finite(),
            Shape::Is(what) => what.is_finite(),
            Shape::Missing => true,
        };
        shape
            && usize::from(self.column) < columns
            && self.mean.is_finite()
            && self.deviation.is_finite()
            && self.deviation > 0.0
    }
}

/// The design of a linear model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Slots(pub(super) Vec<Slot>);

impl Slots {
    /// Lays out slots for these examples; where there are more than so many, those that tell most about the labels.
    pub(crate) fn of(encoder: &Encoder, examples: &Examples, most: usize) -> Self {
        let (matrix, weights) = (&examples.matrix, &examples.weights);
        let mut slots = Vec::new();
        for (column, (coded, values)) in (0_u16..).zip(encoder.coded.iter().zip(&matrix.columns)) {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            let mut distinct = sorted.clone();
            distinct.dedup();
            let at = |share: f64| {
                let place = crate::split::share(sorted.len().saturating_sub(1), share);
                sorted.get(place).copied().unwrap_or(0.0)
            };
            let mut shapes = Vec::new();
            if coded.coder.is_places() {
                shapes.extend(distinct.iter().map(|place| Shape::Is(*place)));
            } else {
                let (low, high) = (at(0.01), at(0.99));
                let (low, high) = if low < high {
                    (low, high)
                } else {
                    (at(0.0), at(1.0))
                };
                shapes.push(Shape::Line { low, high });
                if distinct.len() > 8 {
                    let mut knots = [at(0.25), at(0.5), at(0.75)].to_vec();
                    knots.dedup();
                    shapes.extend(
                        knots
                            .into_iter()
                            .filter(|knot| low < *knot && *knot < high)
                            .map(|knot| Shape::Bend { knot, high }),
                    );
                }
            }
            if sorted.len() < values.len() {
                shapes.push(Shape::Missing);
            }
            slots.extend(
                shapes
                    .into_iter()
                    .filter_map(|shape| standardised(column, shape, values, weights)),
            );
        }
        if slots.len() > most {
            slots = strongest(&slots, examples, most);
        }
        Self(slots)
    }

    /// Rows as the values of the slots, one row after the other.
    pub(super) fn design(&self, matrix: &Matrix) -> Vec<f64> {
        let mut design = Vec::with_capacity(matrix.rows * self.0.len());
        for at in 0..matrix.rows {
            let row = matrix.row(at);
            design.extend(self.0.iter().map(|slot| slot.value(&row)));
        }
        design
    }
}

/// A slot of a shape; `None` when it is the same in every row.
fn standardised(column: u16, shape: Shape, values: &[f64], weights: &[f64]) -> Option<Slot> {
    let known = || {
        values
            .iter()
            .zip(weights)
            .filter_map(|(value, weight)| Some((shape.of(*value)?, *weight)))
    };
    let all: f64 = known().map(|(_, weight)| weight).sum();
    let mean = known().map(|(value, weight)| value * weight).sum::<f64>() / all;
    let variance = known()
        .map(|(value, weight)| weight * (value - mean).powi(2))
        .sum::<f64>()
        / all;
    let deviation = variance.sqrt();
    // Rounding makes a little spread out of none.
    let varies = deviation > 1e-9 * mean.abs().max(1e-300) && deviation.is_finite();
    varies.then_some(Slot {
        column,
        shape,
        mean,
        deviation,
    })
}

/// The slots that tell most about the labels, each by itself, in the order in which they stand; of equal ones the first.
///
/// By the absolute point-biserial correlation, examples weighted: Tate, "Correlation between a discrete and a continuous
/// variable. Point-biserial correlation", Annals of Mathematical Statistics 25, 1954. To keep those with the highest is the
/// sure independence screening of Fan and Lv, Journal of the Royal Statistical Society B 70, 2008.
fn strongest(slots: &[Slot], examples: &Examples, most: usize) -> Vec<Slot> {
    let Examples {
        matrix,
        labels,
        weights,
    } = examples;
    let all: f64 = weights.iter().sum();
    let pairs = || weights.iter().zip(labels);
    let good: f64 = pairs()
        .filter(|(_, label)| **label)
        .map(|(weight, _)| weight)
        .sum();
    let rate = good / all;
    let pulls: Vec<f64> = pairs()
        .map(|(weight, label)| weight * (f64::from(u8::from(*label)) - rate))
        .collect();
    // Slot by slot over its column: what all slots say of all rows may be too much to hold.
    let mut ranked: Vec<(usize, f64)> = slots
        .iter()
        .map(|slot| {
            let values = matrix.columns.get(usize::from(slot.column));
            values.map_or(0.0, |values| slot.strength(values, weights, &pulls))
        })
        .enumerate()
        .collect();
    // Equal ones keep their order.
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept: Vec<usize> = ranked.into_iter().take(most).map(|(at, _)| at).collect();
    kept.sort_unstable();
    crate::encode::pick(slots, &kept)
}

/// How many slots a fit over so many rows can afford: the work grows with their square.
pub(crate) fn affordable(rows: usize) -> usize {
    let most = (2e9 / count(rows.max(1))).sqrt();
    (16..=400).rev().find(|slots| count(*slots) <= most).unwrap_or(16)
}
