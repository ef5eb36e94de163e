//! The calendar, found by walking from day to day.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use chrono_tz::Europe::Berlin;
use crm_tools::semantic::{Compare, Grain, Range};

use crate::analytics_support::day;

pub(super) const TODAY: (i32, u32, u32) = (2024, 6, 14);

pub(super) fn local(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Berlin).date_naive()
}

/// Whether a stretch begins on a day; the fiscal year begins in April.
pub(super) fn begins(day: NaiveDate, grain: Grain) -> bool {
    match grain {
        Grain::Day => true,
        Grain::Week => day.weekday() == chrono::Weekday::Mon,
        Grain::Month => day.day() == 1,
        Grain::Quarter => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
        Grain::Year => day.day() == 1 && day.month() == 4,
    }
}

pub(super) fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

pub(super) fn previous(day: NaiveDate) -> NaiveDate {
    day - Days::new(1)
}

/// Walks back to the day on which the stretch began.
pub(super) fn first_of(mut day: NaiveDate, grain: Grain) -> NaiveDate {
    while !begins(day, grain) {
        day = previous(day);
    }
    day
}

/// The first day of the stretch that many later.
pub(super) fn later(mut first: NaiveDate, grain: Grain, count: i32) -> NaiveDate {
    for _ in 0..count.abs() {
        first = if count > 0 {
            let mut day = next(first);
            while !begins(day, grain) {
                day = next(day);
            }
            day
        } else {
            first_of(previous(first), grain)
        };
    }
    first
}

pub(super) fn days(range: &Range) -> (NaiveDate, NaiveDate) {
    let today = day(TODAY.0, TODAY.1, TODAY.2);
    match *range {
        Range::Between { from, to } => (from.unwrap(), to.unwrap()),
        Range::Relative { unit, offset } => {
            let first = later(first_of(today, unit), unit, offset);
            (first, previous(later(first, unit, 1)))
        }
        _ => panic!("{range:?} is not asked here"),
    }
}

pub(super) fn is_whole_months(from: NaiveDate, to: NaiveDate) -> bool {
    from.day() == 1 && next(to).day() == 1
}

/// The same day of another year; the 28th of a February without a 29th.
pub(super) fn year_before(day: NaiveDate) -> NaiveDate {
    day.with_year(day.year() - 1)
        .unwrap_or_else(|| previous(day).with_year(day.year() - 1).unwrap())
}

pub(super) fn earlier(range: &Range, compare: Compare) -> (NaiveDate, NaiveDate) {
    let (from, to) = days(range);
    match (compare, range) {
        (Compare::PreviousYear, _) if is_whole_months(from, to) => {
            (year_before(from), previous(year_before(next(to))))
        }
        (Compare::PreviousYear, _) => (year_before(from), year_before(to)),
        (Compare::PreviousPeriod, Range::Relative { unit, .. }) => (later(from, *unit, -1), previous(from)),
        (Compare::PreviousPeriod, _) if is_whole_months(from, to) => {
            let mut months = 0;
            let mut at = from;
            while at <= to {
                at = later(at, Grain::Month, 1);
                months += 1;
            }
            (later(from, Grain::Month, -months), previous(from))
        }
        (Compare::PreviousPeriod, _) => {
            let length = (to - from).num_days().unsigned_abs() + 1;
            (from - Days::new(length), previous(from))
        }
    }
}
