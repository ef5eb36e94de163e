//! Which article answers, and whether it does.

use std::collections::BTreeMap;

use crm_rag::Embedder;
use crm_tools::NumberedPassage;

use super::{coverage::coverage, phrases::Asked, score::Evidence, units::Unit};

/// Articles that are looked at closely: the right one is seldom further down.
const CLOSELY: usize = 3;
/// What speaks for an article, as a logistic regression over the pairs of a question and
/// an article that was found for it (695 of them, 114 right), fitted on what this code
/// measured for the 234 questions of `evals/cases/answer_dev.yaml`: does the article
/// answer the question?
const EVIDENCE: f32 = 3.99;
const IN_CONTEXT: f32 = 5.50;
const COVERED: f32 = 3.137;
/// A question for yes or no asks whether there is a thing at all, and articles seldom
/// say what there is not. The logarithm of the odds in MTRAG-UN, whose questions people
/// wrote: 48 % of 97 unanswerable ones are of that kind, and 20 % of 285 answerable ones.
const YES_OR_NO: f32 = -1.31;
/// Puts zero where it is as likely as not that there is an answer, fitted after the
/// others with questions with and without one counting alike.
const INTERCEPT: f32 = -6.04;

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    /// The unit with the most support in the article that answers best.
    pub(super) anchor: usize,
    /// Whether that article answers, more likely than not.
    pub(super) answers: bool,
}

/// What speaks for one article.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Its unit with the most support.
    anchor: usize,
    evidence: f32,
    in_context: f32,
}

impl Candidate {
    /// What can be said without looking closely.
    fn so_far(&self) -> f32 {
        EVIDENCE * self.evidence + IN_CONTEXT * self.in_context
    }
}

/// Picks the article that answers best. `None` when nothing was found or the embedder fails.
///
/// The best sentence alone picks the wrong article where two say alike things: a
/// question's other words, which tell them apart, may stand anywhere in the right one.
pub(super) async fn judge(
    question: &str,
    asked: Asked,
    passages: &[NumberedPassage],
    units: &[Unit],
    evidence: &Evidence,
    embedder: &dyn Embedder,
) -> Option<Verdict> {
    let kind = if asked.yes_or_no { YES_OR_NO } else { 0.0 };
    let mut best: Option<(f32, Candidate)> = None;
    for candidate in candidates(passages, units, evidence) {
        let article = units
            .get(candidate.anchor)
            .and_then(|unit| passages.get(unit.rank))
            .map(|found| found.passage.article_id);
        let about: Vec<&NumberedPassage> = passages
            .iter()
            .filter(|found| Some(found.passage.article_id) == article)
            .collect();
        let covered = coverage(question, &about, embedder).await.unwrap_or_default();
        let sum = candidate.so_far() + COVERED * covered + kind + INTERCEPT;
        tracing::debug!(
            article = about
                .first()
                .and_then(|found| found.passage.external_id.as_deref()),
            evidence = candidate.evidence,
            in_context = candidate.in_context,
            covered,
            sum,
            "what speaks for an article"
        );
        if best.is_none_or(|(most, _)| sum > most) {
            best = Some((sum, candidate));
        }
    }
    best.map(|(sum, candidate)| Verdict {
        anchor: candidate.anchor,
        answers: sum >= 0.0,
    })
}

/// The articles that are worth a close look, best first.
fn candidates(passages: &[NumberedPassage], units: &[Unit], evidence: &Evidence) -> Vec<Candidate> {
    let mut articles = BTreeMap::new();
    let said = evidence.support.iter().zip(&evidence.in_context);
    for (at, (unit, (&support, &in_context))) in units.iter().zip(said).enumerate() {
        let Some(found) = passages.get(unit.rank) else {
            continue;
        };
        let candidate = articles.entry(found.passage.article_id).or_insert(Candidate {
            anchor: at,
            evidence: support,
            in_context,
        });
        candidate.in_context = candidate.in_context.max(in_context);
        if support > candidate.evidence {
            candidate.evidence = support;
            candidate.anchor = at;
        }
    }
    let mut candidates: Vec<Candidate> = articles.into_values().collect();
    candidates.sort_by(|a, b| b.so_far().total_cmp(&a.so_far()).then(a.anchor.cmp(&b.anchor)));
    candidates.truncate(CLOSELY);
    candidates
}

#[cfg(test)]
mod tests;
