use super::*;
use crate::question::tokens::tokens;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn read(language: Language, text: &str, ahead: bool) -> Option<Period> {
    let reader = Reader {
        language,
        calendar: Calendar {
            today: date(2026, 11, 20),
            fiscal_year_start: 1,
        },
        ahead,
    };
    let tokens = tokens(text);
    let (taken, period) = reader.read(&tokens, 0)?;
    assert_eq!(taken, tokens.len(), "{text}");
    Some(period)
}

fn relative(unit: Grain, offset: i32) -> Period {
    Period::Range(Range::Relative { unit, offset })
}

fn between(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Period {
    Period::Range(Range::Between { from, to })
}

#[test]
fn stretches_are_seen_from_today_in_four_languages() {
    use Language::{De, En, Es, Fr};
    let cases = [
        (En, "last quarter", relative(Grain::Quarter, -1)),
        (De, "nächsten Monat", relative(Grain::Month, 1)),
        (Es, "el mes pasado", relative(Grain::Month, -1)),
        (Es, "este año", relative(Grain::Year, 0)),
        (Fr, "trimestre dernier", relative(Grain::Quarter, -1)),
        (Fr, "ce mois-ci", relative(Grain::Month, 0)),
        (En, "yesterday", relative(Grain::Day, -1)),
        (De, "Vorquartal", Period::Earlier(Grain::Quarter)),
        (
            En,
            "last 30 days",
            Period::Range(Range::Rolling {
                unit: Grain::Day,
                count: 30,
            }),
        ),
        (
            En,
            "next 2 weeks",
            Period::Range(Range::Rolling {
                unit: Grain::Week,
                count: -2,
            }),
        ),
        (
            Fr,
            "30 derniers jours",
            Period::Range(Range::Rolling {
                unit: Grain::Day,
                count: 30,
            }),
        ),
        (
            En,
            "year to date",
            Period::Range(Range::ToDate {
                unit: Grain::Year,
                offset: 0,
            }),
        ),
    ];
    for (language, text, expected) in cases {
        let text = text.strip_prefix("el ").unwrap_or(text);
        assert_eq!(read(language, text, false), Some(expected), "{text}");
    }
}

#[test]
fn names_without_a_year_lie_behind_or_ahead() {
    let named = |unit, year, number| Some(Period::Range(Range::Named { unit, year, number }));
    assert_eq!(
        read(Language::En, "Q3", false),
        named(Grain::Quarter, 2026, Some(3))
    );
    assert_eq!(
        read(Language::En, "Q3 2025", false),
        named(Grain::Quarter, 2025, Some(3))
    );
    assert_eq!(
        read(Language::De, "drittes Quartal 2026", false),
        named(Grain::Quarter, 2026, Some(3))
    );
    assert_eq!(
        read(Language::En, "March", false),
        named(Grain::Month, 2026, Some(3))
    );
    assert_eq!(
        read(Language::En, "December", false),
        named(Grain::Month, 2025, Some(12))
    );
    assert_eq!(
        read(Language::En, "December", true),
        named(Grain::Month, 2026, Some(12))
    );
    assert_eq!(read(Language::En, "2025", false), named(Grain::Year, 2025, None));
    assert_eq!(read(Language::En, "FY26", false), named(Grain::Year, 2026, None));
}

#[test]
fn days_are_read_as_they_are_written() {
    let first = Some(Period::Day(date(2026, 10, 1)));
    for (language, text) in [
        (Language::En, "1 October"),
        (Language::En, "October 1st"),
        (Language::De, "1. Oktober 2026"),
        (Language::De, "01.10.2026"),
        (Language::Es, "1 de octubre"),
        (Language::Fr, "1er octobre"),
        (Language::En, "2026-10-01"),
    ] {
        assert_eq!(read(language, text, false), first, "{text}");
    }
    assert_eq!(
        read(Language::En, "29 February", false),
        Some(Period::Day(date(2024, 2, 29)))
    );
    assert_eq!(read(Language::En, "30 February", false), Some(Period::Nowhere));
    assert_eq!(
        read(Language::En, "29 February 2025", false),
        Some(Period::Nowhere)
    );
}

#[test]
fn ranges_are_open_or_closed() {
    let since = between(Some(date(2026, 5, 1)), None);
    assert_eq!(read(Language::En, "since May", false), Some(since.clone()));
    assert_eq!(read(Language::De, "seit dem 1. Mai", false), Some(since.clone()));
    assert_eq!(
        read(Language::Es, "desde el 1 de mayo", false),
        Some(since.clone())
    );
    assert_eq!(read(Language::Fr, "depuis le 1er mai", false), Some(since));
    assert_eq!(
        read(Language::En, "before 15 December", true),
        Some(between(None, Some(date(2026, 12, 14))))
    );
    let both = between(Some(date(2026, 6, 30)), Some(date(2026, 9, 30)));
    assert_eq!(
        read(Language::En, "between 30 June and 30 September", false),
        Some(both.clone())
    );
    assert_eq!(
        read(Language::De, "vom 30.06.2026 bis zum 30.09.2026", false),
        Some(both)
    );
    assert_eq!(
        read(
            Language::En,
            "between 30 September 2026 and 1 September 2026",
            false
        ),
        Some(Period::Nowhere)
    );
}
