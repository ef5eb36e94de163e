//! Two scores of a passage into one.
//!
//! The score is a convex combination `w · dense + (1 − w) · text` of two numbers that
//! each mean the same for every question, so that none of them is stretched by what
//! else was found:
//!
//! * `dense` is the cosine above what the model gives unrelated texts (its background,
//!   measured once when it is loaded), as a share of what is left up to 1;
//! * `text` is BM25 as a share of the score that a passage with every word of the
//!   question would reach. A question whose words nobody uses leaves this share small
//!   for all passages, and so leaves the order to the embedding by itself.
//!
//! `w` depends on what is known beforehand: whether the model was trained for the
//! language of the passage and of the question, and whether the question names things
//! literally (identifiers, quoted words). docs/retrieval.md has the measurements.

use crate::embed::{Languages, dot};
use crate::index::Candidate;
use crate::lexical::bm25::Weighted;
use crate::relevance;

/// The weight of the dense half where the model understands both sides. Anything from
/// 0.6 to 0.75 keeps every measured set within 0.01 of its better half.
const UNDERSTOOD: f32 = 0.65;

/// The weight of the dense half where it does not: names and borrowed words still
/// carry over. Anything up to 0.35 keeps the sets so.
const FOREIGN: f32 = 0.2;

/// What the dense half loses when the question names something literally.
const LITERAL: f32 = 0.15;

/// A question as the fusion sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// The embedding.
    pub(crate) dense: Vec<f32>,
    /// The weighted terms, for each language of the tenant.
    pub(crate) languages: Vec<(String, Weighted)>,
    /// The language of the question, when it can be told.
    pub(crate) language: Option<String>,
    /// Whether the question names something literally.
    pub(crate) literal: bool,
}

/// A candidate with its scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) candidate: Candidate,
    pub(crate) score: f32,
    pub(crate) relevance: f32,
    pub(crate) parts: Parts,
}

/// The two halves of a score, and what relevance is told from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Parts {
    /// The share of the cosine above the background.
    pub(crate) dense: f32,
    /// BM25 as a share of the attainable.
    pub(crate) text: f32,
    /// The share of the question's rarity that the passage has at all.
    pub(crate) coverage: f32,
    /// Whether the model understands question and passage.
    pub(crate) understood: bool,
}

/// How scores become one.
#[derive(Debug, Clone)]
pub(crate) struct Fusion {
    background: f32,
    languages: Languages,
}

impl Fusion {
    pub(crate) const fn new(background: f32, languages: Languages) -> Self {
        Self {
            background,
            languages,
        }
    }

    /// The candidates, best first.
    pub(crate) fn rank(&self, asked: &Asked, candidates: Vec<Candidate>) -> Vec<Ranked> {
        let mut ranked: Vec<_> = candidates
            .into_iter()
            .map(|candidate| {
                let parts = self.parts(asked, &candidate);
                let weight = weight(parts.understood, asked.literal);
                let score = weight * parts.dense + (1.0 - weight) * parts.text;
                Ranked {
                    score,
                    relevance: relevance::probability(&parts),
                    parts,
                    candidate,
                }
            })
            .collect();
        // The id decides between equals, so that the order never depends on the engine.
        ranked.sort_by(|left, right| {
            right
                .score
                .total_cmp(&left.score)
                .then(left.candidate.id.cmp(&right.candidate.id))
        });
        ranked
    }

    /// The scores of one passage.
    pub(crate) fn parts(&self, asked: &Asked, passage: &Candidate) -> Parts {
        let language = &passage.payload.language;
        let cosine = dot(&asked.dense, &passage.dense);
        let dense = ((cosine - self.background) / (1.0 - self.background)).clamp(0.0, 1.0);
        let weighted = asked
            .languages
            .iter()
            .find(|(code, _)| code == language)
            .map(|(_, weighted)| weighted);
        let (text, coverage) = weighted.map_or((0.0, 0.0), |weighted| {
            let attainable = weighted.attainable();
            let score = weighted.vector().dot(&passage.text);
            (
                if attainable > 0.0 { score / attainable } else { 0.0 },
                weighted.coverage(&passage.text),
            )
        });
        Parts {
            dense,
            text,
            coverage,
            understood: self.understands(asked, language),
        }
    }

    fn understands(&self, asked: &Asked, language: &str) -> bool {
        self.languages.cover(language)
            && asked
                .language
                .as_ref()
                .is_none_or(|language| self.languages.cover(language))
    }

    /// The weight for passages in the first of the question's languages, and why.
    pub(crate) fn explain(&self, asked: &Asked) -> String {
        let Some((language, _)) = asked.languages.first() else {
            return "nothing is indexed".to_owned();
        };
        let understood = self.understands(asked, language);
        let knows = if understood {
            "the embedder knows"
        } else {
            "the embedder does not know"
        };
        let literal = if asked.literal {
            ", the question names something literally"
        } else {
            ""
        };
        format!(
            "dense weight {:.2}: {knows} the language ({language}){literal}",
            weight(understood, asked.literal)
        )
    }
}

fn weight(understood: bool, literal: bool) -> f32 {
    let weight = if understood { UNDERSTOOD } else { FOREIGN };
    if literal {
        (weight - LITERAL).max(0.0)
    } else {
        weight
    }
}

/// Whether a question names something literally: quoted words, or an identifier such
/// as `ERR-1042`, `SKU_7` or `v2.3`. A bare number is not one.
pub(crate) fn is_literal(question: &str) -> bool {
    let quoted = ['"', '`', '“', '«', '„']
        .iter()
        .any(|mark| question.matches(*mark).count() > usize::from(mark.is_ascii()));
    quoted
        || question.split_whitespace().any(|word| {
            let word = word.trim_matches(|char: char| !char.is_alphanumeric());
            let digits = word.contains(|char: char| char.is_ascii_digit());
            let letters = word.contains(char::is_alphabetic);
            let ordinal = ["st", "nd", "rd", "th", "s"].iter().any(|end| {
                word.strip_suffix(end)
                    .is_some_and(|rest| rest.chars().all(|char| char.is_ascii_digit()))
            });
            digits
                && letters
                && !ordinal
                && word
                    .chars()
                    .filter(|char| char.is_alphabetic())
                    .all(|char| char.is_ascii())
        })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::index::Payload;
    use crate::lexical::{bm25, terms};

    fn passage(id: u128, text: &str, language: &str, dense: [f32; 2]) -> Candidate {
        Candidate {
            id: Uuid::from_u128(id),
            dense: dense.to_vec(),
            text: bm25::document(&terms(text, language), language),
            payload: Payload {
                kind: "article".into(),
                document: Uuid::from_u128(id),
                version: Uuid::from_u128(id),
                content_hash: String::new(),
                fingerprint: String::new(),
                language: language.into(),
                audience: "public".into(),
                start: 0,
                end: 0,
                headings: Vec::new(),
                fields: Vec::new(),
                passages: 1,
            },
        }
    }

    fn asked(question: &str, language: &str) -> Asked {
        let terms = terms(question, language);
        let frequencies = terms.iter().map(|term| (term.clone(), 2)).collect();
        Asked {
            dense: vec![1.0, 0.0],
            languages: vec![(
                language.into(),
                Weighted::new(&terms, language, 100, &frequencies),
            )],
            language: None,
            literal: is_literal(question),
        }
    }

    fn english_only() -> Fusion {
        Fusion::new(0.05, Languages::Only(vec!["en".into()]))
    }

    #[test]
    fn the_words_decide_where_the_model_knows_no_word() {
        let question = "Kündigungsfrist des Vertrags";
        let near = |language| passage(1, "etwas anderes", language, [0.8, 0.6]);
        let literal = |language| passage(2, "Kündigungsfrist: der Vertrag endet", language, [0.3, 0.95]);
        let first = |fusion: &Fusion, language| {
            fusion.rank(
                &asked(question, language),
                vec![near(language), literal(language)],
            )[0]
            .candidate
            .id
            .as_u128()
        };
        assert_eq!(first(&english_only(), "de"), 2);
        // A multilingual model's opinion counts in every language.
        let multilingual = Fusion::new(0.05, Languages::All);
        assert!(
            multilingual
                .explain(&asked(question, "de"))
                .starts_with("dense weight 0.65")
        );
    }

    #[test]
    fn a_question_in_other_words_is_left_to_the_embedding() {
        let same_meaning = passage(1, "ending your plan", "en", [0.8, 0.6]);
        let same_word = passage(2, "how to cancel an event in the calendar", "en", [0.3, 0.95]);
        let ranked = english_only().rank(
            &asked("cancel subscription membership contract", "en"),
            vec![same_word, same_meaning],
        );
        assert_eq!(ranked[0].candidate.id.as_u128(), 1);
    }

    #[test]
    fn scores_stay_between_zero_and_one() {
        let passages = vec![
            passage(1, "refund refund", "en", [1.0, 0.0]),
            passage(2, "", "en", [-1.0, 0.0]),
        ];
        for ranked in english_only().rank(&asked("refund", "en"), passages) {
            assert!(
                (0.0..=1.0).contains(&ranked.score) && (0.0..=1.0).contains(&ranked.relevance),
                "{ranked:?}"
            );
        }
    }

    #[test]
    fn literal_questions_are_told_from_others() {
        for question in [
            "What does ERR-1042 mean?",
            "upgrade to v2.3",
            "where is \"Export all\"",
            "sku_77b",
        ] {
            assert!(is_literal(question), "{question}");
        }
        for question in [
            "How do I get a refund after 30 days?",
            "the 2nd invoice",
            "in the 1990s",
            "it's 5\" wide",
        ] {
            assert!(!is_literal(question), "{question}");
        }
    }
}
