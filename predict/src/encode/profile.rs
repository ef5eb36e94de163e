//! Which columns can be learned from.

use std::collections::{BTreeMap, HashSet};

use super::{cell, number, unusable, word};
use crate::{Column, ColumnKind, Dataset, Unusable, metrics, metrics::count};

/// A column that alone ranks this well probably knows the outcome.
const LEAKS: f64 = 0.99;

/// The most columns that are learned from.
const MOST: usize = 256;

/// From as many rows on, a different value in each of them is an identifier.
const IDENTIFIES: usize = 40;

/// From as many rows on, so are whole numbers that leave gaps: fewer may be in order, or all round, by chance.
const NUMBERED: usize = 50;

/// The most rows that a column is judged by.
const JUDGED: usize = 20_000;

/// What was found about the columns, on the rows learned from.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Profile {
    /// Columns that are learned from, in their order.
    pub(crate) used: Vec<usize>,
    pub(crate) unusable: Vec<Unusable>,
    pub(crate) warnings: Vec<String>,
}

impl Profile {
    pub(crate) fn of(data: &Dataset, rows: &[usize]) -> Self {
        let mut found = Self::default();
        let judged = sample(
            rows,
            if data.columns.len() > 100 {
                JUDGED / 4
            } else {
                JUDGED
            },
        );
        let mut strengths = Vec::new();
        for (at, column) in data.columns.iter().enumerate() {
            if let Some(reason) = reason_against(data, at, column, rows) {
                found.unusable.push(unusable(column, reason));
                continue;
            }
            let alone = alone(data, at, column, &judged);
            if alone >= LEAKS {
                found.warnings.push(format!(
                    "column {} alone ranks almost perfectly (AUC {alone:.3}): does it know the outcome? Leave it out unless \
                     it is known beforehand",
                    column.name
                ));
            }
            strengths.push((at, alone));
        }
        strengths.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (at, _) in strengths.split_off(strengths.len().min(MOST)) {
            if let Some(column) = data.columns.get(at) {
                found.unusable.push(unusable(
                    column,
                    format!("says less by itself than the {MOST} columns learned from"),
                ));
            }
        }
        found.used = strengths.into_iter().map(|(at, _)| at).collect();
        found.used.sort_unstable();
        found
    }
}

/// At most so many of the rows, evenly spread.
pub(crate) fn sample(rows: &[usize], most: usize) -> Vec<usize> {
    let step = rows.len().div_ceil(most.max(1)).max(1);
    rows.iter().copied().step_by(step).collect()
}

fn reason_against(data: &Dataset, at: usize, column: &Column, rows: &[usize]) -> Option<&'static str> {
    match column.kind {
        ColumnKind::Number => {
            let numbers: Vec<f64> = rows.iter().map(|row| number(cell(data, *row, at))).collect();
            let present: Vec<f64> = numbers
                .iter()
                .copied()
                .filter(|number| !number.is_nan())
                .collect();
            let distinct: HashSet<u64> = present.iter().map(|number| number.to_bits()).collect();
            let verdict = constant(present.len(), distinct.len(), rows.len());
            verdict.or_else(|| {
                let whole = present.iter().all(|number| number.fract() == 0.0);
                if whole && distinct.len() == rows.len() {
                    identifies(&present)
                } else {
                    None
                }
            })
        }
        ColumnKind::Category => {
            let words: Vec<_> = rows.iter().filter_map(|row| word(cell(data, *row, at))).collect();
            let distinct: HashSet<&str> = words.iter().map(AsRef::as_ref).collect();
            let verdict = constant(words.len(), distinct.len(), rows.len());
            verdict.or_else(|| {
                (words.len() >= IDENTIFIES && distinct.len() * 10 >= words.len() * 9)
                    .then_some("is an identifier or free text: nearly every row has another value")
            })
        }
    }
}

/// Why whole numbers, each once and in the order of the rows, number the rows instead of measuring something.
fn identifies(numbers: &[f64]) -> Option<&'static str> {
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (spread, rows) = (high - low, count(numbers.len()));
    if numbers.len() >= IDENTIFIES && spread < 2.0 * rows {
        return Some("is an identifier: whole numbers, each once, nearly without gaps");
    }
    if numbers.len() < NUMBERED {
        return None;
    }
    // Such as 100, 200, 300, in whatever order: rounded amounts repeat themselves, or leave most of their steps out.
    if spread < 2.0 * rows * common_step(numbers.iter().map(|number| number - low)) {
        return Some("is an identifier: whole numbers, each once, in even steps nearly without gaps");
    }
    // Rows learned from stand in the order of the file, also where others between them are set aside. A measure that the
    // file is sorted by looks the same, so what to do then is said.
    let rises = numbers.is_sorted_by(|left, right| left < right);
    let falls = numbers.is_sorted_by(|left, right| left > right);
    (rises || falls).then_some(
        "is an identifier: whole numbers, each once, that only rise or only fall from row to row; if it is a measure that \
         the file is sorted by, shuffle the rows",
    )
}

/// The largest number of which all these whole numbers are multiples, by Euclid's algorithm: exact, as they and their
/// remainders are far below 2^53.
fn common_step(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, |mut step: f64, mut rest: f64| {
        while rest > 0.0 {
            (step, rest) = (rest, step % rest);
        }
        step
    })
}

fn constant(present: usize, distinct: usize, rows: usize) -> Option<&'static str> {
    match (present, distinct) {
        (0, _) => Some("has no value in any row"),
        (present, 1) if present == rows => Some("is constant"),
        _ => None,
    }
}

/// How well a column ranks by itself: 0.5 not at all, 1 perfectly. The rate of each bin, as it is in one half of the rows,
/// ranks the other half.
fn alone(data: &Dataset, at: usize, column: &Column, rows: &[usize]) -> f64 {
    let bins: Vec<u32> = match column.kind {
        ColumnKind::Number => {
            let numbers: Vec<f64> = rows.iter().map(|row| number(cell(data, *row, at))).collect();
            let cuts = cuts(&numbers, 50);
            numbers.iter().map(|number| bin_of(*number, &cuts)).collect()
        }
        ColumnKind::Category => {
            let mut seen = BTreeMap::new();
            rows.iter()
                .map(|row| match word(cell(data, *row, at)) {
                    None => 0,
                    Some(word) => {
                        let next = u32::try_from(seen.len() + 1).unwrap_or(u32::MAX);
                        *seen.entry(word).or_insert(next)
                    }
                })
                .collect()
        }
    };
    let labels: Vec<bool> = rows
        .iter()
        .map(|row| data.rows.get(*row).is_some_and(|row| row.label))
        .collect();
    // A border between the outcomes may lie within a bin, so numbers also rank as they are, either way round.
    let ranked = (column.kind == ColumnKind::Number).then(|| {
        let numbers = rows.iter().map(|row| number(cell(data, *row, at)));
        let numbers: Vec<f64> = numbers
            .map(|number| {
                if number.is_nan() {
                    f64::NEG_INFINITY
                } else {
                    number
                }
            })
            .collect();
        let auc = metrics::auc(&numbers, &labels).unwrap_or(0.5);
        auc.max(1.0 - auc)
    });
    let mut rates = [BTreeMap::<u32, (f64, f64)>::new(), BTreeMap::new()];
    for (place, (bin, label)) in bins.iter().zip(&labels).enumerate() {
        if let Some(half) = rates.get_mut(place % 2) {
            let (good, all) = half.entry(*bin).or_default();
            *good += f64::from(u8::from(*label));
            *all += 1.0;
        }
    }
    let overall = count(labels.iter().filter(|label| **label).count()) / count(labels.len().max(1));
    let mut scores = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    for (place, (bin, label)) in bins.iter().zip(&labels).enumerate() {
        let other = rates.get(1 - place % 2).and_then(|half| half.get(bin));
        let (good, all) = other.copied().unwrap_or_default();
        if let Some((said, labels)) = scores.get_mut(place % 2) {
            said.push((good + 2.0 * overall) / (all + 2.0));
            labels.push(*label);
        }
    }
    let found: Vec<f64> = scores
        .iter()
        .filter_map(|(said, labels)| metrics::auc(said, labels))
        .collect();
    (found.iter().sum::<f64>() / count(found.len().max(1))).max(ranked.unwrap_or(0.0))
}

/// The inner borders of bins of about equally many numbers, ascending, each once.
pub(crate) fn cuts(numbers: &[f64], bins: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers
        .iter()
        .copied()
        .filter(|number| !number.is_nan())
        .collect();
    sorted.sort_by(f64::total_cmp);
    let mut cuts: Vec<f64> = (1..bins)
        .filter_map(|at| sorted.get(sorted.len() * at / bins).copied())
        .collect();
    cuts.dedup();
    cuts
}

/// The bin of a number; 0 when it is missing.
pub(crate) fn bin_of(number: f64, cuts: &[f64]) -> u32 {
    if number.is_nan() {
        return 0;
    }
    u32::try_from(cuts.partition_point(|cut| *cut <= number) + 1).unwrap_or(u32::MAX)
}
