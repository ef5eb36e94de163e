//! The report as `JUnit` XML, for the CI's own display.
//!
//! A case that failed is a failure only if the gate of its grader fell or the
//! baseline lost it: a gate of 27 of 30 allows three, and a display that is red
//! while the build is green would soon be ignored. What failed under a gate that
//! holds stands in `system-out`.

use std::fmt::Write;

use super::table::regression_line;
use crate::{CaseReport, EvalReport, Grader, SuiteReport};

pub(super) fn render(report: &EvalReport) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in &report.suites {
        let _ = render_suite(&mut out, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

fn render_suite(out: &mut String, suite: &SuiteReport) -> std::fmt::Result {
    let fallen = fallen(suite);
    let red = suite
        .cases
        .iter()
        .filter(|case| is_red(case, &fallen, suite))
        .count();
    let checks = usize::from(!suite.passed());
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">",
        escaped(&suite.suite),
        suite.cases.len() + 1,
        red + checks
    )?;
    writeln!(
        out,
        "    <testcase classname=\"{0}\" name=\"gates\">",
        escaped(&suite.suite)
    )?;
    if !suite.passed() {
        let mut reasons: Vec<String> = suite
            .gates
            .iter()
            .filter(|gate| !gate.holds)
            .map(|gate| {
                format!(
                    "{}: {} of {}, at least {}",
                    gate.grader, gate.reached.passed, gate.reached.of, gate.at_least
                )
            })
            .collect();
        reasons.extend(suite.regressions.iter().map(regression_line));
        writeln!(
            out,
            "      <failure message=\"{}\"/>",
            escaped(&reasons.join("; "))
        )?;
    }
    writeln!(out, "    </testcase>")?;
    for case in &suite.cases {
        render_case(out, case, is_red(case, &fallen, suite), &suite.suite)?;
    }
    writeln!(out, "  </testsuite>")
}

fn render_case(out: &mut String, case: &CaseReport, red: bool, suite: &str) -> std::fmt::Result {
    let seconds = std::time::Duration::from_millis(case.ms).as_secs_f64();
    let (suite, id) = (escaped(suite), escaped(&case.id));
    writeln!(
        out,
        "    <testcase classname=\"{suite}\" name=\"{id}\" time=\"{seconds:.3}\">"
    )?;
    let failures = escaped(&case.failures().join("; "));
    if red {
        writeln!(
            out,
            "      <failure message=\"{failures}\">{}</failure>",
            escaped(&case.question)
        )?;
    } else if !failures.is_empty() {
        writeln!(out, "      <system-out>{failures}</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}

fn fallen(suite: &SuiteReport) -> Vec<Grader> {
    suite
        .gates
        .iter()
        .filter(|gate| !gate.holds)
        .map(|gate| gate.grader)
        .collect()
}

fn is_red(case: &CaseReport, fallen: &[Grader], suite: &SuiteReport) -> bool {
    let failed = |grader: &Grader| case.verdicts.get(grader).is_some_and(|verdict| !verdict.passed);
    fallen.iter().any(failed)
        || suite
            .regressions
            .iter()
            .any(|regression| regression.lost.contains(&case.id))
}

/// Text as XML 1.0 allows it: markup escaped, control characters replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_case_under_a_fallen_gate_is_red() {
        let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites>
  <testsuite name=\"small\" tests=\"4\" failures=\"2\">
    <testcase classname=\"small\" name=\"gates\">
      <failure message=\"citation: 1 of 2, at least 2\"/>
    </testcase>
    <testcase classname=\"small\" name=\"refund\" time=\"0.010\">
    </testcase>
    <testcase classname=\"small\" name=\"limit\" time=\"0.030\">
      <failure message=\"citation: cited prices v1\">How &lt;much&gt; &amp; many?</failure>
    </testcase>
    <testcase classname=\"small\" name=\"none\" time=\"0.020\">
    </testcase>
  </testsuite>
</testsuites>
";
        assert_eq!(render(&example()), expected);
    }

    #[test]
    fn a_case_under_a_gate_that_holds_is_not() {
        let mut report = example();
        for gate in &mut report.suites[0].gates {
            gate.holds = true;
        }

        let xml = render(&report);

        assert!(!xml.contains("<failure"), "{xml}");
        assert!(
            xml.contains("<system-out>citation: cited prices v1</system-out>"),
            "{xml}"
        );
    }

    #[test]
    fn control_characters_do_not_break_the_document() {
        assert_eq!(
            escaped("a\u{0}b\n<\"&\u{1b}"),
            "a\u{fffd}b &lt;&quot;&amp;\u{fffd}"
        );
    }
}
