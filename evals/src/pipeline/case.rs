//! The questions as they are written in YAML.

use std::{collections::BTreeMap, path::Path};

use chrono::NaiveDate;
use crm_tools::semantic::{Language, PipelineQuery};
use serde::Deserialize;

use super::compare::Answered;
use crate::{EvalError, embedded};

/// What kind of answer a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelineKind {
    /// One number.
    Number,
    /// Groups.
    Groups,
    /// Comparisons and trends.
    Comparison,
    /// Funnels, cohorts, durations, bridges, past days.
    Structure,
    /// Records.
    Records,
    /// Rates, forecasts, quotas.
    Ratio,
    /// No answer.
    Declined,
    /// A choice.
    Ambiguous,
}

/// The shares of cases that must pass.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineGates {
    /// Of those with numbers: the right ones.
    pub execution: f64,
    /// Of those that must be declined: declined.
    pub declined: f64,
    /// Of the ambiguous ones: asked back.
    pub ambiguous: f64,
}

/// A file of questions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineSuite {
    /// The suite's name.
    #[serde(rename = "suite")]
    pub name: String,
    /// The day on which the questions are asked.
    pub today: NaiveDate,
    /// Who asks in each tenant, by its slug; the first tenant is asked unless a case names another.
    pub tenants: BTreeMap<String, String>,
    /// What must hold; nothing for questions that are only looked at.
    pub gates: Option<PipelineGates>,
    /// The questions, in order.
    pub cases: Vec<PipelineCase>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineCase {
    /// A name, unique in the suite.
    pub id: String,
    /// What kind of answer it wants.
    pub kind: PipelineKind,
    /// Its language.
    pub lang: Language,
    /// The tenant that is asked.
    pub tenant: Option<String>,
    /// The address of another asker.
    #[serde(rename = "as")]
    pub asker: Option<String>,
    /// The case before, whose meant query this question goes on from.
    pub previous: Option<String>,
    /// The question.
    pub question: String,
    /// The query that is meant.
    pub query: Option<PipelineQuery>,
    /// The query once more in SQL, written by hand over `pipeline_views.sql`.
    pub sql: Option<String>,
    /// Whether the query is meant to find nothing. Two answers that are empty by chance would prove nothing.
    #[serde(default)]
    pub empty: bool,
}

impl PipelineCase {
    /// What is wrong with a case whose meant query gives nothing, or gives something, against what it says.
    pub fn misdeclared(&self, meant: &Answered) -> Option<&'static str> {
        match (meant.is_nothing(), self.empty) {
            (true, false) => Some("the meant query finds nothing to compare; `empty: true` would say so"),
            (false, true) => Some("the meant query finds something, and the case says `empty: true`"),
            _ => None,
        }
    }
}

impl PipelineSuite {
    /// Reads a suite; `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, EvalError> {
        let suite: Self = serde_norway::from_str(text).map_err(|error| EvalError::yaml(file, 0, &error))?;
        for case in &suite.cases {
            let wrong = |message: &str| {
                Err(EvalError::file(
                    file,
                    line(text, &case.id),
                    format!("{}: {message}", case.id),
                ))
            };
            let answered = !matches!(case.kind, PipelineKind::Declined | PipelineKind::Ambiguous);
            if suite.cases.iter().filter(|other| other.id == case.id).count() > 1 {
                return wrong("the id is taken");
            }
            if answered != case.query.is_some() {
                return wrong("numbers need a query, and nothing else has one");
            }
            if case.empty && !answered {
                return wrong("only numbers can be empty");
            }
            if answered && suite.gates.is_some() && case.sql.is_none() {
                return wrong("a gate's number needs SQL written by hand");
            }
            if case.previous.is_some() && suite.before(case).is_none() {
                return wrong("the case before is not there or has no query");
            }
        }
        Ok(suite)
    }

    /// A case by its id.
    pub fn case(&self, id: &str) -> Option<&PipelineCase> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The query that a case goes on from.
    pub fn before(&self, case: &PipelineCase) -> Option<&PipelineQuery> {
        self.case(case.previous.as_deref()?)?.query.as_ref()
    }

    /// The tenant that a case asks: its own, that of the case before, or the first.
    pub fn tenant_of<'a>(&'a self, case: &'a PipelineCase) -> &'a str {
        let before = case
            .previous
            .as_deref()
            .and_then(|id| self.case(id))
            .and_then(|before| before.tenant.as_deref());
        let first = self.tenants.keys().next().map(String::as_str);
        case.tenant.as_deref().or(before).or(first).unwrap_or_default()
    }

    /// The address of a case's asker.
    pub fn asker_of<'a>(&'a self, case: &'a PipelineCase) -> Option<&'a str> {
        case.asker
            .as_deref()
            .or_else(|| self.tenants.get(self.tenant_of(case)).map(String::as_str))
    }
}

fn line(text: &str, id: &str) -> usize {
    let needle = format!("id: {id},");
    text.lines()
        .position(|line| line.contains(&needle))
        .map_or(1, |at| at + 1)
}

/// A committed suite of pipeline questions by its name, or the one in a YAML file; none if there is no such suite.
pub fn pipeline_suite(name: &str) -> Result<Option<PipelineSuite>, EvalError> {
    let committed = embedded::cases()
        .iter()
        .filter(|file| file.path.starts_with("pipeline"));
    for file in committed {
        if file.path.strip_suffix(".yaml") == Some(name) {
            return PipelineSuite::parse(file.path, file.text).map(Some);
        }
    }
    let path = Path::new(name);
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if !stem.starts_with("pipeline") || path.extension().is_none_or(|ending| ending != "yaml") {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|source| EvalError::Io {
        path: path.to_owned(),
        source,
    })?;
    PipelineSuite::parse(name, &text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_questions_are_as_many_of_each_kind_as_promised() {
        let suite = pipeline_suite("pipeline").unwrap().unwrap();
        let count = |kind: PipelineKind| suite.cases.iter().filter(|case| case.kind == kind).count();

        assert_eq!(suite.cases.len(), 150);
        assert_eq!(
            (count(PipelineKind::Declined), count(PipelineKind::Ambiguous)),
            (20, 10)
        );
        for kind in [
            PipelineKind::Number,
            PipelineKind::Groups,
            PipelineKind::Comparison,
            PipelineKind::Structure,
            PipelineKind::Records,
            PipelineKind::Ratio,
        ] {
            assert_eq!(count(kind), 20, "{kind:?}");
        }
        assert_eq!(
            suite.cases.iter().filter(|case| case.previous.is_some()).count(),
            30
        );
        for language in Language::ALL {
            assert!(suite.cases.iter().any(|case| case.lang == language));
        }
        assert!(pipeline_suite("pipeline_dev").unwrap().is_some());
        let second = pipeline_suite("pipeline_heldout").unwrap().unwrap();
        assert_eq!(second.cases.len(), 80);
        for language in Language::ALL {
            assert_eq!(
                second.cases.iter().filter(|case| case.lang == language).count(),
                20
            );
        }
    }

    #[test]
    fn a_case_that_misses_its_query_is_named_with_its_line() {
        let text = "suite: s\ntoday: 2026-11-20\ntenants: {}\ncases:\n  - { id: a, kind: number, lang: en, question: Q }\n";
        let error = PipelineSuite::parse("p.yaml", text).unwrap_err().to_string();
        assert!(error.starts_with("p.yaml:5: a: numbers need a query"), "{error}");
    }
}
