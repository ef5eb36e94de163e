//! The same measures where rows count differently, and rows of one group say much the same.

use std::collections::BTreeMap;

use super::{Bin, count, reliability::wilson, row_log_loss};
use crate::calibrate::effective;

/// A probability that was said of a row, what happened, and how much the row counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Told {
    pub(crate) probability: f64,
    pub(crate) label: bool,
    /// Finite, not below 0.
    pub(crate) weight: f64,
    /// Rows of one group are no examples of their own.
    pub(crate) group: usize,
}

impl Told {
    fn good(&self) -> f64 {
        if self.label { self.weight } else { 0.0 }
    }

    /// Rows that count alike, each a group of its own.
    pub(super) fn alike(probabilities: &[f64], labels: &[bool]) -> Vec<Self> {
        let pairs = probabilities.iter().zip(labels).enumerate();
        pairs
            .map(|(group, (probability, label))| Self {
                probability: *probability,
                label: *label,
                weight: 1.0,
                group,
            })
            .collect()
    }
}

/// The mean of what is counted for each row. 0 of nothing.
pub(crate) fn mean(rows: &[Told], of: impl Fn(&Told) -> f64) -> f64 {
    let all: f64 = rows.iter().map(|row| row.weight).sum();
    let sum: f64 = rows.iter().map(|row| row.weight * of(row)).sum();
    if all > 0.0 { sum / all } else { 0.0 }
}

/// The share that ended well.
pub(crate) fn rate(rows: &[Told]) -> f64 {
    mean(rows, |row| f64::from(u8::from(row.label)))
}

/// The mean squared distance of probability and outcome, as [`super::brier`].
pub(crate) fn brier(rows: &[Told]) -> f64 {
    mean(rows, |row| {
        (row.probability - f64::from(u8::from(row.label))).powi(2)
    })
}

/// The mean negative log-likelihood, as [`super::log_loss`].
pub(crate) fn log_loss(rows: &[Told]) -> f64 {
    mean(rows, |row| row_log_loss(row.probability, row.label))
}

/// How many rows that count alike and know nothing of each other say as much: Kish 1965, over the sums of the groups.
pub(crate) fn examples<'r>(rows: impl Iterator<Item = &'r Told>) -> f64 {
    let mut sums = BTreeMap::<usize, f64>::new();
    for row in rows {
        *sums.entry(row.group).or_default() += row.weight;
    }
    effective(sums.into_values())
}

fn sorted(rows: &[Told]) -> Vec<Told> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    rows
}

fn is_tie(a: &Told, b: &Told) -> bool {
    a.probability.total_cmp(&b.probability).is_eq()
}

/// The area under the curve, as [`super::auc`]: of all pairs of a row that ended well and one that did not, by the product of
/// what they count, the share that is in order.
pub(crate) fn auc(rows: &[Told]) -> Option<f64> {
    let all: f64 = rows.iter().map(|row| row.weight).sum();
    let good: f64 = rows.iter().map(Told::good).sum();
    let bad = all - good;
    let has = |label| rows.iter().any(|row| row.label == label && row.weight > 0.0);
    if !(has(true) && has(false) && good > 0.0 && bad > 0.0) {
        return None;
    }
    let (mut in_order, mut below) = (0.0, 0.0);
    for ties in sorted(rows).chunk_by(is_tie) {
        let won: f64 = ties.iter().map(Told::good).sum();
        let lost = ties.iter().map(|row| row.weight).sum::<f64>() - won;
        in_order += won * (below + lost / 2.0);
        below += lost;
    }
    Some((in_order / (good * bad)).clamp(0.0, 1.0))
}

/// The reliability curve, as [`super::reliability`], over bins that count for as much, each with what it counts for.
fn bins(rows: &[Told], bins: usize) -> Vec<(Bin, f64)> {
    let rows = sorted(rows);
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let (wanted, nearly) = (count(bins.max(1)), 1e-9 * total);
    let (mut found, mut open, mut seen) = (Vec::new(), Vec::new(), 0.0);
    for ties in rows.chunk_by(is_tie) {
        open.extend_from_slice(ties);
        seen += ties.iter().map(|row| row.weight).sum::<f64>();
        // A bin closes when its share is reached; the last one takes what is left.
        if (seen + nearly) * wanted >= count(found.len() + 1) * total {
            found.push(bin(&open));
            open.clear();
        }
    }
    if !open.is_empty() {
        found.push(bin(&open));
    }
    found
}

fn bin(rows: &[Told]) -> (Bin, f64) {
    let (observed, examples) = (rate(rows), examples(rows.iter()));
    let (observed_low, observed_high) = wilson(observed, examples);
    let bin = Bin {
        low: rows.first().map_or(0.0, |row| row.probability),
        high: rows.last().map_or(0.0, |row| row.probability),
        predicted: mean(rows, |row| row.probability),
        observed,
        observed_low,
        observed_high,
        n: rows.len(),
        examples,
    };
    (bin, rows.iter().map(|row| row.weight).sum())
}

/// The reliability curve.
pub(crate) fn reliability(rows: &[Told], wanted: usize) -> Vec<Bin> {
    bins(rows, wanted).into_iter().map(|(bin, _)| bin).collect()
}

/// The expected calibration error, as [`super::ece`].
pub(crate) fn ece(rows: &[Told]) -> f64 {
    gap(&bins(rows, 10))
}

/// The same over ten bins of equal width.
pub(crate) fn ece_equal_width(rows: &[Told]) -> f64 {
    let mut wide: Vec<Vec<Told>> = vec![Vec::new(); 10];
    for row in rows {
        let edges = (1_u8..10).filter(|edge| row.probability >= f64::from(*edge) / 10.0);
        if let Some(bin) = wide.get_mut(edges.count()) {
            bin.push(*row);
        }
    }
    let found: Vec<(Bin, f64)> = wide
        .iter()
        .filter(|rows| !rows.is_empty())
        .map(|rows| bin(rows))
        .collect();
    gap(&found)
}

fn gap(bins: &[(Bin, f64)]) -> f64 {
    let total: f64 = bins.iter().map(|(_, weight)| weight).sum();
    let sum: f64 = bins
        .iter()
        .map(|(bin, weight)| weight * (bin.predicted - bin.observed).abs())
        .sum();
    if total > 0.0 { sum / total } else { 0.0 }
}
