//! How many tokens a text has.

use tiktoken_rs::{
    CoreBPE, cl100k_base_singleton, o200k_base_singleton, o200k_harmony_singleton,
    tokenizer::{Tokenizer, get_tokenizer},
};

/// Text is counted in pieces of this size, so that no input, however odd, costs
/// more than linear time. A piece border adds at most one token.
const PIECE_BYTES: usize = 8 * 1024;

/// Counts tokens as one family of models does.
///
/// Making one is free; the first count loads the family's vocabulary, which takes
/// some milliseconds and stays in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCounter {
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    O200k,
    Harmony,
    Cl100k,
}

impl TokenCounter {
    /// The counter of `model`. A model that nobody knows is counted as the newest
    /// family, which is close for most of them.
    pub fn for_model(model: &str) -> Self {
        // Gateways put the provider in front: `openai/gpt-4o`.
        let name = model.rsplit('/').next().unwrap_or(model);
        let family = match get_tokenizer(name) {
            Some(Tokenizer::Cl100kBase) => Family::Cl100k,
            Some(Tokenizer::O200kHarmony) => Family::Harmony,
            _ => Family::O200k,
        };
        Self { family }
    }

    /// The exact count, but for one token per 8 KiB at the most.
    pub fn count(self, text: &str) -> u64 {
        let vocabulary = self.vocabulary();
        pieces(text)
            .map(|piece| u64::try_from(vocabulary.count_ordinary(piece)).unwrap_or(u64::MAX))
            .sum()
    }

    fn vocabulary(self) -> &'static CoreBPE {
        match self.family {
            Family::O200k => o200k_base_singleton(),
            Family::Harmony => o200k_harmony_singleton(),
            Family::Cl100k => cl100k_base_singleton(),
        }
    }
}

/// How rare a word is in the languages of the world, 0..1.
///
/// A vocabulary is built from the most frequent pieces on, so the place of a word's
/// rarest piece in it grows with the word's rank in text, and a rare word is more
/// than one piece.
pub fn rarity(word: &str) -> f32 {
    /// About the logarithm of the vocabulary's size.
    const WHOLE: f32 = 12.2;
    /// What each further piece adds to the logarithm of the rank.
    const PIECE: f32 = 0.5;
    let pieces = o200k_base_singleton().encode_ordinary(&format!(" {word}"));
    let rarest = pieces.iter().copied().max().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "ranks are far below 2^24")]
    let (rank, more) = (rarest.max(1) as f32, pieces.len().saturating_sub(1) as f32);
    ((rank.ln() + PIECE * more) / WHOLE).clamp(0.0, 1.0)
}

/// A cheap guess for caps, without a vocabulary: some way above the real count
/// for prose in the languages of Europe, never above one token per byte.
pub fn estimate(text: &str) -> u64 {
    let (ascii, others) = text.chars().fold((0_u64, 0_u64), |(ascii, others), c| {
        if c.is_ascii() {
            (ascii + 1, others)
        } else {
            (ascii, others + 1)
        }
    });
    ascii.div_ceil(3) + others
}

/// Cuts at the last blank before each border, or at a character when there is none.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if rest.len() <= PIECE_BYTES {
            return Some(std::mem::take(&mut rest));
        }
        let limit = rest.floor_char_boundary(PIECE_BYTES);
        let (head, _) = rest.split_at(limit);
        // A blank belongs to the word after it.
        let cut = head.rfind(' ').filter(|&at| at > 0).unwrap_or(limit);
        let (piece, later) = rest.split_at(cut);
        rest = later;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const PROSE: &str = "You can return a parcel within 30 days. Rückgaben sind 30 Tage lang möglich. ";

    #[test]
    fn models_of_a_family_share_its_vocabulary() {
        let known = |model| TokenCounter::for_model(model).family;

        assert_eq!(known("gpt-4o-mini"), Family::O200k);
        assert_eq!(known("openai/gpt-4-turbo"), Family::Cl100k);
        assert_eq!(known("gpt-oss-20b"), Family::Harmony);
        assert_eq!(known("qwen2.5:7b"), Family::O200k);
        assert_eq!(known("offline"), Family::O200k);
    }

    #[test]
    fn names_are_rarer_than_everyday_words() {
        for (everyday, rare) in [
            ("plan", "padlock"),
            ("phone", "hubspot"),
            ("money", "cryptocurrency"),
        ] {
            assert!(rarity(everyday) < rarity(rare), "{everyday} {rare}");
        }
        assert!((0.0..=1.0).contains(&rarity("")) && rarity(&"x".repeat(1_000)) <= 1.0);
    }

    #[test]
    fn a_count_is_that_of_the_vocabulary() {
        let counter = TokenCounter::for_model("gpt-4o");

        assert_eq!(counter.count(""), 0);
        assert_eq!(counter.count("hello world"), 2);
        // Special tokens are plain text to us.
        assert!(counter.count("<|endoftext|>") > 1);
    }

    #[test]
    fn pieces_change_a_count_by_less_than_one_token_each() {
        let text = PROSE.repeat(1_000);
        let counter = TokenCounter::for_model("gpt-4o");
        let whole = u64::try_from(o200k_base_singleton().count_ordinary(&text)).unwrap();
        let borders = u64::try_from(text.len() / PIECE_BYTES + 1).unwrap();

        assert!(
            counter.count(&text).abs_diff(whole) <= borders,
            "{} {whole}",
            counter.count(&text)
        );
        assert_eq!(pieces(&text).collect::<String>(), text);
    }

    #[test]
    fn long_runs_of_one_character_cost_linear_time() {
        let counter = TokenCounter::for_model("gpt-4o");
        counter.count("warm up");
        for run in ["a", " ", "\n", "é", "=", "1", "\u{1f600}"] {
            let began = Instant::now();
            assert!(counter.count(&run.repeat(200_000)) > 0);
            // A quadratic count of these takes minutes.
            assert!(
                began.elapsed() < Duration::from_secs(15),
                "{run:?} took {:?}",
                began.elapsed()
            );
        }
    }

    #[test]
    fn an_estimate_is_above_the_count_of_prose_and_never_above_the_bytes() {
        let text = PROSE.repeat(20);
        let count = TokenCounter::for_model("gpt-4o").count(&text);

        assert!(estimate(&text) >= count, "{} < {count}", estimate(&text));
        assert!(estimate(&text) <= 2 * count);
        assert!(estimate("€") <= 3);
    }
}
