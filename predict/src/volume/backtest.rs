//! What would have been said of past weeks, and what came.

use chrono::{NaiveDate, TimeDelta};

use super::{Season, Spread, WeekAhead, ahead, weeks_on};
use crate::metrics::count;

/// From how many weeks back on forecasts are made again and judged.
const ORIGINS: usize = 26;
/// From how many weeks before those on they are made to learn how far they are off.
const BEFORE: usize = 52;
/// Fewer weeks are no past to forecast from.
const LEAST: usize = 12;
/// Weeks of a year: what the same week of a year before says.
const YEAR: usize = 52;

/// How good forecasts would have been, made again from what was known each week of the past.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VolumeAccuracy {
    /// From how many weeks it was forecast.
    pub origins: usize,
    /// How many weeks were foretold in all.
    pub weeks: usize,
    /// The mean error.
    pub mae: Option<f64>,
    /// The mean error of who says that a week will be like the same one a year before, or like the last one known where
    /// there is no year before, on the same weeks.
    pub naive_mae: Option<f64>,
    /// The one over the other: below 1 the forecast is better.
    pub mase: Option<f64>,
    /// The share of weeks that were within their interval; 0.8 is what it promises.
    pub coverage: Option<f64>,
    /// Whether the comparison is with a year before.
    pub is_yearly: bool,
}

/// What forecasts made again show.
pub(super) struct Past {
    /// How good they would have been.
    pub(super) accuracy: VolumeAccuracy,
    /// How far they were off.
    pub(super) spread: Spread,
    /// What was expected of each of the last weeks before it began; the last one is that of the series.
    pub(super) expected: Vec<f64>,
}

/// Forecasts again from each of the last weeks, and learns how far such forecasts are off. The interval of each knows only
/// errors that were known then.
pub(super) fn backtest(total: &[f64], series: &[f64], next: NaiveDate, weeks: usize) -> Past {
    let length = series.len();
    let judged = LEAST.max(length.saturating_sub(ORIGINS));
    let first = LEAST.max(judged.saturating_sub(BEFORE));
    let (mut said, mut spread): (Vec<Vec<WeekAhead>>, _) = (Vec::new(), Spread::default());
    let (mut error, mut naive, mut of, mut held) = (0.0, 0.0, 0_usize, 0_usize);
    let is_yearly = judged >= YEAR;
    for origin in first..length {
        let back = length - origin;
        let monday = next
            .checked_sub_signed(TimeDelta::weeks(weeks_on(back)))
            .unwrap_or(next);
        let known = series.get(..origin).unwrap_or_default();
        let all = total.get(..total.len().saturating_sub(back)).unwrap_or_default();
        let season = Season::of(all, monday);
        if origin > first {
            hear(&mut spread, &said, series, origin - 1 - first, first);
        }
        let foretold: Vec<WeekAhead> = ahead(known, &season, monday, weeks)
            .into_iter()
            .enumerate()
            .map(|(at, expected)| spread.around(at, expected))
            .collect();
        let came = series.get(origin..).unwrap_or_default();
        for (at, (around, came)) in foretold.iter().zip(came).enumerate() {
            if origin < judged {
                break;
            }
            let simple = match (origin + at).checked_sub(YEAR) {
                Some(before) if is_yearly => series.get(before),
                _ => known.last(),
            };
            error += (came - around.expected).abs();
            naive += (came - simple.copied().unwrap_or_default()).abs();
            of += 1;
            held += usize::from(around.holds(*came));
        }
        said.push(foretold);
    }
    if length > first {
        hear(&mut spread, &said, series, length - 1 - first, first);
    }
    let mean = |sum: f64| (of > 0).then(|| sum / count(of));
    let accuracy = VolumeAccuracy {
        origins: length.saturating_sub(judged),
        weeks: of,
        mae: mean(error),
        naive_mae: mean(naive),
        mase: (naive > 0.0).then(|| error / naive),
        coverage: mean(count(held)),
        is_yearly,
    };
    Past {
        accuracy,
        spread,
        expected: said
            .iter()
            .filter_map(|foretold| Some(foretold.first()?.expected))
            .collect(),
    }
}

/// Learns from one week, `made` weeks after the first that was forecast from: how far all forecasts of it were off.
fn hear(spread: &mut Spread, said: &[Vec<WeekAhead>], series: &[f64], made: usize, first: usize) {
    let Some(came) = series.get(first + made) else {
        return;
    };
    for (origin, foretold) in said.iter().enumerate() {
        let Some(at) = made.checked_sub(origin) else { break };
        if let Some(around) = foretold.get(at) {
            spread.learn(around, *came);
            spread.add(at, around.expected, *came);
        }
    }
}
