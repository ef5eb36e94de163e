use super::*;

/// Three cases: one answered, one answered wrongly, one that abstained rightly; one gate holds, one falls.
pub(crate) fn example() -> EvalReport {
    let suite = Suite::parse(
        "s.yaml",
        "suite: small\nagent: answer\ntenant: acme\ngates:\n  - { grader: citation, at_least: 2, of: 2 }\n  - { grader: abstention, at_least: 1, of: 1, goal: 2 }\ncases:\n  - id: refund\n    question: Money back?\n    expect: { article: refunds, version: 2, contains: [30 days] }\n  - id: limit\n    question: How <much> & many?\n    expect: { article: limits, version: 1 }\n  - id: none\n    question: Fuel?\n    expect: { abstain: true }\n",
    )
    .unwrap();
    let cited = |article: &str, version| {
        vec![Cited {
            article: article.to_owned(),
            version,
            quote: "Within 30 days.".to_owned(),
        }]
    };
    let refund = Observed {
        text: "Within 30 days. [1]".to_owned(),
        citations: cited("refunds", 2),
        outcome: "completed".to_owned(),
        ms: 10,
        ..Observed::default()
    };
    let limit = Observed {
        text: "Many.".to_owned(),
        citations: cited("prices", 1),
        ms: 30,
        ..refund.clone()
    };
    let none = Observed {
        abstained: true,
        outcome: "abstained".to_owned(),
        ms: 20,
        ..Observed::default()
    };
    EvalReport {
        live: false,
        suites: vec![SuiteReport::new(&suite, vec![refund, limit, none])],
    }
}

#[test]
fn totals_gates_and_times_are_counted() {
    let report = example();
    let suite = &report.suites[0];

    let half = Proportion { passed: 1, of: 2 };
    assert_eq!(suite.totals[&Grader::Citation], half);
    assert_eq!(suite.totals[&Grader::Contains], Proportion { passed: 1, of: 1 });
    let gate = |grader, at_least, reached, holds| GateReport {
        grader,
        at_least,
        goal: (grader == Grader::Abstention).then_some(2),
        reached,
        holds,
    };
    let one = Proportion { passed: 1, of: 1 };
    assert_eq!(
        suite.gates,
        [
            gate(Grader::Citation, 2, half, false),
            gate(Grader::Abstention, 1, one, true)
        ]
    );
    assert_eq!((suite.p50_ms, suite.p95_ms), (20, 30));
    assert!(!report.passed());
}

#[test]
fn a_regression_alone_turns_the_build_red() {
    let mut report = example();
    report.suites[0].gates.clear();
    assert!(report.passed());

    let fell = Proportion { passed: 0, of: 1 };
    let was = Proportion { passed: 1, of: 1 };
    report.suites[0].regressions = vec![Regression {
        grader: Grader::Contains,
        was,
        is: fell,
        lost: vec!["refund".to_owned()],
    }];

    assert!(!report.passed());
}

#[test]
fn failures_are_told_in_words() {
    let report = example();

    assert_eq!(report.suites[0].cases[0].failures(), Vec::<String>::new());
    assert_eq!(
        report.suites[0].cases[1].failures(),
        ["citation: cited prices v1"]
    );
}

#[test]
fn percentiles_of_few_values() {
    assert_eq!(percentile(&[], 95), 0);
    assert_eq!(percentile(&[7], 50), 7);
    assert_eq!(percentile(&[1, 2, 3, 4], 50), 2);
    assert_eq!(percentile(&[1, 2, 3, 4], 95), 4);
}

#[test]
fn reports_are_written_to_files() {
    let folder = std::env::temp_dir().join(format!("crm-ai-evals-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (xml, markdown) = (folder.join("e.xml"), folder.join("e.md"));

    example().write_junit(&xml).unwrap();
    example().write_markdown(&markdown).unwrap();

    assert!(std::fs::read_to_string(&xml).unwrap().starts_with("<?xml"));
    assert!(std::fs::read_to_string(&markdown).unwrap().starts_with("## "));
    let error = example().write_junit(&folder.join("no/such/e.xml")).unwrap_err();
    assert!(error.to_string().starts_with("cannot use "), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
