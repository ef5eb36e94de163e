//! Suites of cases, as they are written in YAML.

mod check;

use std::path::Path;

use serde::Deserialize;

use crate::{EvalError, Grader, embedded};

/// A file of cases with the gates that decide about the build.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The suite's name, as the command line knows it.
    #[serde(rename = "suite")]
    pub name: String,
    /// The agent that answers.
    pub agent: String,
    /// The tenant that is asked unless a case names another.
    pub tenant: String,
    /// What must hold.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// How many cases must satisfy a grader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The grader.
    pub grader: Grader,
    /// The fewest cases that must pass.
    pub at_least: usize,
    /// The cases that the grader looks at; checked, so that a case cannot get lost.
    pub of: usize,
    /// What the suite is meant to reach, where that is more: the gate holds what is
    /// reached, and every report says that the goal is missed.
    pub goal: Option<usize>,
}

/// A question with what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A name, unique in the suite.
    pub id: String,
    /// The tenant that is asked; the suite's when absent.
    pub tenant: Option<String>,
    /// The question as people would ask it.
    pub question: String,
    /// What should come out.
    pub expect: Expect,
}

/// What should come out of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The article that must be cited, by external id.
    pub article: Option<String>,
    /// The number of its version.
    pub version: Option<usize>,
    /// Other articles that answer as well.
    pub or: Vec<Source>,
    /// Facts that the answer must state.
    pub contains: Vec<Phrase>,
    /// Facts that it must not state.
    pub not_contains: Vec<String>,
    /// The whole answer.
    pub exact: Option<String>,
    /// Nothing can be answered, and the agent must say so.
    pub abstain: bool,
}

/// A version of an article.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The article's external id.
    pub article: String,
    /// The number of the version.
    pub version: usize,
}

/// A fact, in one wording or any of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a fact is text in quotes, or a list of such texts")]
pub enum Phrase {
    /// This wording.
    One(String),
    /// One of these.
    AnyOf(Vec<String>),
}

impl Phrase {
    /// The wordings that count.
    pub fn wordings(&self) -> &[String] {
        match self {
            Self::One(wording) => std::slice::from_ref(wording),
            Self::AnyOf(wordings) => wordings,
        }
    }
}

impl Expect {
    /// All sources of which one must be cited.
    pub fn sources(&self) -> Vec<Source> {
        let first = self
            .article
            .clone()
            .zip(self.version)
            .map(|(article, version)| Source { article, version });
        first.into_iter().chain(self.or.iter().cloned()).collect()
    }
}

impl Suite {
    /// Reads a suite; `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, EvalError> {
        let suite: Self = serde_norway::from_str(text).map_err(|error| EvalError::yaml(file, 0, &error))?;
        check::check(file, text, &suite)?;
        Ok(suite)
    }

    /// The tenant that a case asks.
    pub fn tenant_of<'a>(&'a self, case: &'a Case) -> &'a str {
        case.tenant.as_deref().unwrap_or(&self.tenant)
    }
}

/// Files of suites of other kinds: questions about the pipeline, and figures of models, which `pipeline`, `win` and `bank` read.
const OTHERS: [&str; 4] = ["pipeline", "win", "health", "bank"];

/// The committed suites.
pub fn suites() -> Result<Vec<Suite>, EvalError> {
    embedded::cases()
        .iter()
        .filter(|file| !OTHERS.iter().any(|other| file.path.starts_with(other)))
        .map(|file| Suite::parse(file.path, file.text))
        .collect()
}

/// A committed suite by its name, or the one in a YAML file.
pub fn find_suite(name: &str) -> Result<Suite, EvalError> {
    let suites = suites()?;
    let known = suites
        .iter()
        .map(|suite| suite.name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(suite) = suites.into_iter().find(|suite| suite.name == name) {
        return Ok(suite);
    }
    let path = Path::new(name);
    if path
        .extension()
        .is_none_or(|ending| ending != "yaml" && ending != "yml")
    {
        return Err(EvalError::UnknownSuite {
            name: name.to_owned(),
            known,
        });
    }
    let text = std::fs::read_to_string(path).map_err(|source| EvalError::Io {
        path: path.to_owned(),
        source,
    })?;
    Suite::parse(name, &text)
}

#[cfg(test)]
mod tests;
