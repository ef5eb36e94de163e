//! Text to search terms: words, stems and stop words of a language.

pub(crate) mod bm25;
mod fold;

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use rust_stemmers::{Algorithm, Stemmer};

pub(crate) use fold::fold;

/// The code of a language that was not recognised.
pub const UNKNOWN: &str = "und";

/// The language of `text` as an ISO 639-1 code, when there is enough of it to tell.
pub fn detect(text: &str) -> Option<&'static str> {
    use whichlang::Lang;
    /// Below this many letters the guess is wrong too often to be used.
    const ENOUGH: usize = 20;
    // A page tells as much as a book.
    let text = text.get(..text.floor_char_boundary(4_000)).unwrap_or(text);
    if text
        .chars()
        .filter(|char| char.is_alphabetic())
        .take(ENOUGH)
        .count()
        < ENOUGH
    {
        return None;
    }
    Some(match whichlang::detect_language(text) {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    })
}

/// The terms of `text`: lower case, without stop words, stemmed, accents folded.
///
/// Whole identifiers (`err-1042`, `v2.3`) are terms beside their parts. Scripts
/// that do not separate words give pairs of characters.
pub fn terms(text: &str, language: &str) -> Vec<String> {
    let stemmer = algorithm(language).map(Stemmer::create);
    let mut terms = Vec::new();
    for token in text.split(|char: char| !(char.is_alphanumeric() || JOINERS.contains(&char))) {
        let token = token.trim_matches(|char: char| !char.is_alphanumeric());
        if token.is_empty() {
            continue;
        }
        let token = token.to_lowercase();
        let joined = token.contains(|char: char| JOINERS.contains(&char) && char != '\'' && char != '’');
        if joined && token.contains(|char: char| char.is_ascii_digit()) {
            terms.push(fold(&token));
        }
        for word in token.split(|char: char| JOINERS.contains(&char) && char != '\'' && char != '’') {
            term(word, language, stemmer.as_ref(), &mut terms);
        }
    }
    terms
}

/// Characters that may stand inside a word or an identifier.
const JOINERS: [char; 8] = ['\'', '’', '-', '_', '.', '/', ':', '@'];

fn term(word: &str, language: &str, stemmer: Option<&Stemmer>, terms: &mut Vec<String>) {
    let word = word.replace('’', "'");
    if word.is_empty() || is_stop_word(&word, language) {
        return;
    }
    // English genitives and contractions, French and Italian elisions.
    let word = match word.split_once('\'') {
        Some((article, noun)) if article.chars().count() <= 2 && noun.chars().count() > 2 => noun,
        Some((noun, _)) => noun,
        None => &word,
    };
    if word.is_empty() || is_stop_word(word, language) {
        return;
    }
    if word.chars().any(is_dense_script) {
        let chars: Vec<char> = word.chars().collect();
        if chars.len() == 1 {
            terms.push(word.to_owned());
        }
        terms.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
    } else if let Some(stemmer) = stemmer.filter(|_| !word.contains(|char: char| char.is_ascii_digit())) {
        terms.push(fold(&stemmer.stem(word)));
    } else {
        terms.push(fold(word));
    }
}

/// Scripts written without spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
fn is_dense_script(char: char) -> bool {
    matches!(char, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_stop_word(word: &str, language: &str) -> bool {
    /// Languages are few; their lists are made into sets once and kept.
    type Lists = Vec<(String, HashSet<&'static str>)>;
    static LISTS: LazyLock<Mutex<Lists>> = LazyLock::new(Mutex::default);
    let mut lists = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    // Question words are often written without their accents, in lists as in questions.
    let folded = fold(word);
    if let Some((_, list)) = lists.iter().find(|(code, _)| code == language) {
        return list.contains(word) || list.contains(folded.as_str());
    }
    let list: HashSet<_> = stop_words::lookup(language)
        .unwrap_or_default()
        .iter()
        .copied()
        .collect();
    let found = list.contains(word) || list.contains(folded.as_str());
    // A tenant may invent language codes; they must not fill the memory.
    if lists.len() < 64 {
        lists.push((language.to_owned(), list));
    }
    found
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_stemmed_and_stop_words_go() {
        assert_eq!(
            terms("How do I cancel my subscriptions?", "en"),
            ["cancel", "subscript"]
        );
        assert_eq!(terms("Die Kündigungen der Verträge", "de"), ["kundig", "vertrag"]);
        assert_eq!(terms("¿Cómo cambio la contraseña?", "es"), ["cambi", "contrasen"]);
        assert_eq!(
            terms("the customer's plan, l'offre", "en"),
            ["custom", "plan", "offr"]
        );
    }

    #[test]
    fn identifiers_are_terms_of_their_own() {
        assert_eq!(
            terms("Error ERR-1042 in v2.3.", "en"),
            ["error", "err-1042", "err", "1042", "v2.3", "v2", "3"]
        );
        assert_eq!(terms("state-of-the-art", "en"), ["state", "art"]);
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(terms("退款政策", "zh"), ["退款", "款政", "政策"]);
        assert!(terms("", "en").is_empty());
        assert!(terms("--- ''' ...", "en").is_empty());
    }

    #[test]
    fn languages_are_told_apart_only_with_enough_text() {
        assert_eq!(
            detect("How can I change the billing address of my account?"),
            Some("en")
        );
        assert_eq!(
            detect("Wie ändere ich die Rechnungsadresse meines Kontos?"),
            Some("de")
        );
        assert_eq!(
            detect("¿Cómo puedo cambiar la dirección de facturación?"),
            Some("es")
        );
        assert_eq!(detect("SSO?"), None);
    }
}
