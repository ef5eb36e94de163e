//! The season of the year, where two years show one.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

/// Weeks of a year.
const YEAR: usize = 52;
/// A season that is no season is worth as many years.
const NONE: f64 = 1.5;

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
        // Three looks of weight 2 together are one year's.
        let mut weeks: Vec<f64> = sums
            .iter()
            .map(|(sum, of)| (sum + 2.0 * NONE) / (of + 2.0 * NONE))
            .collect();
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
