//! How days, years and quarters are written.

use chrono::NaiveDate;

use super::{
    periods::Period,
    tokens::{Kind, Token},
};
use crate::semantic::Grain;

pub(super) fn norm(tokens: &[Token], at: usize) -> Option<&str> {
    tokens.get(at).map(|token| token.norm.as_str())
}

pub(super) fn is_phrase(tokens: &[Token], at: usize, phrase: &str) -> Option<usize> {
    let mut taken = 0;
    for word in phrase.split(' ') {
        if norm(tokens, at + taken)? != word {
            return None;
        }
        taken += 1;
    }
    Some(taken)
}

pub(super) fn phrase(tokens: &[Token], at: usize, phrases: &[(&str, Grain)]) -> Option<(usize, Grain)> {
    phrases
        .iter()
        .filter_map(|(phrase, grain)| is_phrase(tokens, at, phrase).map(|taken| (taken, *grain)))
        .max_by_key(|(taken, _)| *taken)
}

pub(super) fn quarter_code(word: &str) -> Option<u32> {
    let number = word.strip_prefix(['q', 't'])?.parse().ok()?;
    (1..=4).contains(&number).then_some(number)
}

pub(super) fn year_of(token: &Token) -> Option<i32> {
    let whole = token.kind == Kind::Number && token.norm.len() == 4;
    token
        .norm
        .parse()
        .ok()
        .filter(|year| whole && (1990..=2100).contains(year))
}

/// 1, 1st, 1er; and "1" "st" where the tokens are apart.
pub(super) fn day_number(tokens: &[Token], at: usize) -> Option<(usize, u32)> {
    let word = norm(tokens, at)?;
    let number: u32 = word.parse().ok().filter(|number| (1..=31).contains(number))?;
    let ending =
        norm(tokens, at + 1).is_some_and(|word| matches!(word, "st" | "nd" | "rd" | "th" | "er" | "o"));
    Some((1 + usize::from(ending), number))
}

/// A day in digits: the year first, or the day first. None if it is no day at all.
pub(super) fn written(text: &str) -> Option<Period> {
    let parts: Vec<u32> = text
        .split(['.', '-', '/'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let long = text
        .split(['.', '-', '/'])
        .next()
        .is_some_and(|part| part.len() == 4);
    let (year, month, day) = if long {
        (*first, *second, *third)
    } else {
        (*third, *second, *first)
    };
    let year = if year < 100 { year + 2000 } else { year };
    // Groups of three digits are a large number.
    if !(1990..=2100).contains(&year) || month > 12 && day > 12 {
        return None;
    }
    // 09/30/2026 can only have the month first.
    let (month, day) = if month > 12 { (day, month) } else { (month, day) };
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    Some(day.map_or(Period::Nowhere, Period::Day))
}

/// The year behind a month or quarter, perhaps after a small word.
pub(super) fn year_after(tokens: &[Token], at: usize) -> (usize, Option<i32>) {
    let skipped =
        usize::from(norm(tokens, at).is_some_and(|word| matches!(word, "of" | "de" | "del" | "des" | "in")));
    match tokens.get(at + skipped).and_then(year_of) {
        Some(year) => (skipped + 1, Some(year)),
        None => (0, None),
    }
}
