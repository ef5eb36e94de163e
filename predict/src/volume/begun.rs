//! A week that has begun: what came of it is known, and only the rest is foretold.

use super::{Spread, WeekAhead, backtest::Past};

/// Weeks that tell when in a week cases come: half a year, for office hours change.
const WEEKS: usize = 26;
/// What is usual elsewhere is worth so many cases that were seen.
const USUAL: f64 = 10.0;

/// A week of which a part is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Begun<'a> {
    /// How many came in it already.
    pub so_far: f64,
    /// How many had come by the same point of each past week, in the order of the series.
    pub by_then: &'a [f64],
    /// The share of a week that comes by this point, 0 to 1, as far as the series itself does not tell: that of all series
    /// together, or of time.
    pub usual: f64,
}

impl Begun<'_> {
    /// The share of a week that comes by this point, 0 to 1, as the latest weeks of `series` were.
    pub fn share(&self, series: &[f64]) -> f64 {
        let late = series.len().saturating_sub(WEEKS);
        let sum = |of: &[f64]| of.iter().skip(late).sum::<f64>();
        let share = USUAL.mul_add(self.usual, sum(self.by_then)) / (USUAL + sum(series));
        share.clamp(0.0, 1.0)
    }

    /// What is to be expected of the whole week, of which `expected` was expected before it began. Its interval is as wide as
    /// the rests of past weeks, foretold at the same point, were off.
    pub(super) fn whole(&self, series: &[f64], expected: f64, past: &Past) -> WeekAhead {
        let (share, spread) = (self.share(series), past.spread.of(0));
        let mut off = Spread {
            wider: past.spread.wider,
            ..Spread::default()
        };
        let told = series.len().saturating_sub(past.expected.len());
        let weeks = series.iter().zip(self.by_then).skip(told);
        for (expected, (whole, by_then)) in past.expected.iter().zip(weeks) {
            off.add(0, rest(*expected, spread, share, *by_then), whole - by_then);
        }
        let left = off.around(0, rest(expected, spread, share, self.so_far));
        WeekAhead {
            expected: self.so_far + left.expected,
            low: self.so_far + left.low,
            high: self.so_far + left.high,
        }
    }
}

/// What the rest of a week brings, of which a share is over. As far as weeks vary by more than chance, they differ in how much
/// they bring at all, and what came so far says so of this one: a count around a level that is itself drawn (gamma and Poisson,
/// Greenwood and Yule 1920).
fn rest(expected: f64, spread: f64, share: f64, so_far: f64) -> f64 {
    let more = (spread - 1.0).max(0.0);
    let level = so_far.mul_add(more, expected) / share.mul_add(more, 1.0);
    (1.0 - share) * level
}
