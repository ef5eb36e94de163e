//! How much the deals of one period end together.

use crate::metrics::count;

/// What a past quarter was expected to bring and did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PastQuarter {
    /// The probabilities of the deals that ended in it, as they were given before.
    pub given: Vec<f64>,
    /// How many of them were won.
    pub won: usize,
}

/// As many quarters weigh as much as what is assumed without any.
const STRENGTH: f64 = 6.0;

/// Assumed without a past: quarters differ a little more than chance.
const ASSUMED: f64 = 0.02;

/// The correlation of the hidden variable behind outcomes of one period, 0 to 0.3: by the method of moments, from how much more
/// the numbers of deals won in past quarters varied around what was given than independent throws would, shrunk towards 0.02.
///
/// One-factor model of Vasicek, "The distribution of loan portfolio value", Risk 2002. To first order two outcomes of one
/// period covary by rho times the product of the normal densities at their thresholds; that is solved for rho.
pub fn correlation(quarters: &[PastQuarter]) -> f64 {
    let mut excess = 0.0;
    let mut room = 0.0;
    let mut seen = 0;
    for quarter in quarters.iter().filter(|quarter| quarter.given.len() >= 2) {
        let given = || quarter.given.iter().map(|p| p.clamp(0.001, 0.999));
        let expected: f64 = given().sum();
        let chance: f64 = given().map(|p| p * (1.0 - p)).sum();
        let heights: Vec<f64> = given().map(height).collect();
        let total: f64 = heights.iter().sum();
        let squares: f64 = heights.iter().map(|height| height * height).sum();
        excess += (count(quarter.won) - expected).powi(2) - chance;
        room += total * total - squares;
        seen += 1;
    }
    let found = if room > 0.0 { excess / room } else { ASSUMED };
    let weight = count(seen) / (count(seen) + STRENGTH);
    (weight * found.clamp(0.0, 0.3) + (1.0 - weight) * ASSUMED).clamp(0.0, 0.3)
}

/// The density of the normal distribution where its lower tail is `p`.
fn height(p: f64) -> f64 {
    let at = super::simulate::threshold(p);
    (-at * at / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}
