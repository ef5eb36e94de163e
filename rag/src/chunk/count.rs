//! How many tokens a text has for the embedder.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokenizers::Tokenizer;

/// A word longer than this is counted by its bytes: tokenizers take anything from
/// one "unknown" mark to a token a byte for it, and some take quadratic time.
const LONGEST_WORD: usize = 64;

/// Distinct words whose counts are remembered before the memory starts anew.
const REMEMBERED: usize = 50_000;

/// Counts tokens word by word with the embedder's tokenizer.
///
/// Word pieces never span white space, so the counts of words add up; remembering
/// them makes sizing a chunk a matter of table look-ups.
#[derive(Clone)]
pub struct TokenCounter {
    tokenizer: Option<Arc<Tokenizer>>,
    words: Arc<Mutex<HashMap<Box<str>, usize>>>,
}

impl TokenCounter {
    /// Counts with `tokenizer`, without its padding and truncation.
    pub fn new(mut tokenizer: Tokenizer) -> Self {
        tokenizer.with_padding(None);
        // Removing truncation cannot fail; the signature covers setting one.
        drop(tokenizer.with_truncation(None));
        Self {
            tokenizer: Some(Arc::new(tokenizer)),
            words: Arc::default(),
        }
    }

    /// Counts four bytes as a token, for a remote model whose tokenizer is not here.
    pub fn by_bytes() -> Self {
        Self {
            tokenizer: None,
            words: Arc::default(),
        }
    }

    /// The number of tokens of `text`, without the marks a model adds around it.
    pub fn count(&self, text: &str) -> usize {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        text.split_whitespace()
            .map(|word| self.word(word, &mut words))
            .sum()
    }

    /// The longest beginning of `text` that has at most `limit` tokens, cut after a word.
    pub fn cut<'a>(&self, text: &'a str, limit: usize) -> &'a str {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = 0;
        let mut end = 0;
        for word in text.split_whitespace() {
            taken += self.word(word, &mut words);
            if taken > limit {
                return text.get(..end).unwrap_or_default();
            }
            end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        }
        text
    }

    fn word(&self, word: &str, words: &mut HashMap<Box<str>, usize>) -> usize {
        let by_bytes = word.len().div_ceil(4);
        let Some(tokenizer) = &self.tokenizer else {
            return by_bytes;
        };
        if word.len() > LONGEST_WORD {
            return by_bytes;
        }
        if let Some(count) = words.get(word) {
            return *count;
        }
        let count = tokenizer
            .encode_fast(word, false)
            .map_or(by_bytes, |encoding| encoding.len());
        if words.len() >= REMEMBERED {
            words.clear();
        }
        words.insert(word.into(), count);
        count
    }
}

impl std::fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCounter")
            .field("tokenizer", &self.tokenizer.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_ends_after_a_word_within_the_limit() {
        let counter = TokenCounter::by_bytes();
        assert_eq!(counter.cut("abcd efgh  ijkl", 2), "abcd efgh");
        assert_eq!(counter.cut("abcd efgh", 9), "abcd efgh");
        assert_eq!(counter.cut("abcdefgh", 1), "");
    }
}
