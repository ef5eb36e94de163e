//! The level of a series: smoothed, with a trend that fades.

use chrono::NaiveDate;

use super::{Season, weeks_on};

/// How much of an error the level follows.
const ALPHAS: [f64; 6] = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5];
/// How much of that the trend follows; none for no trend.
const BETAS: [f64; 2] = [0.0, 0.1];
/// What is left of a trend after a week.
const DAMPED: f64 = 0.9;
/// What an error counts a week later: half after a quarter of a year. How quickly a level must be followed is told by what it did
/// lately, as in the discounted least squares of Brown 1963.
const KEPT: f64 = 0.948;
/// The level at first is the mean of so many weeks.
const FIRST: usize = 8;

/// Where a series stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    level: f64,
    trend: f64,
}

impl Level {
    /// The level of a series that ends before `next`, the season taken out, by the way of following that foretold it best.
    pub(super) fn of(series: &[f64], season: &Season, next: NaiveDate) -> Self {
        let length = series.len();
        let plain: Vec<f64> = series
            .iter()
            .enumerate()
            .map(|(at, count)| count / season.index(next, -weeks_on(length - at)).max(0.05))
            .collect();
        let mut best: Option<(f64, Self)> = None;
        for alpha in ALPHAS {
            for beta in BETAS {
                let (error, level) = follow(&plain, alpha, beta);
                if best.is_none_or(|(least, _)| error < least) {
                    best = Some((error, level));
                }
            }
        }
        best.map_or(
            Self {
                level: 0.0,
                trend: 0.0,
            },
            |(_, level)| level,
        )
    }

    /// What it will be so many weeks later; never below nothing.
    pub(super) fn ahead(self, weeks: usize) -> f64 {
        let faded: f64 = (1..=weeks)
            .map(|week| DAMPED.powi(i32::try_from(week).unwrap_or(i32::MAX)))
            .sum();
        (self.level + self.trend * faded).max(0.0)
    }
}

/// The mean of squared errors of what was said a week ahead, late ones counting most, and where the series ends.
fn follow(series: &[f64], alpha: f64, beta: f64) -> (f64, Level) {
    let first = series.len().min(FIRST);
    let mean = |of: &[f64]| of.iter().sum::<f64>() / crate::metrics::count(of.len().max(1));
    let mut at = Level {
        level: mean(series.get(..first).unwrap_or_default()),
        trend: 0.0,
    };
    let (mut sum, mut of) = (0.0, 0.0);
    for count in series.iter().skip(first) {
        let said = at.ahead(1);
        let error = count - said;
        sum = KEPT.mul_add(sum, error * error);
        of = KEPT.mul_add(of, 1.0);
        let before = at.level;
        at.level = (said + alpha * error).max(0.0);
        at.trend = DAMPED * at.trend + beta * (at.level - before - DAMPED * at.trend);
    }
    (if of > 0.0 { sum / of } else { 0.0 }, at)
}
