//! What a suite must keep to beyond its types.

use std::collections::HashSet;

use super::{Case, Suite};
use crate::{EvalError, Grader};

pub(super) fn check(file: &str, text: &str, suite: &Suite) -> Result<(), EvalError> {
    let wrong = |id: &str, message: String| EvalError::file(file, line_of(text, id), message);
    let mut ids = HashSet::new();
    for case in &suite.cases {
        if !ids.insert(&case.id) {
            return Err(wrong(&case.id, format!("there are two cases {:?}", case.id)));
        }
        if let Err(message) = check_case(case) {
            return Err(wrong(&case.id, format!("case {:?}: {message}", case.id)));
        }
    }
    if suite.cases.is_empty() {
        return Err(EvalError::file(file, 1, "the suite has no cases"));
    }
    for gate in &suite.gates {
        let of = suite
            .cases
            .iter()
            .filter(|case| gate.grader.applies(&case.expect))
            .count();
        let place = line_with(text, &format!("grader: {}", gate.grader));
        if of != gate.of {
            let message = format!(
                "the gate expects {} cases for the grader {}, there are {of}",
                gate.of, gate.grader
            );
            return Err(EvalError::file(file, place, message));
        }
        if gate.goal.is_some_and(|goal| goal <= gate.at_least) {
            return Err(EvalError::file(
                file,
                place,
                format!(
                    "the goal must be more than the {} that the gate holds",
                    gate.at_least
                ),
            ));
        }
        if gate.at_least > gate.of {
            return Err(EvalError::file(
                file,
                place,
                format!("{} of {} cannot pass", gate.at_least, gate.of),
            ));
        }
    }
    Ok(())
}

fn check_case(case: &Case) -> Result<(), &'static str> {
    let expect = &case.expect;
    if case.question.trim().is_empty() {
        return Err("the question is empty");
    }
    if expect.article.is_some() != expect.version.is_some() {
        return Err("article and version go together");
    }
    if expect.version == Some(0) || expect.or.iter().any(|source| source.version == 0) {
        return Err("versions count from 1");
    }
    if !expect.or.is_empty() && expect.article.is_none() {
        return Err("`or` needs an article that it is an alternative to");
    }
    let empty = |wording: &String| wording.trim().is_empty();
    let mut facts = expect.contains.iter();
    if expect.not_contains.iter().any(empty)
        || facts.any(|fact| fact.wordings().is_empty() || fact.wordings().iter().any(empty))
    {
        return Err("a fact is empty");
    }
    let graders = Grader::ALL.iter().filter(|grader| grader.applies(expect)).count();
    match (expect.abstain, graders) {
        (_, 0) => Err("nothing is expected"),
        (true, 2..) => Err("a case that must abstain expects nothing else"),
        _ => Ok(()),
    }
}

/// The last line on which this id is given: of two cases with one id, the second.
fn line_of(text: &str, id: &str) -> usize {
    let given = |line: &str| {
        let value = line.trim_start().trim_start_matches("- ").strip_prefix("id:");
        let value = value.map(|value| value.split(" #").next().unwrap_or_default());
        value.is_some_and(|value| value.trim().trim_matches(['"', '\'']) == id)
    };
    let at = text
        .lines()
        .enumerate()
        .filter(|(_, line)| given(line))
        .map(|(at, _)| at)
        .last();
    at.map_or(1, |at| at + 1)
}

fn line_with(text: &str, part: &str) -> usize {
    text.lines()
        .position(|line| line.contains(part))
        .map_or(1, |at| at + 1)
}
