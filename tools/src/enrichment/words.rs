//! Cutting text into sentences and words.

/// The most characters of a quote.
const QUOTE: usize = 300;

/// The sentences and lines of a text, trimmed, none of them empty.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| {
            let mut rest = line;
            std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                // A full stop within a number or an abbreviation is followed by no space and a capital.
                let end = rest
                    .char_indices()
                    .zip(rest.chars().skip(1).chain([' ']))
                    .find(|((_, mark), next)| matches!(mark, '!' | '?' | '.') && next.is_whitespace())
                    .map_or(rest.len(), |((at, mark), _)| at + mark.len_utf8());
                let (sentence, after) = rest.split_at(end);
                rest = after;
                Some(sentence)
            })
        })
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}

/// The words of a sentence in lower case, without the marks about them.
pub(super) fn words(sentence: &str) -> Vec<String> {
    sentence
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+')
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// As much of a sentence as is kept.
pub(super) fn cut(sentence: &str) -> String {
    let sentence = sentence.trim();
    match sentence.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("{}…", sentence.get(..end).unwrap_or(sentence)),
        None => sentence.to_owned(),
    }
}

/// Whether these words stand one after the other somewhere.
pub(super) fn has(words: &[String], phrase: &[&str]) -> bool {
    words.windows(phrase.len()).any(|window| window == phrase)
}
