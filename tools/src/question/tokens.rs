//! Questions cut into words as they are compared: lower case, without accents, each with its stem.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::forms;
use crate::semantic::Language;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, perhaps with digits behind them: `deals`, `q3`.
    Word,
    /// Digits with the marks between them: `10.000`.
    Number,
    /// A sign that means something: a currency, a percent sign.
    Sign,
}

/// A piece of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As it was written.
    pub(super) raw: String,
    /// As it is compared.
    pub(super) norm: String,
    pub(super) kind: Kind,
    /// Whether it is a name by the look of it: it begins with a capital letter.
    pub(super) capital: bool,
}

/// Lower case, without accents; ß is ss.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Cuts a text into tokens, in one walk over its characters.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            let mut raw = String::from(c);
            while let Some(&next) = chars.peek() {
                // A mark belongs to the number if a digit follows it.
                let mark = matches!(next, '.' | ',' | '\'' | '-' | '/');
                if next.is_ascii_digit() || mark && digit_after(&chars) {
                    raw.push(next);
                    chars.next();
                } else {
                    break;
                }
            }
            push(&mut found, raw, Kind::Number);
        } else if c.is_alphanumeric() {
            let mut raw = String::from(c);
            while let Some(&next) = chars.peek() {
                if !next.is_alphanumeric() && !is_combining_mark(next) {
                    break;
                }
                raw.push(next);
                chars.next();
            }
            push(&mut found, raw, Kind::Word);
        } else if matches!(c, '€' | '$' | '£' | '%' | '¥') {
            push(&mut found, c.to_string(), Kind::Sign);
        }
    }
    found
}

fn digit_after(chars: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    chars.clone().nth(1).is_some_and(|next| next.is_ascii_digit())
}

fn push(found: &mut Vec<Token>, raw: String, kind: Kind) {
    let norm = fold(&raw);
    if norm.is_empty() {
        return;
    }
    found.push(Token {
        capital: raw.chars().next().is_some_and(char::is_uppercase),
        norm,
        raw,
        kind,
    });
}

/// The normal words of a phrase, with one space between them.
pub(crate) fn key(phrase: &str) -> String {
    tokens(phrase)
        .into_iter()
        .map(|token| token.norm)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Cuts the endings off words.
pub(super) struct Stems(Stemmer, Language);

impl Stems {
    pub(super) fn new(language: Language) -> Self {
        let algorithm = match language {
            Language::En => Algorithm::English,
            Language::De => Algorithm::German,
            Language::Es => Algorithm::Spanish,
            Language::Fr => Algorithm::French,
        };
        Self(Stemmer::create(algorithm), language)
    }

    /// The stem of a folded word; an accent that is gone changes no more than the stem of both sides.
    pub(super) fn stem(&self, word: &str) -> String {
        self.0.stem(word).into_owned()
    }

    /// Whether two folded phrases are the same but for the forms of their words.
    pub(super) fn same(&self, left: &str, right: &str) -> bool {
        forms::same(self.1, left, right)
    }

    /// The stems of a folded phrase.
    pub(super) fn phrase(&self, key: &str) -> String {
        key.split(' ')
            .map(|word| self.0.stem(word))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norms(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.norm).collect()
    }

    #[test]
    fn accents_case_and_sharp_s_do_not_matter() {
        assert_eq!(fold("Größe"), "grosse");
        assert_eq!(fold("Éтape"), "eтape");
        assert_eq!(
            norms("Affaires gagnées d'Inés"),
            ["affaires", "gagnees", "d", "ines"]
        );
    }

    #[test]
    fn numbers_keep_their_marks_and_lose_their_units() {
        assert_eq!(
            norms("über 10.000 € bis 1,5 Mio."),
            ["uber", "10.000", "€", "bis", "1,5", "mio"]
        );
        assert_eq!(
            norms("50k in Q3, 30.09.2026."),
            ["50", "k", "in", "q3", "30.09.2026"]
        );
    }

    #[test]
    fn nothing_and_signs_alone_are_no_words() {
        assert_eq!(norms(""), Vec::<String>::new());
        assert_eq!(norms("?!… \u{0} 🚀 \u{202e}"), Vec::<String>::new());
    }

    #[test]
    fn stems_join_forms_of_a_word() {
        let stems = Stems::new(Language::En);
        assert_eq!(stems.phrase("won deals"), stems.phrase("won deal"));
    }
}
