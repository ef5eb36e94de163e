//! BM25, split between index and query.
//!
//! A passage's vector holds how often it says a term, saturated and normalised by
//! length; how rare a term is (its IDF) is multiplied into the *query*, from counts
//! of one tenant and language. So one index serves many tenants, and no tenant's
//! documents move another's ranking.

use std::collections::{BTreeMap, HashMap};

use crate::index::Sparse;

/// How fast repetition stops to count.
const K1: f32 = 1.2;
/// How much long passages are held back.
const B: f32 = 0.75;
/// The length, in terms, that counts as average. It is fixed: with a measured one, each
/// new article would change the weights of all stored ones. Chunks are of like size,
/// and 40 to 150 give the same nDCG within 0.01 (docs/retrieval.md).
const AVERAGE_TERMS: f32 = 60.0;

/// The most a passage can say a term.
pub(crate) const SATURATED: f32 = K1 + 1.0;

/// How often each term stands in a passage.
pub(crate) fn counts(terms: &[String]) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for term in terms {
        *counts.entry(term.as_str()).or_insert(0) += 1;
    }
    counts
}

/// The sparse vector of a passage.
pub(crate) fn document(terms: &[String], language: &str) -> Sparse {
    let length = as_f32(terms.len());
    let held_back = K1 * (1.0 - B + B * length / AVERAGE_TERMS);
    Sparse::new(counts(terms).into_iter().map(|(term, count)| {
        let count = as_f32(usize::try_from(count).unwrap_or(usize::MAX));
        (dimension(term, language), count * SATURATED / (count + held_back))
    }))
}

/// A question's terms in one language, each with how rare it is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Weighted {
    /// Dimension, weight and whether any passage has the term.
    terms: Vec<(u32, f32, bool)>,
}

impl Weighted {
    /// Weighs `terms` with the passages that have each, of `chunks` in all.
    pub(crate) fn new(
        terms: &[String],
        language: &str,
        chunks: i64,
        frequencies: &HashMap<String, i64>,
    ) -> Self {
        let terms = counts(terms)
            .into_keys()
            .map(|term| {
                let having = frequencies.get(term).copied().unwrap_or(0).clamp(0, chunks);
                (dimension(term, language), idf(chunks, having), having > 0)
            })
            .collect();
        Self { terms }
    }

    /// The query's vector: what no passage has cannot match and is left out.
    pub(crate) fn vector(&self) -> Sparse {
        Sparse::new(
            self.terms
                .iter()
                .filter(|(_, _, known)| *known)
                .map(|(at, weight, _)| (*at, *weight)),
        )
    }

    /// The score of a passage that says every term as often as counts.
    pub(crate) fn attainable(&self) -> f32 {
        self.terms.iter().map(|(_, weight, _)| weight * SATURATED).sum()
    }

    /// The share of the question's rarity that a passage has at all, 0..1.
    pub(crate) fn coverage(&self, passage: &Sparse) -> f32 {
        let all: f32 = self.terms.iter().map(|(_, weight, _)| weight).sum();
        let had: f32 = self
            .terms
            .iter()
            .filter(|(at, _, _)| passage.get(*at) > 0.0)
            .map(|(_, weight, _)| weight)
            .sum();
        if all > 0.0 { had / all } else { 0.0 }
    }
}

/// The rarity of a term; never negative, never infinite.
fn idf(chunks: i64, having: i64) -> f32 {
    let (chunks, having) = (count_f32(chunks), count_f32(having));
    (1.0 + (chunks - having + 0.5) / (having + 0.5)).ln()
}

/// The dimension of a term: FNV-1a over language and term, the same in every process.
fn dimension(term: &str, language: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in language.bytes().chain([b':']).chain(term.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves are folded into one"
    )]
    let folded = (hash ^ (hash >> 32)) as u32;
    folded
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a passage has far fewer terms than 2^23"
)]
const fn as_f32(count: usize) -> f32 {
    count as f32
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the rarity of a term needs no more than 24 bits"
)]
const fn count_f32(count: i64) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn rare_terms_count_more_and_the_score_stays_attainable() {
        let frequencies = HashMap::from([("plan".to_owned(), 90), ("refund".to_owned(), 2)]);
        let query = Weighted::new(&words("plan refund"), "en", 100, &frequencies);
        let refund = document(&words("refund refund policy"), "en");
        let plan = document(&words("plan plan policy"), "en");
        let both = document(&words(&"plan refund ".repeat(500)), "en");
        let score = |passage| query.vector().dot(passage);
        assert!(score(&refund) > score(&plan) * 5.0);
        assert!(score(&both) <= query.attainable());
        assert!((query.coverage(&both) - 1.0).abs() < 1e-6);
        assert!(query.coverage(&plan) < 0.2);
    }

    #[test]
    fn languages_do_not_share_dimensions() {
        let german = document(&words("gift"), "de");
        let query = Weighted::new(&words("gift"), "en", 1, &HashMap::from([("gift".to_owned(), 1)]));
        assert!(query.vector().dot(&german).abs() < f32::EPSILON);
    }

    #[test]
    fn a_term_nobody_has_lowers_coverage_but_not_the_vector() {
        let query = Weighted::new(
            &words("refund zebra"),
            "en",
            10,
            &HashMap::from([("refund".to_owned(), 1)]),
        );
        assert_eq!(query.vector().len(), 1);
        assert!(query.coverage(&document(&words("refund"), "en")) < 0.6);
    }
}
