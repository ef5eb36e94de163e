//! The report for terminals: totals first, then what failed and why.

use std::fmt::Write;

use crate::{EvalReport, Regression, SuiteReport};

pub(super) fn render(report: &EvalReport) -> String {
    let mut out = String::new();
    for suite in &report.suites {
        // Writing to a string cannot fail.
        let _ = render_suite(&mut out, suite);
    }
    out.push_str(if report.passed() { "passed\n" } else { "FAILED\n" });
    out
}

fn render_suite(out: &mut String, suite: &SuiteReport) -> std::fmt::Result {
    writeln!(
        out,
        "suite {}: {} cases, p50 {} ms, p95 {} ms",
        suite.suite,
        suite.cases.len(),
        suite.p50_ms,
        suite.p95_ms
    )?;
    writeln!(
        out,
        "  {:<12} {:>7}  {:>6}  {:<13}  gate",
        "grader", "passed", "share", "95% interval"
    )?;
    for (grader, total) in &suite.totals {
        let (low, high) = total.wilson();
        let gate = suite
            .gates
            .iter()
            .find(|gate| gate.grader == *grader)
            .map_or_else(
                || "none".to_owned(),
                |gate| {
                    format!(
                        "{} of {} {}{}",
                        gate.at_least,
                        gate.reached.of,
                        if gate.holds { "holds" } else { "FELL" },
                        gate.missed_goal()
                            .map_or_else(String::new, |goal| format!("; the goal of {goal} is MISSED")),
                    )
                },
            );
        let counts = format!("{}/{}", total.passed, total.of);
        writeln!(
            out,
            "  {grader:<12} {counts:>7}  {:>5.1}%  {:>5.1}-{:>5.1}%   {gate}",
            total.share() * 100.0,
            low * 100.0,
            high * 100.0
        )?;
    }
    for regression in &suite.regressions {
        writeln!(out, "  {}", regression_line(regression))?;
    }
    for note in &suite.notes {
        writeln!(out, "  - {note}")?;
    }
    for case in &suite.cases {
        for failure in case.failures() {
            writeln!(out, "  ✗ {:<32} {failure}", case.id)?;
        }
    }
    out.push('\n');
    Ok(())
}

/// One line about what fell below the baseline.
pub(super) fn regression_line(regression: &Regression) -> String {
    let Regression {
        grader,
        was,
        is,
        lost,
    } = regression;
    let lost = if lost.is_empty() {
        String::new()
    } else {
        format!("; lost: {}", lost.join(", "))
    };
    format!(
        "{grader} fell below the baseline: {}/{} instead of {}/{}{lost}",
        is.passed, is.of, was.passed, was.of
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grader, Proportion, report::example};

    #[test]
    fn the_table_shows_gates_failures_and_regressions() {
        let mut report = example();
        report.suites[0].regressions = vec![Regression {
            grader: Grader::Citation,
            was: Proportion { passed: 2, of: 2 },
            is: Proportion { passed: 1, of: 2 },
            lost: vec!["limit".to_owned()],
        }];

        let expected = "\
suite small: 3 cases, p50 20 ms, p95 30 ms
  grader        passed   share  95% interval   gate
  citation         1/2   50.0%    9.5- 90.5%   2 of 2 FELL
  abstention       1/1  100.0%   20.7-100.0%   1 of 1 holds; the goal of 2 is MISSED
  contains         1/1  100.0%   20.7-100.0%   none
  citation fell below the baseline: 1/2 instead of 2/2; lost: limit
  ✗ limit                            citation: cited prices v1

FAILED
";
        assert_eq!(render(&report), expected);
    }
}
