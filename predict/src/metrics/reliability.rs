//! Whether what was said to happen in one of ten cases did.

use serde::{Deserialize, Serialize};

use super::count;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Rows that were given about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The lowest probability among them.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The mean probability.
    pub predicted: f64,
    /// The share that ended well.
    pub observed: f64,
    /// The lower end of the 95 % Wilson interval of `observed`.
    pub observed_low: f64,
    /// Its upper end.
    pub observed_high: f64,
    /// How many rows.
    pub n: usize,
}

/// The reliability curve over at most `bins` bins of equally many rows; rows of one probability stay together.
///
/// Equal mass instead of equal width, so that no bin is a handful: Nixon et al., "Measuring calibration in deep
/// learning", 2019. Intervals: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
pub fn reliability(probabilities: &[f64], labels: &[bool], bins: usize) -> Vec<Bin> {
    let mut pairs: Vec<(f64, bool)> = probabilities
        .iter()
        .copied()
        .zip(labels.iter().copied())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (total, bins) = (pairs.len(), bins.max(1));
    let (mut found, mut open, mut seen) = (Vec::new(), Vec::new(), 0_usize);
    for ties in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        open.extend_from_slice(ties);
        seen += ties.len();
        // A bin closes when its share of the rows is reached; the last one takes what is left.
        if seen * bins >= (found.len() + 1) * total {
            found.push(bin(&open));
            open.clear();
        }
    }
    if !open.is_empty() {
        found.push(bin(&open));
    }
    found
}

fn bin(rows: &[(f64, bool)]) -> Bin {
    let n = rows.len();
    let good = rows.iter().filter(|(_, label)| *label).count();
    let (observed_low, observed_high) = wilson(good, n);
    Bin {
        low: rows.first().map_or(0.0, |row| row.0),
        high: rows.last().map_or(0.0, |row| row.0),
        predicted: rows.iter().map(|row| row.0).sum::<f64>() / count(n.max(1)),
        observed: count(good) / count(n.max(1)),
        observed_low,
        observed_high,
        n,
    }
}

/// The 95 % Wilson score interval of a share; 0 to 1 of nothing.
pub fn wilson(good: usize, of: usize) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (count(of), count(good) / count(of));
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    ((middle - half).clamp(0.0, p), (middle + half).clamp(p, 1.0))
}

/// The expected calibration error: the distance of predicted and observed over ten bins of equally many rows, weighted
/// by their rows.
///
/// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015, over the
/// bins of [`reliability`].
pub fn ece(probabilities: &[f64], labels: &[bool]) -> f64 {
    weighted_gap(&reliability(probabilities, labels, 10))
}

/// The same over ten bins of equal width, as Naeini et al. 2015 have it.
pub fn ece_equal_width(probabilities: &[f64], labels: &[bool]) -> f64 {
    let mut bins: Vec<Vec<(f64, bool)>> = vec![Vec::new(); 10];
    for (p, label) in probabilities.iter().zip(labels) {
        let at = (1_u8..10).filter(|edge| *p >= f64::from(*edge) / 10.0).count();
        if let Some(bin) = bins.get_mut(at) {
            bin.push((*p, *label));
        }
    }
    let bins: Vec<Bin> = bins
        .iter()
        .filter(|rows| !rows.is_empty())
        .map(|rows| bin(rows))
        .collect();
    weighted_gap(&bins)
}

fn weighted_gap(bins: &[Bin]) -> f64 {
    let total: usize = bins.iter().map(|bin| bin.n).sum();
    let sum: f64 = bins
        .iter()
        .map(|bin| count(bin.n) * (bin.predicted - bin.observed).abs())
        .sum();
    sum / count(total.max(1))
}
