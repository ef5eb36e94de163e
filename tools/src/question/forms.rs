//! Whether two words are forms of one word: singular and plural, masculine and feminine, cases.
//!
//! A stemmer cuts off what makes a word another one as well: to it "mailing" is a mail, "prospection" a prospect, and a
//! "conversation" a conversion. So words whose stems agree are taken for one only if their endings are those of forms.

use crate::semantic::Language;

/// The least letters that two forms have in common.
const LEAST: usize = 3;

/// The endings of forms, without accents.
const fn endings(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &["", "s", "es", "y", "ies"],
        Language::De => &[
            "", "e", "n", "en", "er", "es", "em", "s", "ern", "nen", "se", "sen", "in", "innen",
        ],
        Language::Es => &["", "s", "es", "a", "o", "as", "os", "e", "z", "ces"],
        Language::Fr => &[
            "", "s", "e", "es", "x", "l", "ux", "ee", "ees", "f", "fs", "ve", "ves", "le", "les", "ne", "nes",
        ],
    }
}

/// Whether two folded phrases are the same but for the forms of their words.
pub(super) fn same(language: Language, left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.split(' '), right.split(' '));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if forms(language, left, right) => {}
            _ => return false,
        }
    }
}

fn forms(language: Language, left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let known = endings(language);
    let common = left
        .char_indices()
        .zip(right.chars())
        .take_while(|((_, one), other)| one == other)
        .map(|((at, one), _)| at + one.len_utf8())
        .last()
        .unwrap_or_default();
    // What they share may be a part of the ending: "affair-e", "affair-es".
    let ends = |cut: usize| {
        let ending = |word: &str| word.get(cut..).is_some_and(|ending| known.contains(&ending));
        ending(left) && ending(right)
    };
    common >= LEAST && (ends(common) || common > LEAST && ends(common - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_the_word_and_words_made_from_it_are_not() {
        for (language, one, other) in [
            (Language::En, "renewals", "renewal"),
            (Language::En, "forecast categories", "forecast category"),
            (Language::De, "kunden", "kunde"),
            (Language::De, "verlorener deals", "verlorene deal"),
            (Language::Es, "operaciones", "operacion"),
            (Language::Es, "abiertas", "abierto"),
            (Language::Fr, "commerciaux", "commercial"),
            (Language::Fr, "gagnees", "gagne"),
            (Language::Fr, "actives", "actif"),
        ] {
            assert!(same(language, one, other), "{one}, {other}");
            assert!(same(language, other, one), "{other}, {one}");
        }
        for (language, one, other) in [
            (Language::En, "mailing", "mail"),
            (Language::En, "renewing", "renewal"),
            (Language::En, "conversation rate", "conversion rate"),
            (Language::En, "rate", "rating"),
            (Language::En, "marketing", "market"),
            (Language::En, "contacted", "contact"),
            (Language::En, "prospecting", "prospect"),
            (Language::En, "open deals", "open"),
            (Language::Fr, "prospection", "prospect"),
            (Language::Es, "calificacion", "calificado"),
            (Language::De, "leitung", "leiter"),
        ] {
            assert!(!same(language, one, other), "{one}, {other}");
        }
    }
}
