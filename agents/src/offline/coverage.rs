//! How much of a question a passage speaks of.

use std::collections::{HashMap, HashSet};

use crm_rag::{Embedder, lexical};
use crm_tools::NumberedPassage;

/// Words of a question that are looked at.
const MAX_ASKED: usize = 40;
/// Words of a passage that are looked at.
const MAX_SAID: usize = 160;
/// Cosines of single words: below the first they have nothing to do with each
/// other, above the second they mean the same.
const UNRELATED: f32 = 0.3;
const SAME: f32 = 0.8;

/// The share of the question's words, rare ones counting more, that the passage
/// has or comes near to; 0..1. `None` when the embedder fails.
///
/// A question that no article answers often has one word that none speaks of,
/// which similarity as a whole does not show.
pub(super) async fn coverage(
    question: &str,
    passages: &[NumberedPassage],
    about: &NumberedPassage,
    embedder: &dyn Embedder,
) -> Option<f32> {
    let language = about.passage.language.as_str();
    let asked = words(question, language, MAX_ASKED);
    if asked.is_empty() {
        return None;
    }
    let said = words(&whole(about), language, MAX_SAID);
    let said_stems: HashSet<&str> = said.iter().map(|word| word.stem.as_str()).collect();
    let texts = asked.iter().chain(&said).map(|word| word.word.clone()).collect();
    let vectors = embedder.documents(texts).await.ok()?;
    let (asked_vectors, said_vectors) = vectors.split_at_checked(asked.len())?;

    let found: Vec<HashSet<String>> = passages
        .iter()
        .map(|found| {
            lexical::terms(&whole(found), &found.passage.language)
                .into_iter()
                .collect()
        })
        .collect();
    let mut having: HashMap<&str, f32> = HashMap::new();
    for term in found.iter().flatten() {
        *having.entry(term).or_default() += 1.0;
    }
    let count = f32::from(u16::try_from(passages.len()).unwrap_or(u16::MAX));

    let (mut covered, mut all) = (0.0, 0.0);
    for (word, vector) in asked.iter().zip(asked_vectors) {
        let having = having.get(word.stem.as_str()).copied().unwrap_or_default();
        let rarity = ((count - having + 0.5) / (having + 0.5)).ln_1p();
        let nearest = said_vectors
            .iter()
            .map(|said| dot(vector, said))
            .fold(0.0, f32::max);
        let near = ((nearest - UNRELATED) / (SAME - UNRELATED)).clamp(0.0, 1.0);
        covered += rarity
            * if said_stems.contains(word.stem.as_str()) {
                1.0
            } else {
                near
            };
        all += rarity;
    }
    (all > 0.0).then(|| covered / all)
}

struct Word {
    word: String,
    stem: String,
}

/// The words that carry meaning, each once.
fn words(text: &str, language: &str, most: usize) -> Vec<Word> {
    let mut seen = HashSet::new();
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_lowercase)
        .filter(|word| seen.insert(word.clone()))
        // Stop words have no term.
        .filter_map(|word| {
            Some(Word {
                stem: lexical::terms(&word, language).into_iter().next()?,
                word,
            })
        })
        .take(most)
        .collect()
}

fn whole(found: &NumberedPassage) -> String {
    let passage = &found.passage;
    format!(
        "{} {} {}",
        passage.title,
        passage.headings.join(" "),
        passage.text
    )
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
