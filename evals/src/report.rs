//! What an evaluation found, and the forms in which it is shown.

mod json;
mod junit;
mod markdown;
mod table;

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{Cited, EvalError, Gate, Grader, Observed, Regression, Suite, Verdict, stats::Proportion};

/// All suites of one evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvalReport {
    /// Whether a configured model answered, and not the floor.
    pub live: bool,
    /// The suites in the order in which they ran.
    pub suites: Vec<SuiteReport>,
}

/// One suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuiteReport {
    /// The suite's name.
    pub suite: String,
    /// How many cases each grader passed.
    pub totals: BTreeMap<Grader, Proportion>,
    /// The gates.
    pub gates: Vec<GateReport>,
    /// What fell below the baseline.
    pub regressions: Vec<Regression>,
    /// What a reader should know besides, a line each.
    pub notes: Vec<String>,
    /// Half of the cases ended within this time.
    pub p50_ms: u64,
    /// 95 of 100 cases ended within this time.
    pub p95_ms: u64,
    /// The cases in the order of the suite.
    pub cases: Vec<CaseReport>,
}

/// One gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GateReport {
    /// The grader.
    pub grader: Grader,
    /// The fewest cases that must pass.
    pub at_least: usize,
    /// What the suite is meant to reach, where that is more.
    pub goal: Option<usize>,
    /// What was reached.
    pub reached: Proportion,
    /// Whether it holds.
    pub holds: bool,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseReport {
    /// The case's id.
    pub id: String,
    /// The tenant that was asked.
    pub tenant: String,
    /// The question.
    pub question: String,
    /// What the graders say that apply.
    pub verdicts: BTreeMap<Grader, Verdict>,
    /// The answer.
    pub text: String,
    /// What was cited, in order.
    pub citations: Vec<Cited>,
    /// How the run ended.
    pub outcome: String,
    /// Whether the floor stood in for a model.
    pub degraded: bool,
    /// How long the run took.
    pub ms: u64,
}

impl CaseReport {
    /// What did not pass, in words.
    pub fn failures(&self) -> Vec<String> {
        let failed = self.verdicts.iter().filter(|(_, verdict)| !verdict.passed);
        failed
            .map(|(grader, verdict)| format!("{grader}: {}", verdict.why.as_deref().unwrap_or("failed")))
            .collect()
    }
}

impl SuiteReport {
    /// Judges what came out of the cases of a suite, given in its order.
    pub fn new(suite: &Suite, observed: Vec<Observed>) -> Self {
        let mut totals: BTreeMap<Grader, Proportion> = BTreeMap::new();
        let mut cases = Vec::with_capacity(suite.cases.len());
        for (case, observed) in suite.cases.iter().zip(observed) {
            let mut verdicts = BTreeMap::new();
            for grader in Grader::ALL {
                if let Some(verdict) = grader.grade(&case.expect, &observed) {
                    totals.entry(grader).or_default().add(verdict.passed);
                    verdicts.insert(grader, verdict);
                }
            }
            cases.push(CaseReport {
                id: case.id.clone(),
                tenant: suite.tenant_of(case).to_owned(),
                question: case.question.clone(),
                verdicts,
                text: observed.text,
                citations: observed.citations,
                outcome: observed.outcome,
                degraded: observed.degraded,
                ms: observed.ms,
            });
        }
        let gates = suite
            .gates
            .iter()
            .map(|gate| gate_report(gate, &totals))
            .collect();
        let mut times: Vec<u64> = cases.iter().map(|case| case.ms).collect();
        times.sort_unstable();
        Self {
            suite: suite.name.clone(),
            totals,
            gates,
            regressions: Vec::new(),
            notes: Vec::new(),
            p50_ms: percentile(&times, 50),
            p95_ms: percentile(&times, 95),
            cases,
        }
    }

    /// Whether all gates hold and nothing fell below the baseline.
    pub fn passed(&self) -> bool {
        self.gates.iter().all(|gate| gate.holds) && self.regressions.is_empty()
    }
}

impl GateReport {
    /// The goal, when it is missed.
    pub fn missed_goal(&self) -> Option<usize> {
        self.goal
            .filter(|goal| usize::try_from(self.reached.passed).unwrap_or(0) < *goal)
    }
}

fn gate_report(gate: &Gate, totals: &BTreeMap<Grader, Proportion>) -> GateReport {
    let reached = totals.get(&gate.grader).copied().unwrap_or_default();
    let holds = usize::try_from(reached.passed).unwrap_or(0) >= gate.at_least;
    GateReport {
        grader: gate.grader,
        at_least: gate.at_least,
        goal: gate.goal,
        reached,
        holds,
    }
}

/// The smallest value that at least `percent` of the sorted values do not exceed; 0 of none.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

impl EvalReport {
    /// Whether the build stays green.
    pub fn passed(&self) -> bool {
        self.suites.iter().all(SuiteReport::passed)
    }

    /// One JSON document with everything.
    pub fn to_json(&self) -> serde_json::Value {
        json::document(self)
    }

    /// A table for terminals.
    pub fn to_table(&self) -> String {
        table::render(self)
    }

    /// Writes a `JUnit` file for CI.
    pub fn write_junit(&self, path: &Path) -> Result<(), EvalError> {
        write(path, &junit::render(self))
    }

    /// Writes a Markdown file, for the summary of a pull request.
    pub fn write_markdown(&self, path: &Path) -> Result<(), EvalError> {
        write(path, &markdown::render(self))
    }
}

fn write(path: &Path, text: &str) -> Result<(), EvalError> {
    std::fs::write(path, text).map_err(|source| EvalError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
pub(crate) use tests::example;

#[cfg(test)]
mod tests;
