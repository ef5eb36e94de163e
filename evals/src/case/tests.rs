use std::collections::BTreeMap;

use crm_store::articles::{ArticleStatus, Audience};

use super::*;
use crate::demo;

const HEAD: &str = "suite: s\nagent: answer\ntenant: acme\n";

fn parse(rest: &str) -> Result<Suite, String> {
    Suite::parse("s.yaml", &format!("{HEAD}{rest}")).map_err(|error| error.to_string())
}

#[test]
fn a_suite_is_read() {
    let suite = parse(
        "gates: [{ grader: citation, at_least: 1, of: 1 }]\ncases:\n  - id: a\n    question: Q?\n    expect:\n      article: x\n      version: 2\n      or: [{ article: y, version: 1 }]\n      contains: [one, [two, '2']]\n",
    );

    let source = |article: &str, version| Source {
        article: article.to_owned(),
        version,
    };
    let suite = suite.unwrap();
    assert_eq!(
        suite.gates,
        [Gate {
            grader: Grader::Citation,
            at_least: 1,
            of: 1,
            goal: None
        }]
    );
    assert_eq!(suite.cases[0].expect.sources(), [source("x", 2), source("y", 1)]);
    assert_eq!(suite.tenant_of(&suite.cases[0]), "acme");
    assert_eq!(suite.cases[0].expect.contains[0], Phrase::One("one".to_owned()));
}

#[test]
fn mistakes_name_the_line() {
    let case = |expect: &str| format!("cases:\n  - id: a\n    question: Q?\n    expect: {expect}\n");
    let wrong = [
        (
            case("{ article: x }"),
            "s.yaml:5: case \"a\": article and version go together",
        ),
        (
            case("{ article: x, version: 0 }"),
            "s.yaml:5: case \"a\": versions count from 1",
        ),
        (case("{}"), "s.yaml:5: case \"a\": nothing is expected"),
        (
            case("{ contains: [' '] }"),
            "s.yaml:5: case \"a\": a fact is empty",
        ),
        (
            case("{ or: [{ article: x, version: 1 }], abstain: true }"),
            "s.yaml:5: case \"a\": `or` needs an article that it is an alternative to",
        ),
        (
            case("{ abstain: true, contains: [x] }"),
            "s.yaml:5: case \"a\": a case that must abstain expects nothing else",
        ),
        (
            format!(
                "{0}{1}",
                case("{ abstain: true }"),
                "  - id: a\n    question: Q?\n    expect: { abstain: true }\n"
            ),
            "s.yaml:8: there are two cases \"a\"",
        ),
        (
            format!(
                "gates:\n  - {{ grader: abstention, at_least: 2, of: 2 }}\n{}",
                case("{ abstain: true }")
            ),
            "s.yaml:5: the gate expects 2 cases for the grader abstention, there are 1",
        ),
        (
            format!(
                "gates:\n  - {{ grader: abstention, at_least: 2, of: 1 }}\n{}",
                case("{ abstain: true }")
            ),
            "s.yaml:5: 2 of 1 cannot pass",
        ),
        (
            format!(
                "gates:\n  - {{ grader: abstention, at_least: 1, of: 1, goal: 1 }}\n{}",
                case("{ abstain: true }")
            ),
            "s.yaml:5: the goal must be more than the 1 that the gate holds",
        ),
        ("cases: []\n".to_owned(), "s.yaml:1: the suite has no cases"),
    ];
    for (text, message) in wrong {
        assert_eq!(parse(&text).map(drop), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn an_unknown_field_is_refused_with_its_line() {
    let error = parse("cases:\n  - id: a\n    question: Q?\n    expects: {}\n").unwrap_err();

    assert!(
        error.starts_with("s.yaml:7: cases[0]: unknown field `expects`"),
        "{error}"
    );
}

#[test]
fn an_unknown_suite_names_those_that_exist() {
    let error = find_suite("nothing").unwrap_err().to_string();

    assert!(
        error.contains("\"nothing\"") && error.contains("answer"),
        "{error}"
    );
}

#[test]
fn the_answer_suite_holds_what_the_gate_promises() {
    let suite = find_suite("answer").unwrap();

    // The goals stay, whatever the gates hold until they are reached.
    let goals: Vec<_> = suite
        .gates
        .iter()
        .map(|gate| (gate.grader, gate.goal.unwrap_or(gate.at_least), gate.of))
        .collect();
    assert_eq!(goals, [(Grader::Citation, 27, 30), (Grader::Abstention, 8, 8)]);
    let contradicting = suite
        .cases
        .iter()
        .filter(|case| !case.expect.not_contains.is_empty())
        .count();
    assert!(
        contradicting >= 8,
        "{contradicting} cases about contradicting versions"
    );
}

/// Whoever fits a threshold on the one must not have seen the other.
#[test]
fn the_questions_of_the_gate_are_not_those_for_calibrating() {
    let questions = |name: &str| -> Vec<String> {
        find_suite(name)
            .unwrap()
            .cases
            .into_iter()
            .map(|case| case.question.to_lowercase())
            .collect()
    };
    let (gate, dev) = (questions("answer"), questions("answer_dev"));

    assert!(dev.len() > 90, "{} questions", dev.len());
    assert!(gate.iter().all(|question| !dev.contains(question)));
}

/// Cases name articles and current versions that readers of that company have, and facts that stand there.
#[test]
fn committed_suites_agree_with_the_demo() {
    let tenants: BTreeMap<_, _> = demo()
        .unwrap()
        .into_iter()
        .map(|tenant| (tenant.slug.clone(), tenant))
        .collect();
    for suite in suites().unwrap() {
        for case in &suite.cases {
            let tenant = tenants
                .get(suite.tenant_of(case))
                .unwrap_or_else(|| panic!("{}: no such tenant", case.id));
            for source in case.expect.sources() {
                let found = tenant
                    .articles
                    .iter()
                    .find(|article| article.external_id == source.article);
                let article = found.unwrap_or_else(|| panic!("{}: no article {}", case.id, source.article));
                assert_eq!(
                    article.current(),
                    source.version,
                    "{}: {}",
                    case.id,
                    source.article
                );
                assert_eq!(article.status, ArticleStatus::Published, "{}", case.id);
                let text = article.versions.last().unwrap();
                assert_eq!(text.audience, Audience::Public, "{}", case.id);
                let kept =
                    crate::grade::states_facts(&case.expect, &format!("{}\n{}", text.title, text.body));
                assert_eq!(kept, Ok(()), "{}: {}", case.id, source.article);
            }
        }
    }
}

/// A forbidden fact that no earlier version and no neighbour states would forbid nothing.
#[test]
fn forbidden_facts_stand_in_an_earlier_version_or_at_the_other_company() {
    let all: Vec<_> = demo()
        .unwrap()
        .into_iter()
        .flat_map(|tenant| tenant.articles)
        .collect();
    for suite in suites().unwrap() {
        for case in &suite.cases {
            for fact in &case.expect.not_contains {
                let stated = all.iter().any(|article| {
                    article
                        .versions
                        .iter()
                        .any(|version| crate::grade::states(&version.body, fact))
                });
                assert!(stated, "{}: {fact:?} stands nowhere", case.id);
            }
        }
    }
}
