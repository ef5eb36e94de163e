//! The report as Markdown, for the summary of a pull request.

use std::fmt::Write;

use super::table::regression_line;
use crate::{EvalReport, SuiteReport};

pub(super) fn render(report: &EvalReport) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "## Evaluation: {}\n",
        if report.passed() { "passed" } else { "failed" }
    );
    for suite in &report.suites {
        let _ = render_suite(&mut out, suite);
    }
    out
}

fn render_suite(out: &mut String, suite: &SuiteReport) -> std::fmt::Result {
    writeln!(
        out,
        "### {} ({} cases, p95 {} ms)\n",
        suite.suite,
        suite.cases.len(),
        suite.p95_ms
    )?;
    writeln!(
        out,
        "| grader | passed | 95% interval | gate |\n|---|---|---|---|"
    )?;
    for (grader, total) in &suite.totals {
        let (low, high) = total.wilson();
        let gate = suite.gates.iter().find(|gate| gate.grader == *grader);
        let gate = gate.map_or_else(String::new, |gate| {
            format!(
                "≥ {}: {}",
                gate.at_least,
                if gate.holds { "holds" } else { "**fell**" }
            )
        });
        writeln!(
            out,
            "| {grader} | {}/{} | {:.0}–{:.0}% | {gate} |",
            total.passed,
            total.of,
            low * 100.0,
            high * 100.0
        )?;
    }
    out.push('\n');
    for regression in &suite.regressions {
        writeln!(out, "- {}", escaped(&regression_line(regression)))?;
    }
    for note in &suite.notes {
        writeln!(out, "- {}", escaped(note))?;
    }
    for case in &suite.cases {
        for failure in case.failures() {
            writeln!(
                out,
                "- `{}` {}: {}",
                case.id,
                escaped(&case.question),
                escaped(&failure)
            )?;
        }
    }
    out.push('\n');
    Ok(())
}

/// Answers and questions are data: they must not form markup of their own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' => {
                out.push('\\');
                out.push(letter);
            }
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
    fn the_summary_shows_gates_and_failures() {
        let expected = "\
## Evaluation: failed

### small (3 cases, p95 30 ms)

| grader | passed | 95% interval | gate |
|---|---|---|---|
| citation | 1/2 | 9–91% | ≥ 2: **fell** |
| abstention | 1/1 | 21–100% | ≥ 1: holds |
| contains | 1/1 | 21–100% |  |

- `limit` How &lt;much> &amp; many?: citation: cited prices v1

";
        assert_eq!(render(&example()), expected);
    }

    #[test]
    fn data_forms_no_markup() {
        assert_eq!(
            escaped("a|b\n[c](d) `e` **f**"),
            "a\\|b \\[c\\](d) \\`e\\` \\*\\*f\\*\\*"
        );
    }
}
