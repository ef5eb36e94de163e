//! A number to call, as somebody wrote it.

use super::{Said, words::sentences};

/// Words that stand before a number to call.
const CALLED: &[&str] = &[
    "tel",
    "phone",
    "call",
    "mobile",
    "mobil",
    "handy",
    "ruf",
    "cell",
    "teléfono",
    "telefono",
    "móvil",
    "téléphone",
    "portable",
    "whatsapp",
    "fon",
];
/// Digits of a number to call.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The first number that can be called: one with its country, or one of the lead's country behind a word that says so.
pub(super) fn phone(text: &str, country: Option<&str>) -> Option<Said> {
    let region: Option<phonenumber::country::Id> =
        country.and_then(|country| country.to_ascii_uppercase().parse().ok());
    text.lines().find_map(|line| {
        let lower = line.to_lowercase();
        let is_called = CALLED.iter().any(|word| lower.contains(word));
        candidates(line).find_map(|said| {
            let abroad = said.starts_with('+') || said.starts_with("00");
            if !abroad && !is_called {
                return None;
            }
            let written = said
                .strip_prefix("00")
                .map_or_else(|| said.to_owned(), |rest| format!("+{rest}"));
            let number = phonenumber::parse(region.filter(|_| !abroad), &written).ok()?;
            if !phonenumber::is_valid(&number) {
                return None;
            }
            Some(Said {
                value: number.format().mode(phonenumber::Mode::E164).to_string(),
                quote: sentences(line)
                    .find(|sentence| sentence.contains(said))
                    .unwrap_or(line)
                    .to_owned(),
            })
        })
    })
}

/// What looks like a number in a line.
fn candidates(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| {
        !(c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-' | '.' | '/' | '\u{a0}'))
    })
    .map(|part| part.trim_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '('))
    .filter(|part| DIGITS.contains(&part.chars().filter(char::is_ascii_digit).count()))
}
