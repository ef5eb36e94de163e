//! The report as one JSON document, for programs.

use serde_json::{Value, json};

use crate::EvalReport;

pub(super) fn document(report: &EvalReport) -> Value {
    let suites: Vec<Value> = report
        .suites
        .iter()
        .map(|suite| {
            let totals: serde_json::Map<String, Value> = suite
                .totals
                .iter()
                .map(|(grader, total)| {
                    let (low, high) = total.wilson();
                    let value = json!({
                        "passed": total.passed, "of": total.of, "share": total.share(),
                        "low": low, "high": high,
                    });
                    (grader.to_string(), value)
                })
                .collect();
            json!({
                "suite": suite.suite,
                "passed": suite.passed(),
                "totals": totals,
                "gates": suite.gates,
                "regressions": suite.regressions,
                "notes": suite.notes,
                "p50_ms": suite.p50_ms,
                "p95_ms": suite.p95_ms,
                "cases": suite.cases,
            })
        })
        .collect();
    json!({ "passed": report.passed(), "live": report.live, "suites": suites })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn programs_find_decision_gates_and_intervals() {
        let document = document(&example());

        assert_eq!(document["passed"], false);
        let suite = &document["suites"][0];
        assert_eq!(suite["totals"]["citation"]["passed"], 1);
        assert!(suite["totals"]["citation"]["low"].as_f64().unwrap() < 0.5);
        assert_eq!(suite["gates"][0]["holds"], false);
        let verdicts = json!({ "citation": { "passed": false, "why": "cited prices v1" } });
        assert_eq!(suite["cases"][1]["verdicts"], verdicts);
        assert_eq!(suite["cases"][0]["citations"][0]["article"], "refunds");
    }
}
