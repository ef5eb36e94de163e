//! The season of the year, where two years show one.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

/// Weeks of a year.
const YEAR: usize = 52;
/// How much more than chance alone counts vary around a season, to be on the safe side.
const LOOSE: f64 = 2.0;
/// The variance of a mean of three weeks with the weights 1/4, 1/2, 1/4, as a share of that of one week.
const THREE: f64 = 0.375;

/// How each week of the year compares with the year: 1 is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// By the week of the year, 0 to 52.
    weeks: Option<Vec<f64>>,
}

/// The week of the year of the Monday so many weeks after another, 0 to 52.
fn week(monday: NaiveDate, weeks: i64) -> usize {
    let day = monday
        .checked_add_signed(TimeDelta::weeks(weeks))
        .unwrap_or(monday);
    usize::try_from(day.iso_week().week0())
        .unwrap_or_default()
        .min(52)
}

/// The share of what the weeks differ by that is more than chance, as James and Stein shrink means.
fn shown(weeks: &[f64], series: &[f64]) -> f64 {
    let usual = series.iter().sum::<f64>() / crate::metrics::count(series.len().max(1));
    let years = crate::metrics::count(series.len()) / crate::metrics::count(YEAR);
    let varies = weeks.iter().map(|index| (index - 1.0).powi(2)).sum::<f64>()
        / crate::metrics::count(weeks.len().max(1));
    let chance = LOOSE * THREE / (usual * years).max(f64::MIN_POSITIVE);
    if varies > 0.0 {
        (1.0 - chance / varies).max(0.0)
    } else {
        0.0
    }
}

impl Season {
    /// The season of a series that ends before `next`; none with less than two years.
    pub fn of(series: &[f64], next: NaiveDate) -> Self {
        let length = series.len();
        if length < 2 * YEAR {
            return Self { weeks: None };
        }
        let mut sums = vec![(0.0, 0.0); 53];
        for (at, count) in series.iter().enumerate() {
            // The year around a week, as far as it is known.
            let from = at.saturating_sub(YEAR / 2).min(length - YEAR);
            let around = series.get(from..from + YEAR).unwrap_or_default();
            let usual = around.iter().sum::<f64>() / crate::metrics::count(YEAR);
            if usual <= 0.0 {
                continue;
            }
            let place = week(next, -super::weeks_on(length - at));
            // Neighbours have the same season, about.
            for (near, weight) in [(52, 0.5), (0, 1.0), (1, 0.5)] {
                if let Some((sum, of)) = sums.get_mut((place + near) % 53) {
                    *sum += weight * count / usual;
                    *of += weight;
                }
            }
        }
        let mut weeks: Vec<f64> = sums
            .iter()
            .map(|(sum, of)| if *of > 0.0 { sum / of } else { 1.0 })
            .collect();
        let share = shown(&weeks, series);
        for index in &mut weeks {
            *index = 1.0 + share * (*index - 1.0);
        }
        let mean = weeks.iter().sum::<f64>() / crate::metrics::count(weeks.len());
        for index in &mut weeks {
            *index /= mean;
        }
        Self { weeks: Some(weeks) }
    }

    /// Whether there is one.
    pub const fn is_seen(&self) -> bool {
        self.weeks.is_some()
    }

    /// How the week compares that begins so many weeks after a Monday.
    pub fn index(&self, monday: NaiveDate, weeks: i64) -> f64 {
        self.weeks
            .as_ref()
            .and_then(|known| known.get(week(monday, weeks)).copied())
            .unwrap_or(1.0)
    }
}
