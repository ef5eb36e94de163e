//! Which language a text is in.
//!
//! Two small classifiers: one is better on short texts and knows sixteen languages, the other knows sixty-nine and says
//! when it is sure, which takes a sentence or two.

use whatlang::Lang;

/// From how many letters on the classifier of long texts has the last word.
const LONG: usize = 60;

/// The code and how sure it is, 0 to 1.
pub(super) fn of(text: &str, known: Option<&str>) -> (Option<String>, f64) {
    if let Some(known) = known {
        return (Some(known.to_owned()), 1.0);
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 {
        return (None, 0.0);
    }
    let careful = whatlang::detect(text);
    if letters >= LONG
        && let Some(info) = &careful
        && info.is_reliable()
    {
        return (Some(short(info.lang())), 0.98);
    }
    let quick = quick(text);
    let agree = careful.as_ref().is_some_and(|info| short(info.lang()) == quick);
    let confidence = match (letters, agree) {
        (0..12, false) => 0.4,
        (0..12, true) | (12..30, false) => 0.65,
        (12..30, true) => 0.8,
        (_, false) => 0.7,
        (_, true) => 0.9,
    };
    (Some(quick.to_owned()), confidence)
}

/// ISO 639-1 where there is one, else 639-3.
fn short(lang: Lang) -> String {
    let code = match lang {
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Ces => "cs",
        Lang::Slk => "sk",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Tur => "tr",
        Lang::Ell => "el",
        Lang::Ron => "ro",
        Lang::Hun => "hu",
        Lang::Cmn => "zh",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Ara => "ar",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Vie => "vi",
        Lang::Tha => "th",
        Lang::Ind => "id",
        Lang::Cat => "ca",
        Lang::Bul => "bg",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Slv => "sl",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        other => other.code(),
    };
    code.to_owned()
}

fn quick(text: &str) -> &'static str {
    use whichlang::Lang as Quick;
    match whichlang::detect_language(text) {
        Quick::Ara => "ar",
        Quick::Cmn => "zh",
        Quick::Deu => "de",
        Quick::Eng => "en",
        Quick::Fra => "fr",
        Quick::Hin => "hi",
        Quick::Ita => "it",
        Quick::Jpn => "ja",
        Quick::Kor => "ko",
        Quick::Nld => "nl",
        Quick::Por => "pt",
        Quick::Rus => "ru",
        Quick::Spa => "es",
        Quick::Swe => "sv",
        Quick::Tur => "tr",
        Quick::Vie => "vi",
    }
}
