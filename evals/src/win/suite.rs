//! The gates as they are written in YAML.

use chrono::NaiveDate;
use crm_store::models::ModelKind;
use serde::Deserialize;

use crate::{EvalError, embedded};

/// The names of the suites and of their files.
const NAMES: [&str; 2] = ["win", "health"];

/// A figure of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WinFigure {
    /// The area under the curve on later records.
    Auc,
    /// The expected calibration error there.
    Ece,
    /// The share by which the Brier score there is below the base rate's.
    BrierGain,
    /// The largest distance between the log-odds of a score and the sum of its parts.
    SumError,
    /// 1 when the model was activated.
    Activated,
    /// The area under the curve when outcomes are dealt out at random.
    ShuffledAuc,
    /// 1 when a model of such outcomes would have been activated.
    ShuffledActivated,
    /// The mean error of the forecast of all cases over that of the simple guess; beside the figures of `churn`.
    CaseMase,
    /// The share of weeks within the interval of that forecast.
    CaseCoverage,
}

impl WinFigure {
    /// Its name, as the file has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auc => "auc",
            Self::Ece => "ece",
            Self::BrierGain => "brier_gain",
            Self::SumError => "sum_error",
            Self::Activated => "activated",
            Self::ShuffledAuc => "shuffled_auc",
            Self::ShuffledActivated => "shuffled_activated",
            Self::CaseMase => "case_mase",
            Self::CaseCoverage => "case_coverage",
        }
    }
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinCheck {
    /// The demo company, by its slug.
    pub tenant: String,
    /// The kind of model.
    pub kind: ModelKind,
    /// The figure.
    pub figure: WinFigure,
    /// It has to be at least this.
    pub at_least: Option<f64>,
    /// It has to be at most this.
    pub at_most: Option<f64>,
}

impl WinCheck {
    /// What names it in reports.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.tenant, self.kind, self.figure.name())
    }

    /// Why a figure does not pass; none when it does. A figure that could not be had does not pass.
    pub fn fails(&self, found: Option<f64>) -> Option<String> {
        let Some(found) = found else {
            return Some("there is no such figure: no model was trained".to_owned());
        };
        let low = self.at_least.filter(|least| found < *least || found.is_nan());
        let high = self.at_most.filter(|most| found > *most || found.is_nan());
        match (low, high) {
            (Some(least), _) => Some(format!("{found:.4} is below {least}")),
            (_, Some(most)) => Some(format!("{found:.4} is above {most}")),
            (None, None) => None,
        }
    }
}

/// The gates of the demo companies' models.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinSuite {
    /// The suite's name.
    #[serde(rename = "suite")]
    pub name: String,
    /// The day that the companies' year ends on.
    pub today: NaiveDate,
    /// The gates, in order.
    pub checks: Vec<WinCheck>,
}

/// The names of the suites of models.
pub const fn win_suites() -> &'static [&'static str] {
    &NAMES
}

/// The committed suite, when this is its name.
pub fn win_suite(name: &str) -> Result<Option<WinSuite>, EvalError> {
    if !NAMES.contains(&name) {
        return Ok(None);
    }
    let path = format!("{name}.yaml");
    let file = embedded::cases().iter().find(|file| file.path == path);
    file.map(|file| {
        let suite: WinSuite =
            serde_norway::from_str(file.text).map_err(|error| EvalError::yaml(file.path, 0, &error))?;
        match suite
            .checks
            .iter()
            .find(|check| check.at_least.is_none() && check.at_most.is_none())
        {
            Some(check) => Err(EvalError::file(
                file.path,
                0,
                format!("{}: holds whatever is found", check.id()),
            )),
            None => Ok(suite),
        }
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_gates_are_read_and_each_can_fail() {
        assert!(win_suite("answer").unwrap().is_none());
        let suites = NAMES.map(|name| win_suite(name).unwrap().unwrap());
        for check in suites.iter().flat_map(|suite| &suite.checks) {
            assert!(check.fails(None).is_some() && check.fails(Some(f64::NAN)).is_some());
            let beyond = check.at_least.map_or(f64::INFINITY, |least| least - 0.001);
            assert!(check.fails(Some(beyond)).is_some(), "{}", check.id());
            let inside = check.at_least.or(check.at_most);
            assert_eq!(check.fails(inside), None, "{}", check.id());
        }
    }
}
