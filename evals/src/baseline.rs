//! Committed results that a change is compared with.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{EvalError, Grader, SuiteReport, embedded, stats::Proportion};

/// What a suite reached when the baseline was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The suite.
    pub suite: String,
    /// How many cases each grader passed.
    pub totals: BTreeMap<Grader, Proportion>,
    /// The cases that each grader passed, by id.
    pub passed: BTreeMap<Grader, Vec<String>>,
}

/// A grader whose result fell below the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regression {
    /// The grader.
    pub grader: Grader,
    /// What it was.
    pub was: Proportion,
    /// What it is.
    pub is: Proportion,
    /// Cases that passed in the baseline and do not any more.
    pub lost: Vec<String>,
}

impl Baseline {
    /// The baseline that a report would be.
    pub fn of(report: &SuiteReport) -> Self {
        let passed = report
            .totals
            .keys()
            .map(|&grader| (grader, ids(report, grader, true)))
            .collect();
        Self {
            suite: report.suite.clone(),
            totals: report.totals.clone(),
            passed,
        }
    }

    /// The committed baseline of a suite, if there is one.
    pub fn committed(suite: &str) -> Result<Option<Self>, EvalError> {
        let name = format!("{suite}.json");
        let file = embedded::baselines().iter().find(|file| file.path == name);
        file.map(|file| Self::parse(file.path, file.text)).transpose()
    }

    /// Reads a baseline from a file.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let text = std::fs::read_to_string(path).map_err(|source| EvalError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a baseline; `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, EvalError> {
        serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            EvalError::file(file, error.line(), message)
        })
    }

    /// What fell.
    ///
    /// The floor is deterministic, so one case fewer is a fall. With a `live`
    /// model a share falls only if chance does not explain it: the intervals are apart.
    pub fn compare(&self, report: &SuiteReport, live: bool) -> Vec<Regression> {
        let mut fallen = Vec::new();
        for (&grader, &was) in &self.totals {
            let is = report.totals.get(&grader).copied().unwrap_or_default();
            let fell = if live {
                was.wilson().0 > is.wilson().1
            } else {
                is.share() < was.share()
            };
            if fell {
                let failed = ids(report, grader, false);
                let before = self.passed.get(&grader).into_iter().flatten();
                let lost = before.filter(|id| failed.contains(id)).cloned().collect();
                fallen.push(Regression {
                    grader,
                    was,
                    is,
                    lost,
                });
            }
        }
        fallen
    }
}

fn ids(report: &SuiteReport, grader: Grader, passed: bool) -> Vec<String> {
    let judged = |case: &&crate::CaseReport| case.verdicts.get(&grader).is_some_and(|v| v.passed == passed);
    report
        .cases
        .iter()
        .filter(judged)
        .map(|case| case.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_baseline_reads_back() {
        let baseline = Baseline::of(&example().suites[0]);

        let text = serde_json::to_string(&baseline).unwrap();

        assert_eq!(Baseline::parse("b.json", &text).unwrap(), baseline);
        assert_eq!(baseline.passed[&Grader::Citation], ["refund"]);
    }

    #[test]
    fn the_same_result_is_no_regression() {
        let report = &example().suites[0];

        assert_eq!(Baseline::of(report).compare(report, false), []);
    }

    #[test]
    fn a_lost_case_is_named() {
        let report = &example().suites[0];
        let mut before = Baseline::of(report);
        before
            .totals
            .insert(Grader::Citation, Proportion { passed: 2, of: 2 });
        before
            .passed
            .insert(Grader::Citation, vec!["refund".to_owned(), "limit".to_owned()]);

        let regression = Regression {
            grader: Grader::Citation,
            was: Proportion { passed: 2, of: 2 },
            is: Proportion { passed: 1, of: 2 },
            lost: vec!["limit".to_owned()],
        };
        assert_eq!(before.compare(report, false), [regression]);
        // One of two proves nothing about a model that varies.
        assert_eq!(before.compare(report, true), []);
    }

    #[test]
    fn mistakes_name_the_line() {
        let error = Baseline::parse("b.json", "{\n  \"suite\": 1\n}")
            .unwrap_err()
            .to_string();

        assert!(error.starts_with("b.json:2: invalid type"), "{error}");
    }
}
