//! Graders: each looks at one side of what came out of a case.

mod abstention;
mod citation;
mod contains;
mod exact;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Expect, Observed};

#[cfg(test)]
pub(crate) use contains::{states, states_facts};

/// A grader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grader {
    /// The right article in the right version is cited.
    Citation,
    /// An agent that cannot answer says so.
    Abstention,
    /// The answer states the facts, and none that are forbidden.
    Contains,
    /// The answer is this text.
    Exact,
    /// A question about the pipeline gave the numbers of the query that is meant.
    Execution,
    /// A question about the pipeline that must be declined was declined.
    Declined,
    /// A question about the pipeline that can be read in two ways was asked back.
    Ambiguous,
    /// A figure of a model is where it has to be.
    Figure,
}

/// What a grader says about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the case passed.
    pub passed: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Grader {
    /// The graders of answers, in the order in which reports show them; questions about the pipeline are judged where
    /// they are run.
    pub const ALL: [Self; 4] = [Self::Citation, Self::Abstention, Self::Contains, Self::Exact];

    /// Whether a case expects anything that this grader looks at.
    pub fn applies(self, expect: &Expect) -> bool {
        match self {
            Self::Citation => expect.article.is_some(),
            Self::Abstention => expect.abstain,
            Self::Contains => !expect.contains.is_empty() || !expect.not_contains.is_empty(),
            Self::Exact => expect.exact.is_some(),
            Self::Execution | Self::Declined | Self::Ambiguous | Self::Figure => false,
        }
    }

    /// Judges what came out; `None` if the grader does not apply.
    pub fn grade(self, expect: &Expect, observed: &Observed) -> Option<Verdict> {
        if !self.applies(expect) {
            return None;
        }
        // A run that broke has neither answered nor honestly declined.
        let result = match &observed.error {
            Some(error) => Err(format!("the run failed: {error}")),
            None => match self {
                Self::Citation => citation::grade(expect, observed),
                Self::Abstention => abstention::grade(observed),
                Self::Contains => contains::grade(expect, observed),
                Self::Exact => exact::grade(expect, observed),
                // They do not apply to answers.
                Self::Execution | Self::Declined | Self::Ambiguous | Self::Figure => Ok(()),
            },
        };
        Some(Verdict {
            passed: result.is_ok(),
            why: result.err(),
        })
    }
}

impl fmt::Display for Grader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Citation => "citation",
            Self::Abstention => "abstention",
            Self::Contains => "contains",
            Self::Exact => "exact",
            Self::Execution => "execution",
            Self::Declined => "declined",
            Self::Ambiguous => "ambiguous",
            Self::Figure => "figure",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_run_passes_nothing() {
        let observed = Observed {
            error: Some("no route".to_owned()),
            abstained: true,
            ..Observed::default()
        };
        let expect = Expect {
            abstain: true,
            ..Expect::default()
        };

        let verdict = Grader::Abstention.grade(&expect, &observed).unwrap();

        assert_eq!(
            verdict,
            Verdict {
                passed: false,
                why: Some("the run failed: no route".to_owned())
            }
        );
    }

    #[test]
    fn graders_look_only_at_cases_that_expect_something_of_them() {
        let expect = Expect {
            exact: Some("x".to_owned()),
            ..Expect::default()
        };

        let applying: Vec<_> = Grader::ALL
            .into_iter()
            .filter(|grader| grader.applies(&expect))
            .collect();

        assert_eq!(applying, [Grader::Exact]);
        assert_eq!(Grader::Citation.grade(&expect, &Observed::default()), None);
    }
}
