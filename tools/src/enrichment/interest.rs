//! Which of the tenant's products somebody writes of.

use super::{Said, words::sentences};

/// Shorter names are words like others.
const SHORTEST: usize = 4;

/// The product that is named first; of two at one place the longer one.
pub(super) fn interest<'p>(text: &str, products: &(impl Iterator<Item = &'p str> + Clone)) -> Option<Said> {
    sentences(text).find_map(|sentence| {
        let named = products
            .clone()
            .filter(|name| name.chars().count() >= SHORTEST)
            .filter_map(|name| Some((place(sentence, name)?, name)))
            .min_by(|one, other| one.0.cmp(&other.0).then(other.1.len().cmp(&one.1.len())))?;
        Some(Said {
            value: named.1.to_owned(),
            quote: sentence.to_owned(),
        })
    })
}

/// Where a product is named, as whole words. A name of one word has to be written as it is: "support" is no "Support".
fn place(sentence: &str, name: &str) -> Option<usize> {
    let (sentence, name) = if name.contains(char::is_whitespace) {
        (sentence.to_lowercase(), name.to_lowercase())
    } else {
        (sentence.to_owned(), name.to_owned())
    };
    sentence
        .match_indices(name.as_str())
        .map(|(at, _)| at)
        .find(|at| {
            let before = sentence.get(..*at).and_then(|before| before.chars().next_back());
            let after = sentence
                .get(at + name.len()..)
                .and_then(|after| after.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
}
