//! What is won in a period by deals that do not exist yet when it is forecast.

use rand::Rng;

use super::slip::pick;

/// What one past span of the same length brought from deals that began after it was looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PastSpan {
    /// The sums that were won, in minor units.
    pub won: Vec<f64>,
}

/// Past spans to draw from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fresh {
    /// The spans; none when the tenant has no such past, so that nothing is added.
    pub spans: Vec<PastSpan>,
}

impl Fresh {
    /// The mean sum of a span, in minor units.
    pub fn mean(&self) -> f64 {
        if self.spans.is_empty() {
            return 0.0;
        }
        let total: f64 = self.spans.iter().flat_map(|span| &span.won).sum();
        total / crate::metrics::count(self.spans.len())
    }

    /// Draws what a span brings: as many sums as one of the past spans had, each any of all that were won.
    pub(super) fn draw(&self, all: &[f64], dice: &mut impl Rng) -> f64 {
        if self.spans.is_empty() {
            return 0.0;
        }
        let at = dice.random_range(0..self.spans.len());
        let many = self.spans.get(at).map_or(0, |span| span.won.len());
        (0..many).filter_map(|_| pick(all, dice)).sum()
    }

    /// Every sum of every span.
    pub(super) fn sums(&self) -> Vec<f64> {
        let sums = self.spans.iter().flat_map(|span| span.won.iter().copied());
        sums.filter(|sum| sum.is_finite()).collect()
    }
}
