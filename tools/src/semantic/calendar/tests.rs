//! Ranges on days that are easy to get wrong.

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_store::analytics::Reporting;

use super::*;

fn reporting(fiscal_year_start: u32) -> Reporting {
    Reporting {
        currency: "EUR".to_owned(),
        on: day("2026-11-21"),
        timezone: Tz::Europe__Berlin,
        fiscal_year_start,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn said(days: Result<DayRange, String>) -> String {
    let DayRange { from, to } = match days {
        Ok(days) => days,
        Err(message) => return message,
    };
    let word = |day: Option<NaiveDate>| day.map_or_else(|| "..".to_owned(), |day| day.to_string());
    format!("{} {}", word(from), word(to))
}

#[expect(clippy::needless_pass_by_value, reason = "tables of cases read better so")]
fn check(today: &str, fiscal: u32, range: Range, days: &str) {
    let reporting = reporting(fiscal);
    let calendar = Calendar::new(&reporting, day(today));
    assert_eq!(
        said(calendar.days(&range)),
        days,
        "{range:?} on {today}, {fiscal}"
    );
}

#[expect(clippy::needless_pass_by_value, reason = "tables of cases read better so")]
fn compared(today: &str, fiscal: u32, range: Range, compare: Compare, days: &str) {
    let reporting = reporting(fiscal);
    let calendar = Calendar::new(&reporting, day(today));
    assert_eq!(
        said(calendar.earlier(&range, compare)),
        days,
        "{range:?} on {today}, {fiscal}"
    );
}

const fn near(unit: Grain, offset: i32) -> Range {
    Range::Relative { unit, offset }
}

const fn to_date(unit: Grain, offset: i32) -> Range {
    Range::ToDate { unit, offset }
}

const fn rolling(unit: Grain, count: i32) -> Range {
    Range::Rolling { unit, count }
}

const fn named(unit: Grain, year: i32, number: Option<u32>) -> Range {
    Range::Named { unit, year, number }
}

fn between(from: &str, to: &str) -> Range {
    Range::Between {
        from: Some(day(from)),
        to: Some(day(to)),
    }
}

#[test]
fn stretches_near_today_are_whole() {
    check("2026-11-21", 1, near(Grain::Day, 0), "2026-11-21 2026-11-21");
    check("2026-11-21", 1, near(Grain::Week, 0), "2026-11-16 2026-11-22");
    check("2026-11-22", 1, near(Grain::Week, -1), "2026-11-09 2026-11-15");
    check("2026-11-21", 1, near(Grain::Month, 1), "2026-12-01 2026-12-31");
    check("2028-03-31", 1, near(Grain::Month, -1), "2028-02-01 2028-02-29");
    check("2026-11-21", 1, near(Grain::Quarter, 0), "2026-10-01 2026-12-31");
    check("2026-11-21", 1, near(Grain::Year, -1), "2025-01-01 2025-12-31");
}

#[test]
fn quarters_and_years_are_fiscal() {
    check("2026-11-21", 2, near(Grain::Quarter, 0), "2026-11-01 2027-01-31");
    check("2026-01-31", 2, near(Grain::Quarter, 0), "2025-11-01 2026-01-31");
    check("2026-11-21", 4, near(Grain::Year, 0), "2026-04-01 2027-03-31");
    check("2026-03-31", 4, near(Grain::Year, 0), "2025-04-01 2026-03-31");
    check(
        "2026-11-21",
        4,
        named(Grain::Year, 2027, None),
        "2026-04-01 2027-03-31",
    );
    check(
        "2026-11-21",
        4,
        named(Grain::Quarter, 2027, Some(4)),
        "2027-01-01 2027-03-31",
    );
    check(
        "2026-11-21",
        4,
        named(Grain::Month, 2026, Some(2)),
        "2026-02-01 2026-02-28",
    );
    let reporting = reporting(4);
    let calendar = Calendar::new(&reporting, day("2026-11-21"));
    assert_eq!(calendar.quarter(day("2027-03-31")), (2027, 4));
    assert_eq!(calendar.quarter(day("2026-04-01")), (2027, 1));
}

#[test]
fn to_date_ends_on_the_same_day_or_the_last_of_a_shorter_stretch() {
    check("2026-11-21", 1, to_date(Grain::Year, 0), "2026-01-01 2026-11-21");
    check("2028-02-29", 1, to_date(Grain::Year, -1), "2027-01-01 2027-02-28");
    check(
        "2026-03-31",
        1,
        to_date(Grain::Month, -1),
        "2026-02-01 2026-02-28",
    );
    check(
        "2026-11-21",
        1,
        to_date(Grain::Quarter, -1),
        "2026-07-01 2026-08-21",
    );
    check("2026-11-21", 1, to_date(Grain::Week, -1), "2026-11-09 2026-11-14");
}

#[test]
fn rolling_stretches_include_today() {
    check("2026-11-21", 1, rolling(Grain::Day, 7), "2026-11-15 2026-11-21");
    check("2026-11-21", 1, rolling(Grain::Day, -7), "2026-11-21 2026-11-27");
    check("2026-05-31", 1, rolling(Grain::Month, 3), "2026-03-01 2026-05-31");
    check("2028-02-29", 1, rolling(Grain::Year, 1), "2027-03-01 2028-02-29");
    check(
        "2026-11-21",
        1,
        rolling(Grain::Day, 0),
        "must count one at least; negative numbers look ahead",
    );
}

#[test]
fn comparisons_are_with_the_same_length() {
    let period = Compare::PreviousPeriod;
    compared(
        "2026-11-21",
        1,
        near(Grain::Month, 0),
        period,
        "2026-10-01 2026-10-31",
    );
    compared(
        "2026-11-21",
        1,
        near(Grain::Quarter, 0),
        period,
        "2026-07-01 2026-09-30",
    );
    compared(
        "2026-11-21",
        1,
        to_date(Grain::Quarter, 0),
        period,
        "2026-07-01 2026-08-21",
    );
    compared(
        "2026-11-21",
        1,
        rolling(Grain::Day, 7),
        period,
        "2026-11-08 2026-11-14",
    );
    compared(
        "2026-11-21",
        4,
        named(Grain::Quarter, 2027, Some(1)),
        period,
        "2026-01-01 2026-03-31",
    );
    compared(
        "2026-11-21",
        1,
        between("2026-03-01", "2026-03-31"),
        period,
        "2026-02-01 2026-02-28",
    );
    compared(
        "2026-11-21",
        1,
        between("2026-03-03", "2026-03-05"),
        period,
        "2026-02-28 2026-03-02",
    );
}

#[test]
fn a_year_before_february_keeps_its_own_last_day() {
    let year = Compare::PreviousYear;
    compared(
        "2025-02-10",
        1,
        near(Grain::Month, 0),
        year,
        "2024-02-01 2024-02-29",
    );
    compared(
        "2028-02-10",
        1,
        near(Grain::Month, 0),
        year,
        "2027-02-01 2027-02-28",
    );
    compared(
        "2028-02-29",
        1,
        near(Grain::Day, 0),
        year,
        "2027-02-28 2027-02-28",
    );
    compared(
        "2026-11-21",
        1,
        near(Grain::Quarter, 0),
        year,
        "2025-10-01 2025-12-31",
    );
}

#[test]
fn what_has_no_days_says_what_would_be_right() {
    let none = Range::Between { from: None, to: None };
    check("2026-11-21", 1, none, "needs a first or a last day");
    check(
        "2026-11-21",
        1,
        between("2026-02-02", "2026-02-01"),
        "ends on 2026-02-01 before it begins on 2026-02-02; swap them",
    );
    check(
        "2026-11-21",
        1,
        named(Grain::Quarter, 2026, Some(5)),
        "needs a number from 1 to 4",
    );
    check(
        "2026-11-21",
        1,
        named(Grain::Month, 2026, None),
        "needs a number from 1 to 12",
    );
    check(
        "2026-11-21",
        1,
        near(Grain::Year, i32::MAX),
        "lies too far from today",
    );
    check(
        "2026-11-21",
        1,
        rolling(Grain::Year, i32::MIN),
        "lies too far from today",
    );
    check(
        "2026-11-21",
        1,
        near(Grain::Year, -500),
        "lies outside the years 1900 to 2199",
    );
    compared(
        "2026-11-21",
        1,
        Range::Between {
            from: None,
            to: Some(day("2026-11-01")),
        },
        Compare::PreviousPeriod,
        "needs a first and a last day to be compared",
    );
}
