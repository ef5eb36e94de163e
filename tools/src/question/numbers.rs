//! Numbers and amounts as people write them: 50k, 10.000 €, 1,5 Mio, 20 000.

use rust_decimal::Decimal;

use super::tokens::{Kind, Token};
use crate::semantic::Language;

/// A number with what stood at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) value: Decimal,
    /// Whether it can only be money: a currency or thousands stood at it.
    pub(super) money: bool,
    /// Whether a percent sign stood at it.
    pub(super) percent: bool,
}

/// Reads the number that begins at a token, with the number of tokens that it takes.
pub(super) fn read(tokens: &[Token], at: usize, language: Language) -> Option<(usize, Amount)> {
    let mut next = at;
    let mut money = false;
    if tokens.get(next).is_some_and(is_currency) {
        money = true;
        next += 1;
    }
    let first = tokens.get(next).filter(|token| token.kind == Kind::Number);
    let Some(first) = first else {
        let (word, count) = (tokens.get(at)?, at + 1);
        return small(&word.norm, language).map(|value| (count - at, plain(value)));
    };
    let mut digits = first.norm.clone();
    next += 1;
    // 20 000: groups of three after a space.
    while let Some(group) = tokens.get(next) {
        if group.kind != Kind::Number
            || group.norm.len() != 3
            || digits.len() > 12
            || digits.contains(['.', ',', '/', '-'])
        {
            break;
        }
        digits.push_str(&group.norm);
        next += 1;
    }
    let mut value = decimal(&digits, language)?;
    let mut percent = false;
    while let Some(token) = tokens.get(next) {
        if let Some(factor) = factor(&token.norm).filter(|_| token.kind == Kind::Word) {
            value = value.checked_mul(factor)?;
            money = true;
        } else if is_currency(token) {
            money = true;
        } else if token.norm == "%" || matches!(token.norm.as_str(), "percent" | "prozent" | "pct") {
            percent = true;
        } else {
            break;
        }
        next += 1;
    }
    Some((
        next - at,
        Amount {
            value,
            money,
            percent,
        },
    ))
}

fn plain(value: u32) -> Amount {
    Amount {
        value: Decimal::from(value),
        money: false,
        percent: false,
    }
}

fn is_currency(token: &Token) -> bool {
    currency(&token.norm).is_some()
}

/// The ISO code of a word or sign for money.
pub(super) fn currency(norm: &str) -> Option<&'static str> {
    Some(match norm {
        "€" | "eur" | "euro" | "euros" => "EUR",
        "$" | "usd" | "dollar" | "dollars" | "dolares" => "USD",
        "£" | "gbp" | "pound" | "pounds" | "pfund" | "libras" | "livres" => "GBP",
        "chf" | "franken" => "CHF",
        "cad" => "CAD",
        "mxn" | "pesos" => "MXN",
        "¥" | "jpy" | "yen" => "JPY",
        _ => return None,
    })
}

fn factor(norm: &str) -> Option<Decimal> {
    Some(Decimal::from(match norm {
        "k" | "thousand" | "tausend" | "mil" | "mille" | "tsd" => 1_000,
        "m" | "mio" | "mn" | "million" | "millions" | "millionen" | "millones" | "millon" => 1_000_000,
        "bn" | "billion" | "mrd" | "milliarde" | "milliarden" | "milliard" | "milliards" => 1_000_000_000,
        _ => return None,
    }))
}

/// Marks that are followed by groups of three digits separate thousands; the other one is the decimal mark. A single mark
/// with three digits behind it is read as the language writes numbers.
fn decimal(digits: &str, language: Language) -> Option<Decimal> {
    if digits.contains(['/', '-']) {
        return None;
    }
    let digits = digits.replace('\'', "");
    let last = digits.rfind(['.', ',']);
    let Some(last) = last else {
        return digits.parse().ok();
    };
    let mark = digits.get(last..=last)?;
    let behind = digits.len() - last - 1;
    let several = digits.matches(mark).count() > 1;
    let other = if mark == "." { "," } else { "." };
    let thousands = match (several, digits.contains(other), behind) {
        (true, _, _) => true,
        (_, true, _) => false,
        (_, _, 3) => (mark == ",") == (language == Language::En),
        _ => false,
    };
    let clean = if thousands {
        digits.replace(['.', ','], "")
    } else {
        format!(
            "{}.{}",
            digits.get(..last)?.replace(['.', ','], ""),
            digits.get(last + 1..)?
        )
    };
    clean.parse().ok()
}

/// Small numbers that people write out.
fn small(word: &str, language: Language) -> Option<u32> {
    let words: [&str; 9] = match language {
        Language::En => [
            "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        ],
        Language::De => [
            "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn",
        ],
        Language::Es => [
            "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez",
        ],
        Language::Fr => [
            "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
        ],
    };
    words
        .iter()
        .zip(2..)
        .find(|(known, _)| **known == word)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::tokens::tokens;

    fn value(text: &str, language: Language) -> Option<(String, bool)> {
        let tokens = tokens(text);
        let (taken, amount) = read(&tokens, 0, language)?;
        (taken == tokens.len()).then(|| (amount.value.normalize().to_string(), amount.money))
    }

    #[test]
    fn amounts_are_read_as_the_language_writes_them() {
        let cases = [
            ("50k", Language::En, "50000", true),
            ("€25,000", Language::En, "25000", true),
            ("10.000 €", Language::De, "10000", true),
            ("1,5 Mio", Language::De, "1500000", true),
            ("20 000", Language::Fr, "20000", false),
            ("1.234,56", Language::Es, "1234.56", false),
            ("1,234.56", Language::En, "1234.56", false),
            ("2.5m", Language::En, "2500000", true),
            ("12", Language::En, "12", false),
            ("drei", Language::De, "3", false),
        ];
        for (text, language, number, money) in cases {
            assert_eq!(value(text, language), Some((number.to_owned(), money)), "{text}");
        }
    }

    #[test]
    fn dates_and_words_are_no_numbers() {
        assert_eq!(value("30/09/2026", Language::En), None);
        assert_eq!(value("deals", Language::En), None);
        assert_eq!(value(&"9".repeat(60), Language::En), None);
    }
}
