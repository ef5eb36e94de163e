//! How well a unit fits a question.

use std::collections::{HashMap, HashSet};

use crm_rag::{Embedder, lexical};
use crm_tools::NumberedPassage;

use super::{
    phrases::Asked,
    units::{Kind, Unit},
};

/// Units that are embedded; the rest is ranked by words alone.
const MAX_EMBEDDED: usize = 48;
/// What nearness in meaning counts beside the score of the passage.
const MEANING: f32 = 0.5;
/// What the question's own words count.
const WORDS: f32 = 0.04;

/// How well each unit fits, and what speaks for that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored {
    /// A score for each unit; higher is better.
    pub(super) scores: Vec<f32>,
    /// What the scores rest on. `None` without an embedder.
    pub(super) evidence: Option<Evidence>,
}

/// What an embedder says of each unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    /// Its nearness to the question together with the score of its passage.
    pub(super) support: Vec<f32>,
    /// How near it is when it is read with the title and heading above it.
    pub(super) in_context: Vec<f32>,
}

/// Scores every unit.
///
/// A sentence is compared with the question by itself, because a passage that
/// answers in one sentence of ten is far from the question as a whole.
pub(super) async fn scores(
    question: &str,
    asked: Asked,
    units: &[Unit],
    passages: &[NumberedPassage],
    embedder: Option<&dyn Embedder>,
) -> Scored {
    let words = by_words(question, units, passages);
    let of = |scores: &[f32], at: usize| scores.get(at).copied().unwrap_or_default();
    let passage = |unit: &Unit| passages.get(unit.rank).map_or(0.0, |found| found.passage.score);
    let prior: Vec<f32> = units
        .iter()
        .zip(&words)
        .map(|(unit, words)| words + passage(unit))
        .collect();
    let meaning = match embedder {
        Some(embedder) => by_meaning(question, units, &prior, embedder).await,
        None => None,
    };
    let near = |at: usize| of(meaning.as_ref().map_or(&words, |meaning| &meaning.alone), at);
    let mut support: Vec<f32> = units
        .iter()
        .enumerate()
        .map(|(at, unit)| MEANING * near(at) + passage(unit))
        .collect();
    answers_for_questions(units, &mut support);
    let scores = units
        .iter()
        .enumerate()
        .map(|(at, unit)| of(&support, at) + WORDS * of(&words, at) + shape(asked, unit))
        .collect();
    Scored {
        scores,
        evidence: meaning.map(|meaning| Evidence {
            support,
            in_context: meaning.in_context,
        }),
    }
}

/// What is near a question in an article is the answer after it.
fn answers_for_questions(units: &[Unit], support: &mut [f32]) {
    for at in 1..units.len() {
        let (Some(question), Some(answer)) = (units.get(at - 1), units.get(at)) else {
            continue;
        };
        if question.text.ends_with('?') && question.number == answer.number {
            let lent = support.get_mut(at - 1).map(std::mem::take).unwrap_or_default();
            if let Some(own) = support.get_mut(at) {
                *own = own.max(lent);
            }
        }
    }
}

/// A number where one is asked for, a step where steps are.
fn shape(asked: Asked, unit: &Unit) -> f32 {
    let has_number = unit.text.chars().any(|c| c.is_ascii_digit());
    let number = if asked.quantity && has_number { 0.06 } else { 0.0 };
    let step = if asked.how_to && matches!(unit.kind, Kind::Step(_)) {
        0.03
    } else {
        0.0
    };
    number + step
}

/// The part of the question's rare words that a unit has; words of its title and
/// headings count half.
fn by_words(question: &str, units: &[Unit], passages: &[NumberedPassage]) -> Vec<f32> {
    let language = |unit: &Unit| {
        passages
            .get(unit.rank)
            .map_or(lexical::UNKNOWN, |found| found.passage.language.as_str())
    };
    let terms = |text: &str, unit: &Unit| {
        lexical::terms(text, language(unit))
            .into_iter()
            .collect::<HashSet<String>>()
    };
    let own: Vec<HashSet<String>> = units.iter().map(|unit| terms(&unit.text, unit)).collect();
    let above: Vec<HashSet<String>> = units.iter().map(|unit| terms(&unit.context, unit)).collect();

    let mut having: HashMap<&str, f32> = HashMap::new();
    for term in own.iter().flatten() {
        *having.entry(term).or_default() += 1.0;
    }
    let count = small(units.len());
    let rarity = |term: &str| {
        let having = having.get(term).copied().unwrap_or_default();
        ((count - having + 0.5) / (having + 0.5)).ln_1p()
    };
    units
        .iter()
        .zip(own.iter().zip(&above))
        .map(|(unit, (own, above))| {
            let asked = terms(question, unit);
            let (mut found, mut all) = (0.0, 0.0);
            for term in &asked {
                let weight = rarity(term);
                all += weight;
                found += match (own.contains(term), above.contains(term)) {
                    (true, _) => weight,
                    (false, true) => weight / 2.0,
                    (false, false) => 0.0,
                };
            }
            if all > 0.0 { found / all } else { 0.0 }
        })
        .collect()
}

/// Cosines of the units with the question.
struct Meaning {
    /// Of their own words.
    alone: Vec<f32>,
    /// Of these after the title and the heading: "Send it again" is about nothing by itself.
    in_context: Vec<f32>,
}

/// How near the units are in meaning; `None` when the embedder fails.
async fn by_meaning(
    question: &str,
    units: &[Unit],
    prior: &[f32],
    embedder: &dyn Embedder,
) -> Option<Meaning> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by(|&a, &b| {
        prior
            .get(b)
            .partial_cmp(&prior.get(a))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    order.truncate(MAX_EMBEDDED);
    let chosen: Vec<&Unit> = order.iter().filter_map(|&at| units.get(at)).collect();
    let alone = chosen.iter().map(|unit| unit.text.clone());
    let in_context = chosen
        .iter()
        .map(|unit| format!("{}: {}", unit.context, unit.text));
    let texts = alone.chain(in_context).collect();
    let vectors = async {
        Ok::<_, crm_rag::RagError>((embedder.query(question).await?, embedder.documents(texts).await?))
    };
    let (asked, said) = vectors
        .await
        .inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "sentences are ranked without an embedder"
            );
        })
        .ok()?;
    let (alone, in_context) = said.split_at_checked(chosen.len())?;
    let cosines = |vectors: &[Vec<f32>]| {
        let mut cosines = vec![0.0_f32; units.len()];
        for (&at, vector) in order.iter().zip(vectors) {
            if let Some(cosine) = cosines.get_mut(at) {
                *cosine = asked.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>().max(0.0);
            }
        }
        cosines
    };
    Some(Meaning {
        alone: cosines(alone),
        in_context: cosines(in_context),
    })
}

/// A count as a float; counts here are small.
fn small(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
