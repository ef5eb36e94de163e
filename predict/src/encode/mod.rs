//! Cells as numbers.
//!
//! Every column that is learned from becomes one number a row, so that a reason always belongs to one column. A number
//! stays what it is; a word becomes its place when the words are ordered by how often rows with it ended well, or, where
//! there are too many words for that, the log-odds of such rows, shrunk towards those of all.

mod levels;
mod profile;

use serde::{Deserialize, Serialize};

use crate::{Column, ColumnKind, Dataset, Unusable, Value};
pub(crate) use levels::FOLDS;
use levels::{Levels, Ordered, Rates};
pub(crate) use profile::{Profile, bin_of, cuts, sample};

/// What is farther from 0 counts as this far: sums and squares stay finite.
const FARTHEST: f64 = 1e15;

/// How many words a column may have before their rates stand in for them.
const FEW: usize = 40;

/// How the cells of one column become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Coder {
    /// The number itself.
    Number,
    /// Whether there is a value at all: 1, or 0 when it is missing.
    Present,
    /// The place of a word among few.
    Ordered(Ordered),
    /// The log-odds of a word among many.
    Rates(Rates),
}

/// A column that is learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Coded {
    /// Its place in the dataset.
    pub(crate) source: usize,
    pub(crate) coder: Coder,
}

/// How rows become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Encoder {
    pub(crate) coded: Vec<Coded>,
}

/// Rows as numbers, one column after the other; what is missing is not a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) rows: usize,
}

impl Matrix {
    /// The rows at these places.
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter();
        Self {
            columns: columns.map(|column| pick(column, rows)).collect(),
            rows: rows.len(),
        }
    }

    /// One row.
    pub(crate) fn row(&self, at: usize) -> Vec<f64> {
        self.columns
            .iter()
            .map(|column| column.get(at).copied().unwrap_or(f64::NAN))
            .collect()
    }
}

/// The values at these places.
pub(crate) fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|at| values.get(*at).copied()).collect()
}

/// A cell of a column of numbers.
pub(crate) fn number(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Number(number)) if number.is_finite() => number.clamp(-FARTHEST, FARTHEST),
        _ => f64::NAN,
    }
}

/// A cell of a column of words; `None` when it is missing.
pub(crate) fn word(value: Option<&Value>) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Some(Value::Category(word)) if !word.is_empty() => Some(word.as_str().into()),
        Some(Value::Number(number)) if number.is_finite() => Some(number.to_string().into()),
        _ => None,
    }
}

impl Encoder {
    /// Learns from rows, by their places, with their weights and folds, how to encode; returns it with those rows encoded.
    ///
    /// A row's own outcome never enters its own number where words are many: the rates are those of the other folds.
    pub(crate) fn fit(
        data: &Dataset,
        profile: &Profile,
        rows: &[usize],
        weights: &[f64],
        folds: &[usize],
    ) -> (Self, Matrix) {
        let (mut all, mut columns) = (Vec::new(), Vec::new());
        for source in &profile.used {
            let Some(column) = data.columns.get(*source) else {
                continue;
            };
            let cells = || rows.iter().map(|at| cell(data, *at, *source));
            let (coder, encoded) = match column.kind {
                ColumnKind::Number => encode_numbers(cells()),
                ColumnKind::Category => {
                    let labels = rows
                        .iter()
                        .map(|at| data.rows.get(*at).is_some_and(|row| row.label));
                    let levels = Levels::of(cells(), labels, weights, folds);
                    if levels.frequent() <= FEW && !levels.mostly_rare() {
                        let ordered = levels.ordered();
                        let encoded = cells().map(|cell| ordered.code(cell)).collect();
                        (Coder::Ordered(ordered), encoded)
                    } else {
                        let encoded = levels.rates_of_others();
                        (Coder::Rates(levels.rates()), encoded)
                    }
                }
            };
            all.push(Coded {
                source: *source,
                coder,
            });
            columns.push(encoded);
        }
        let rows = rows.len();
        (Self { coded: all }, Matrix { columns, rows })
    }

    /// A row as numbers.
    pub(crate) fn encode(&self, values: &[Value]) -> Vec<f64> {
        self.coded
            .iter()
            .map(|coded| coded.coder.code(values.get(coded.source)))
            .collect()
    }

    /// Rows as numbers.
    pub(crate) fn encode_all(&self, data: &Dataset, rows: &[usize]) -> Matrix {
        let columns = self.coded.iter().map(|coded| {
            rows.iter()
                .map(|at| coded.coder.code(cell(data, *at, coded.source)))
                .collect()
        });
        Matrix {
            columns: columns.collect(),
            rows: rows.len(),
        }
    }
}

fn encode_numbers<'a>(cells: impl Iterator<Item = Option<&'a Value>>) -> (Coder, Vec<f64>) {
    let numbers: Vec<f64> = cells.map(number).collect();
    let mut present = numbers.iter().copied().filter(|number| !number.is_nan());
    let first = present.next();
    if present.all(|number| Some(number) == first) {
        let present = numbers.iter().map(|number| f64::from(u8::from(!number.is_nan())));
        return (Coder::Present, present.collect());
    }
    (Coder::Number, numbers)
}

impl Coder {
    fn code(&self, value: Option<&Value>) -> f64 {
        match self {
            Self::Number => number(value),
            Self::Present => f64::from(u8::from(!number(value).is_nan())),
            Self::Ordered(ordered) => ordered.code(value),
            Self::Rates(rates) => rates.code(value),
        }
    }

    /// Whether the numbers are places of words, which have an order only by how they ended.
    pub(crate) const fn is_places(&self) -> bool {
        matches!(self, Self::Ordered(_))
    }
}

pub(crate) fn cell(data: &Dataset, row: usize, column: usize) -> Option<&Value> {
    data.rows.get(row)?.values.get(column)
}

/// A column that is not learned from.
pub(crate) fn unusable(column: &Column, reason: impl Into<String>) -> Unusable {
    Unusable {
        column: column.name.clone(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
