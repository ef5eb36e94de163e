//! Which languages a question may be in, likeliest first.

use whatlang::{Detector, Lang};

use super::tokens::Token;
use crate::semantic::Language;

/// The order in which languages are tried. Short questions say little to a detector of languages, so that it only
/// breaks ties: how many of the words a language's vocabulary knows decides.
pub(super) fn order(question: &str, told: Option<Language>) -> Vec<Language> {
    let mut order = Vec::with_capacity(Language::ALL.len());
    order.extend(told);
    order.extend(detected(question));
    order.extend(Language::ALL);
    let mut seen = Vec::with_capacity(Language::ALL.len());
    order.retain(|language| {
        let new = !seen.contains(language);
        seen.push(*language);
        new
    });
    order
}

fn detected(question: &str) -> Option<Language> {
    let detector = Detector::with_allowlist(vec![Lang::Eng, Lang::Deu, Lang::Spa, Lang::Fra]);
    Some(match detector.detect_lang(question)? {
        Lang::Deu => Language::De,
        Lang::Spa => Language::Es,
        Lang::Fra => Language::Fr,
        _ => Language::En,
    })
}

/// Whether most of the letters are of another script than the four languages use.
pub(super) fn foreign(tokens: &[Token]) -> bool {
    let letters = || {
        tokens
            .iter()
            .flat_map(|token| token.norm.chars())
            .filter(|c| c.is_alphabetic())
    };
    let (all, latin) = (
        letters().count(),
        letters().filter(char::is_ascii_alphabetic).count(),
    );
    all > 0 && latin * 2 < all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::tokens::tokens;

    #[test]
    fn what_one_is_told_comes_first_and_each_language_once() {
        let order = order(
            "¿Cuántas oportunidades tenemos abiertas este mes?",
            Some(Language::Fr),
        );
        assert_eq!(order.first(), Some(&Language::Fr));
        assert_eq!(order.get(1), Some(&Language::Es));
        assert_eq!(order.len(), 4);
    }

    #[test]
    fn other_scripts_are_noticed() {
        assert!(foreign(&tokens("كم عدد الصفقات المفتوحة؟")));
        assert!(!foreign(&tokens("Größte Chancen")));
    }
}
