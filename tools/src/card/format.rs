//! Numbers, amounts and days as people of a language write them.

use chrono::{Datelike as _, NaiveDate};
use crm_store::analytics::DayRange;
use iso_currency::Currency;
use pure_rust_locales::{de_DE, en_US, es_ES, fr_FR};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::semantic::{Calendar, Grain, Language, Unit};

/// How a language writes.
struct Marks {
    point: &'static str,
    thousands: &'static str,
    months: &'static [&'static str],
}

const fn marks(language: Language) -> Marks {
    match language {
        Language::En => Marks {
            point: en_US::LC_NUMERIC::DECIMAL_POINT,
            thousands: en_US::LC_NUMERIC::THOUSANDS_SEP,
            months: en_US::LC_TIME::ABMON,
        },
        Language::De => Marks {
            point: de_DE::LC_NUMERIC::DECIMAL_POINT,
            thousands: de_DE::LC_NUMERIC::THOUSANDS_SEP,
            months: de_DE::LC_TIME::MON,
        },
        Language::Es => Marks {
            point: es_ES::LC_NUMERIC::DECIMAL_POINT,
            thousands: es_ES::LC_NUMERIC::THOUSANDS_SEP,
            months: es_ES::LC_TIME::MON,
        },
        Language::Fr => Marks {
            point: fr_FR::LC_NUMERIC::DECIMAL_POINT,
            thousands: fr_FR::LC_NUMERIC::THOUSANDS_SEP,
            months: fr_FR::LC_TIME::MON,
        },
    }
}

/// A number, rounded half away from zero to so many decimals at most, without zeros at its end.
pub(super) fn number(language: Language, number: Decimal, decimals: u32) -> String {
    let rounded = number
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
        .normalize();
    grouped(language, &rounded.to_string())
}

/// A number with exactly so many decimals.
fn fixed(language: Language, number: Decimal, decimals: u32) -> String {
    let mut rounded = number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(decimals);
    grouped(language, &rounded.to_string())
}

/// A number of ASCII digits with the marks of the language.
fn grouped(language: Language, plain: &str) -> String {
    let Marks { point, thousands, .. } = marks(language);
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, part) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len() - place;
        if place > 0 && left.is_multiple_of(3) {
            text.push_str(thousands);
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push_str(point);
        text.push_str(part);
    }
    text
}

/// An amount: `€1,234.50`, `1.234,50 €`; whole units where it is large.
pub(super) fn money(language: Language, amount: Decimal, code: &str) -> String {
    let currency = Currency::from_code(code);
    let digits = currency.and_then(Currency::exponent).map_or(2, u32::from);
    let decimals = if amount.abs() >= Decimal::from(10_000) || amount.fract().is_zero() {
        0
    } else {
        digits
    };
    let number = fixed(language, amount, decimals);
    // Signs that belong to one currency alone; "$" is many others' too.
    let sign = match code {
        "EUR" => "€",
        "GBP" => "£",
        "USD" => "$",
        _ => code,
    };
    let (minus, number) = number
        .strip_prefix('-')
        .map_or(("", number.as_str()), |rest| ("-", rest));
    match language {
        Language::En if sign.len() == 3 && sign.is_ascii() => format!("{minus}{sign} {number}"),
        Language::En => format!("{minus}{sign}{number}"),
        Language::De | Language::Es | Language::Fr => format!("{minus}{number}\u{a0}{sign}"),
    }
}

/// A share of 1 in percent.
pub(super) fn percent(language: Language, share: Decimal) -> String {
    let number = number(language, share * Decimal::ONE_HUNDRED, 1);
    match language {
        Language::En => format!("{number}%"),
        Language::De | Language::Es => format!("{number}\u{a0}%"),
        Language::Fr => format!("{number}\u{202f}%"),
    }
}

/// A number in its unit.
pub(super) fn value(language: Language, number: Decimal, unit: Unit, currency: &str) -> String {
    let with = |word: &str| format!("{}\u{a0}{word}", self::number(language, number, 1));
    match unit {
        Unit::Count => self::number(language, number, 0),
        Unit::Number => self::number(language, number, 2),
        Unit::Money => money(language, number, currency),
        Unit::Usd => money(language, number, "USD"),
        Unit::Percent => percent(language, number),
        Unit::Hours => with("h"),
        Unit::Minutes => with("min"),
        Unit::Days => with(match language {
            Language::En => "days",
            Language::De => "Tage",
            Language::Es => "días",
            Language::Fr => "jours",
        }),
    }
}

/// A day: `1 Oct 2026`, `1. Oktober 2026`, `1 de octubre de 2026`, `1 octobre 2026`.
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    let (number, month, year) = (day.day(), month(language, day), day.year());
    match language {
        Language::De => format!("{number}. {month} {year}"),
        Language::Es => format!("{number} de {month} de {year}"),
        Language::En | Language::Fr => format!("{number} {month} {year}"),
    }
}

fn month(language: Language, day: NaiveDate) -> &'static str {
    let place = usize::try_from(day.month0()).unwrap_or(0);
    marks(language).months.get(place).copied().unwrap_or("")
}

/// A stretch of the calendar by its first day.
pub(super) fn stretch(language: Language, first: NaiveDate, grain: Grain, calendar: &Calendar<'_>) -> String {
    match grain {
        Grain::Day => day(language, first),
        Grain::Week => {
            let week = match language {
                Language::En => "week of",
                Language::De => "Woche ab",
                Language::Es => "semana del",
                Language::Fr => "semaine du",
            };
            format!("{week} {}", day(language, first))
        }
        Grain::Month => match language {
            Language::Es => format!("{} de {}", month(language, first), first.year()),
            _ => format!("{} {}", month(language, first), first.year()),
        },
        Grain::Quarter => {
            let (year, quarter) = calendar.quarter(first);
            match language {
                Language::Es | Language::Fr => format!("T{quarter} {year}"),
                Language::En | Language::De => format!("Q{quarter} {year}"),
            }
        }
        Grain::Year => calendar.quarter(first).0.to_string(),
    }
}

/// Days from the first to the last.
pub(super) fn days(language: Language, days: DayRange) -> String {
    let word = |en, de, es, fr| match language {
        Language::En => en,
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    };
    let on = |of: NaiveDate| day(language, of);
    match (days.from, days.to) {
        (Some(from), Some(to)) if from == to => on(from),
        (Some(from), Some(to)) => format!("{} – {}", on(from), on(to)),
        (Some(from), None) => format!("{} {}", word("since", "seit", "desde", "depuis"), on(from)),
        (None, Some(to)) => format!("{} {}", word("until", "bis", "hasta", "jusqu'au"), on(to)),
        (None, None) => word("any day", "alle Tage", "cualquier día", "tous les jours").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_have_the_marks_of_their_language() {
        let each = |of: &dyn Fn(Language) -> String| Language::ALL.map(of);
        assert_eq!(
            each(&|language| number(language, decimal("-1234567.891"), 2)),
            [
                "-1,234,567.89",
                "-1.234.567,89",
                "-1.234.567,89",
                "-1\u{202f}234\u{202f}567,89"
            ]
        );
        assert_eq!(
            each(&|language| money(language, decimal("-1234.5"), "EUR")),
            [
                "-€1,234.50",
                "-1.234,50\u{a0}€",
                "-1.234,50\u{a0}€",
                "-1\u{202f}234,50\u{a0}€"
            ]
        );
        assert_eq!(money(Language::En, decimal("99.5"), "CHF"), "CHF 99.50");
        assert_eq!(money(Language::En, decimal("1234567.5"), "USD"), "$1,234,568");
        assert_eq!(money(Language::En, decimal("1234.5"), "JPY"), "JPY 1,235");
        assert_eq!(
            each(&|language| percent(language, decimal("0.12345"))),
            ["12.3%", "12,3\u{a0}%", "12,3\u{a0}%", "12,3\u{202f}%"]
        );
    }

    #[test]
    fn days_are_written_out() {
        let of = |language| day(language, "2026-03-01".parse().unwrap());
        assert_eq!(
            Language::ALL.map(of),
            ["1 Mar 2026", "1. März 2026", "1 de marzo de 2026", "1 mars 2026"]
        );
    }
}
