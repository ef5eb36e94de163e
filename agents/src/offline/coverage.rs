//! How much of a question an article speaks of.

use std::collections::HashSet;

use crm_prompts::tokens::rarity;
use crm_rag::{Embedder, lexical};
use crm_tools::NumberedPassage;

/// Words of a question that are looked at.
const MAX_ASKED: usize = 40;
/// Words of an article's passages that are looked at.
const MAX_SAID: usize = 400;
/// The cosine of two single words that have nothing to do with each other.
const UNRELATED: f32 = 0.35;

/// The share of the question's words, rare ones counting more, that one article's
/// passages have or come near to; 0..1. `None` when the embedder fails.
///
/// A question that no article answers often has one word that none speaks of,
/// which similarity as a whole does not show. All that was found of the article
/// counts, because a question names the situation as well as the point.
pub(super) async fn coverage(
    question: &str,
    about: &[&NumberedPassage],
    embedder: &dyn Embedder,
) -> Option<f32> {
    let language = about.first()?.passage.language.as_str();
    let asked = words(question, language, MAX_ASKED);
    if asked.is_empty() {
        return None;
    }
    let text: Vec<String> = about.iter().map(|found| whole(found)).collect();
    let said = words(&text.join(" "), language, MAX_SAID);
    let said_stems: HashSet<&str> = said.iter().map(|word| word.stem.as_str()).collect();
    let texts = asked.iter().chain(&said).map(|word| word.word.clone()).collect();
    let vectors = embedder.documents(texts).await.ok()?;
    let (asked_vectors, said_vectors) = vectors.split_at_checked(asked.len())?;

    let (mut covered, mut all) = (0.0, 0.0);
    for (word, vector) in asked.iter().zip(asked_vectors) {
        let rarity = rarity(&word.word);
        let nearest = said_vectors
            .iter()
            .map(|said| dot(vector, said))
            .fold(0.0, f32::max);
        let near = ((nearest - UNRELATED) / (1.0 - UNRELATED)).clamp(0.0, 1.0);
        let known = said_stems.contains(word.stem.as_str());
        covered += rarity * if known { 1.0 } else { near };
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
