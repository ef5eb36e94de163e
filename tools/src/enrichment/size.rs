//! How many people work for a lead's company, as it says itself.

use super::{
    Said,
    words::{has, sentences, words},
};

/// Words that mean people at work.
const EMPLOYED: &[&str] = &[
    "employees",
    "employee",
    "staff",
    "mitarbeiter",
    "mitarbeitern",
    "mitarbeitende",
    "mitarbeitenden",
    "mitarbeiterinnen",
    "beschäftigte",
    "beschäftigten",
    "angestellte",
    "angestellten",
    "empleados",
    "trabajadores",
    "employés",
    "salariés",
    "collaborateurs",
    "dipendenti",
    "medewerkers",
];
/// Words that mean people, of whatever kind.
const PEOPLE: &[&str] = &[
    "people",
    "persons",
    "leute",
    "personen",
    "personas",
    "personnes",
    "persone",
    "mensen",
];
/// Words of somebody who speaks of their own company.
const OWN: &[&str] = &[
    "we", "our", "we're", "we've", "wir", "unser", "unsere", "unserem", "unseren", "somos", "tenemos",
    "nuestra", "nuestro", "nous", "notre", "siamo", "abbiamo", "wij",
];
/// Words of somebody who speaks of another company.
const OTHERS: &[&str] = &[
    "you",
    "your",
    "ihr",
    "ihre",
    "ihrem",
    "sie",
    "ustedes",
    "su",
    "vous",
    "votre",
    "customers",
    "kunden",
];
/// What stands before a number of people who are meant to be all of them.
const COUNTED: &[&[&str]] = &[
    &["we", "are"],
    &["we're"],
    &["we", "have"],
    &["we", "employ"],
    &["team", "of"],
    &["company", "of"],
    &["wir", "sind"],
    &["wir", "haben"],
    &["team", "von"],
    &["somos"],
    &["tenemos"],
    &["equipo", "de"],
    &["nous", "sommes"],
    &["équipe", "de"],
    &["siamo"],
];
/// A company with more is none that writes of itself so.
const MOST: u64 = 3_000_000;
/// Words between the number and the people at the most, such as "full-time".
const BETWEEN: usize = 2;
/// Words before the number that are looked at.
const BEFORE: usize = 6;

/// The first number of people that somebody says their company has.
pub(super) fn size(text: &str) -> Option<Said> {
    sentences(text).find_map(|sentence| {
        let words = words(sentence);
        let found = words.iter().enumerate().find_map(|(at, word)| {
            let (number, joined) = number(word)?;
            (joined || is_size(&words, at)).then_some(number)
        })?;
        (1..=MOST).contains(&found).then(|| Said {
            value: found.to_string(),
            quote: sentence.to_owned(),
        })
    })
}

/// Whether the number at a place counts the people of the speaker's company.
fn is_size(words: &[String], at: usize) -> bool {
    let after = words.iter().skip(at + 1).take(BETWEEN + 1);
    let mut employed = false;
    let mut people = false;
    for word in after {
        employed |= EMPLOYED.contains(&word.as_str());
        people |= PEOPLE.contains(&word.as_str());
        if employed || people || word.chars().all(|c| c.is_ascii_digit()) {
            break;
        }
    }
    let said = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if employed {
        return said(OWN) && !said(OTHERS);
    }
    let before = words.get(at.saturating_sub(BEFORE)..at).unwrap_or_default();
    people && COUNTED.iter().any(|phrase| has(before, phrase))
}

/// A number, and whether it is one of people by itself: `40-person`.
fn number(word: &str) -> Option<(u64, bool)> {
    let joined = ["-person", "-people", "-köpfiges", "-strong"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending));
    let said = joined.unwrap_or(word);
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let is_number = said.starts_with(|c: char| c.is_ascii_digit())
        && said
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’'));
    // A point or a comma parts thousands, or it is no number of people.
    let parts: Vec<&str> = said.split(['.', ',', '\'', '’']).collect();
    let thousands = parts.iter().skip(1).all(|part| part.len() == 3);
    if !is_number || !thousands {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    let is_year = parts.len() == 1 && (1900..2100).contains(&number) && joined.is_none();
    (!is_year).then_some((number, joined.is_some()))
}
