//! Words of sales in other languages, with the English ones that stand for them.
//!
//! Tenants name stages and sources in one language and ask in another, and the model that compares meanings may know
//! English alone. The list is `tools/semantic/glossary.yaml`.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use super::tokens::{Stems, key};
use crate::semantic::Language;

const FILE: &str = include_str!("../../semantic/glossary.yaml");

/// A line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    en: String,
    de: Vec<String>,
    es: Vec<String>,
    fr: Vec<String>,
}

/// English words by the stems of a language's.
type Words = HashMap<String, Vec<String>>;

static WORDS: LazyLock<[Words; 3]> = LazyLock::new(|| {
    let lines: Vec<Line> = serde_norway::from_str(FILE).unwrap_or_default();
    [Language::De, Language::Es, Language::Fr].map(|language| {
        let stems = Stems::new(language);
        let mut words = Words::new();
        for line in &lines {
            let own = match language {
                Language::De => &line.de,
                Language::Es => &line.es,
                Language::Fr => &line.fr,
                Language::En => continue,
            };
            for word in own {
                let english = words.entry(stems.phrase(&key(word))).or_default();
                if !english.contains(&line.en) {
                    english.push(line.en.clone());
                }
            }
        }
        words
    })
});

/// The English words that stand for a folded phrase of a language; none for what the list does not have.
pub(super) fn english(phrase: &str, language: Language, stems: &Stems) -> &'static [String] {
    let [de, es, fr] = &*WORDS;
    let words = match language {
        Language::En => return &[],
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    };
    words.get(&stems.phrase(phrase)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_and_forms_of_its_words_are_found() {
        let lines: Vec<Line> = serde_norway::from_str(FILE).unwrap();
        assert!(lines.len() > 30);
        for (language, phrase, meant) in [
            (Language::De, "verhandlungen", "negotiation"),
            (Language::Es, "propuestas", "proposal"),
            (Language::Fr, "salons", "trade show"),
        ] {
            let stems = Stems::new(language);
            assert_eq!(english(phrase, language, &stems), [meant.to_owned()]);
        }
        assert!(english("blorb", Language::De, &Stems::new(Language::De)).is_empty());
    }
}
