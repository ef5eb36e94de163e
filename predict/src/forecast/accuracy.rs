//! How good past forecasts were.

use serde::{Deserialize, Serialize};

use super::Forecast;
use crate::metrics::count;

/// A forecast that was made, and what came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PastForecast {
    /// What was expected.
    pub forecast: Forecast,
    /// What was won in the period, in minor units.
    pub actual: f64,
}

/// How good forecasts were.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// How many there are.
    pub periods: usize,
    /// The sum of absolute errors over the sum of what came (WAPE: Kolassa and Schütz 2007); none when nothing came.
    pub wape: Option<f64>,
    /// The sum of errors over the sum of what came: above 0 when too much was expected; none when nothing came.
    pub bias: Option<f64>,
    /// The share of periods within their interval; 0.8 is what it promises. None without a period.
    pub coverage: Option<f64>,
}

/// Measures forecasts against what came.
pub fn accuracy(past: &[PastForecast]) -> Accuracy {
    let came: f64 = past.iter().map(|one| one.actual).sum();
    let errors = || past.iter().map(|one| one.forecast.expected - one.actual);
    let within = past
        .iter()
        .filter(|one| (one.forecast.low..=one.forecast.high).contains(&one.actual))
        .count();
    let over = |sum: f64| (came > 0.0).then(|| sum / came);
    Accuracy {
        periods: past.len(),
        wape: over(errors().map(f64::abs).sum()),
        bias: over(errors().sum()),
        coverage: (!past.is_empty()).then(|| count(within) / count(past.len())),
    }
}
