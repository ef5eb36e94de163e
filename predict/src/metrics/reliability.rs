//! Whether what was said to happen in one of ten cases did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::{self, Told};

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Rows that were given about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReliabilityBin)]
pub struct Bin {
    /// The lowest probability among them.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The mean probability.
    pub predicted: f64,
    /// The share that ended well.
    pub observed: f64,
    /// The lower end of the 95 % Wilson interval of `observed`, over `examples`.
    pub observed_low: f64,
    /// Its upper end.
    pub observed_high: f64,
    /// How many rows.
    pub n: usize,
    /// How many rows that count alike and know nothing of each other say as much: rows of one record are one example at most.
    #[serde(default)]
    pub examples: f64,
}

/// The reliability curve over at most `bins` bins of equally many rows; rows of one probability stay together.
///
/// Equal mass instead of equal width, so that no bin is a handful: Nixon et al., "Measuring calibration in deep
/// learning", 2019. Intervals: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
pub fn reliability(probabilities: &[f64], labels: &[bool], bins: usize) -> Vec<Bin> {
    told::reliability(&Told::alike(probabilities, labels), bins)
}

/// The 95 % Wilson score interval of a share of so many examples; 0 to 1 of none.
pub fn wilson(share: f64, examples: f64) -> (f64, f64) {
    if examples.is_nan() || examples <= 0.0 {
        return (0.0, 1.0);
    }
    let (n, p) = (examples, share);
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).max(0.0).sqrt() / (1.0 + z2 / n);
    ((middle - half).min(p).max(0.0), (middle + half).max(p).min(1.0))
}

/// The expected calibration error: the distance of predicted and observed over ten bins of equally many rows, weighted
/// by their rows.
///
/// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015, over the
/// bins of [`reliability`].
pub fn ece(probabilities: &[f64], labels: &[bool]) -> f64 {
    told::ece(&Told::alike(probabilities, labels))
}

/// The same over ten bins of equal width, as Naeini et al. 2015 have it.
pub fn ece_equal_width(probabilities: &[f64], labels: &[bool]) -> f64 {
    told::ece_equal_width(&Told::alike(probabilities, labels))
}
