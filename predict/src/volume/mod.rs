//! How many of something come in each week: a level that is followed, times a season of the year where two years show one.
//!
//! The level is smoothed exponentially with a damped trend (the additive ETS models of Hyndman et al. 2008); how quickly it
//! follows is chosen by what would have foretold the weeks best, the last ones above all. The season is that of all series together, because one queue
//! alone has too few cases a week to tell a season from chance, and is pulled towards none as far as chance alone would show one. The interval is that of a count
//! whose spread is found in past errors: the square root of a count varies by about the same whatever the count (Anscombe 1948).
//!
//! Written here and not taken from a crate: `augurs` (ETS, MSTL) keeps a starting state for each of 52 weeks, needs two whole
//! years before it fits at all, and its normal intervals go below nothing where a queue has three cases a week.

mod backtest;
mod begun;
mod level;
mod season;

use chrono::NaiveDate;

pub use backtest::VolumeAccuracy;
pub use begun::Begun;
pub use season::Season;

use level::Level;

/// How far ahead a forecast looks at the most, in weeks.
pub const MOST_WEEKS: usize = 26;
/// The two-sided interval that holds eight times in ten.
const Z: f64 = 1.2816;
/// How many weeks in ten fall outside.
const OUTSIDE: f64 = 0.2;
/// How quickly intervals widen, in logarithms, where too many weeks fell outside.
const WIDEN: f64 = 0.05;
/// Past errors are worth as many examples as there are; a spread like that of pure chance is worth so many.
const CHANCE: f64 = 4.0;

/// A week ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeekAhead {
    /// How many are to be expected.
    pub expected: f64,
    /// One time in ten it is less.
    pub low: f64,
    /// One time in ten it is more.
    pub high: f64,
}

/// What a series will bring, and how good such forecasts were.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeForecast {
    /// The weeks ahead, in order.
    pub weeks: Vec<WeekAhead>,
    /// How good the same forecast would have been before.
    pub accuracy: VolumeAccuracy,
}

/// Forecasts a series of weekly counts. `total` is the series of all together, which the season is found in; both end with
/// the week before the first one ahead, and `next` is the Monday of that one. Of a first week that has begun, what came of it
/// is part of what is expected, so that neither end of its interval is below it.
pub fn volume(
    total: &[f64],
    series: &[f64],
    next: NaiveDate,
    weeks: usize,
    begun: Option<&Begun<'_>>,
) -> VolumeForecast {
    let weeks = weeks.clamp(1, MOST_WEEKS);
    let past = backtest::backtest(total, series, next, weeks);
    let season = Season::of(total, next);
    let said = ahead(series, &season, next, weeks);
    VolumeForecast {
        weeks: said
            .into_iter()
            .enumerate()
            .map(|(at, expected)| match begun {
                Some(begun) if at == 0 => begun.whole(series, expected, &past),
                _ => past.spread.around(at, expected),
            })
            .collect(),
        accuracy: past.accuracy,
    }
}

/// What is expected of the weeks ahead.
fn ahead(series: &[f64], season: &Season, next: NaiveDate, weeks: usize) -> Vec<f64> {
    let level = Level::of(series, season, next);
    (0..weeks)
        .map(|at| (level.ahead(at + 1) * season.index(next, weeks_on(at))).max(0.0))
        .collect()
}

/// The interval around a count that is expected; `spread` is 1 for pure chance.
fn interval(expected: f64, spread: f64) -> WeekAhead {
    let (middle, half) = (expected.sqrt(), Z * spread.max(0.0).sqrt() / 2.0);
    WeekAhead {
        expected,
        low: (middle - half).max(0.0).powi(2).round().min(expected),
        high: (middle + half).powi(2).round().max(expected),
    }
}

/// A count of weeks as calendars take it.
fn weeks_on(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 14)
}

/// How far forecasts are off.
#[derive(Debug, Clone, Default, PartialEq)]
struct Spread {
    /// The sum of squared errors over what was expected, and how many, by how many weeks ahead.
    errors: Vec<(f64, f64)>,
    /// The logarithm of how much wider intervals are made than the errors say; never below 0.
    wider: f64,
}

impl Spread {
    fn add(&mut self, ahead: usize, expected: f64, came: f64) {
        if self.errors.len() <= ahead {
            self.errors.resize(ahead + 1, (0.0, 0.0));
        }
        if let Some((sum, of)) = self.errors.get_mut(ahead) {
            *sum += (came - expected).powi(2) / expected.max(0.5);
            *of += 1.0;
        }
    }

    /// Widens what follows when a week fell outside its interval, and lets go of that again by the weeks that do not: where
    /// errors grow, past ones alone would promise too much. The tracking of a quantile of Gibbs and Candès, "Adaptive conformal
    /// inference under distribution shift", 2021; only wider, because few weeks that all hold are no reason for less.
    fn learn(&mut self, around: &WeekAhead, came: f64) {
        let outside = f64::from(u8::from(!around.holds(came)));
        self.wider = (self.wider + WIDEN * (outside - OUTSIDE)).max(0.0);
    }

    /// How much more counts so many weeks ahead vary around what is expected than chance alone: 1 is chance.
    fn of(&self, ahead: usize) -> f64 {
        let (sum, of) = self.errors.get(ahead).copied().unwrap_or_default();
        (sum + CHANCE) / (of + CHANCE)
    }

    fn around(&self, ahead: usize, expected: f64) -> WeekAhead {
        interval(expected, self.of(ahead) * (2.0 * self.wider).exp())
    }
}

impl WeekAhead {
    fn holds(&self, came: f64) -> bool {
        (self.low..=self.high).contains(&came)
    }
}

#[cfg(test)]
mod tests;
