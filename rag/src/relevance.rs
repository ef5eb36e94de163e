//! How likely a passage is about the question.
//!
//! A logistic regression on two shares that mean the same for every tenant: the cosine
//! above the model's background, and how much of the question's rarity (its words,
//! weighted by how few passages have them) the passage has. It was fitted on public
//! questions whose right passage was there (positive) or had been taken out of what
//! was found (negative); see docs/retrieval.md.

use crate::fuse::Parts;

/// Coefficients: intercept, dense share, coverage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coefficients(pub(crate) [f32; 3]);

/// Where the model understands the language. Fitted on `StackFAQ` and `XQuAD` en.
const UNDERSTOOD: Coefficients = Coefficients([-7.02, 8.31, 4.82]);

/// Where it does not. Fitted on `XQuAD` de and es.
const FOREIGN: Coefficients = Coefficients([-5.23, 1.77, 9.32]);

/// From here on a passage counts as about the question.
pub const THRESHOLD: f32 = 0.5;

/// The probability that a passage with these scores is about the question.
pub(crate) fn probability(parts: &Parts) -> f32 {
    let Coefficients([intercept, dense, coverage]) = if parts.understood { UNDERSTOOD } else { FOREIGN };
    let sum = intercept + dense * parts.dense + coverage * parts.coverage;
    1.0 / (1.0 + (-sum).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_in_meaning_and_words_is_relevant() {
        let probability = |dense, coverage, understood| {
            probability(&Parts {
                dense,
                text: 0.0,
                coverage,
                understood,
            })
        };
        assert!(probability(0.7, 0.9, true) > 0.9);
        assert!(probability(0.15, 0.1, true) < 0.05);
        assert!(
            probability(0.2, 0.9, false) > 0.9,
            "words are enough where the model knows none"
        );
        assert!(probability(0.7, 0.1, false) < 0.1, "a stranger's cosine is not");
    }
}
