//! The calendar, found by walking from day to day.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use crm_tools::semantic::{Compare, Grain, Range};

use crate::analytics_support::day;

/// A tenant's calendar on a day.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Calendar {
    pub(in super::super) zone: Tz,
    /// The month in which the fiscal year starts.
    pub(in super::super) fiscal: u32,
    pub(in super::super) today: NaiveDate,
}

/// A first and a last day, either of them open.
pub(in super::super) type Span = (Option<NaiveDate>, Option<NaiveDate>);

pub(in super::super) fn lies(day: NaiveDate, (from, to): Span) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

pub(in super::super) fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

pub(in super::super) fn previous(day: NaiveDate) -> NaiveDate {
    day - Days::new(1)
}

fn months(unit: Grain) -> i32 {
    match unit {
        Grain::Day | Grain::Week => 0,
        Grain::Month => 1,
        Grain::Quarter => 3,
        Grain::Year => 12,
    }
}

fn is_whole_months(from: NaiveDate, to: NaiveDate) -> bool {
    from.day() == 1 && next(to).day() == 1
}

/// The same day of another year; the 28th of a February without a 29th.
fn year_before(day: NaiveDate) -> NaiveDate {
    day.with_year(day.year() - 1)
        .unwrap_or_else(|| previous(day).with_year(day.year() - 1).unwrap())
}

impl Calendar {
    pub(in super::super) fn local(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// Whether a stretch begins on a day.
    fn begins(self, day: NaiveDate, grain: Grain) -> bool {
        match grain {
            Grain::Day => true,
            Grain::Week => day.weekday() == chrono::Weekday::Mon,
            Grain::Month => day.day() == 1,
            Grain::Quarter => day.day() == 1 && day.month() % 3 == self.fiscal % 3,
            Grain::Year => day.day() == 1 && day.month() == self.fiscal,
        }
    }

    /// Walks back to the day on which the stretch began.
    pub(in super::super) fn first_of(self, mut day: NaiveDate, grain: Grain) -> NaiveDate {
        while !self.begins(day, grain) {
            day = previous(day);
        }
        day
    }

    /// The first day of the stretch that many later.
    pub(in super::super) fn later(self, mut first: NaiveDate, grain: Grain, count: i32) -> NaiveDate {
        for _ in 0..count.abs() {
            first = if count > 0 {
                let mut day = next(first);
                while !self.begins(day, grain) {
                    day = next(day);
                }
                day
            } else {
                self.first_of(previous(first), grain)
            };
        }
        first
    }

    /// The last day of the stretch that begins on a day.
    pub(in super::super) fn last_of(self, first: NaiveDate, grain: Grain) -> NaiveDate {
        previous(self.later(first, grain, 1))
    }

    /// Today so many stretches later: the same day of the month, or the last one of a month that has none.
    fn shifted(self, unit: Grain, count: i32) -> NaiveDate {
        match unit {
            Grain::Day => self.today + TimeDelta::days(count.into()),
            Grain::Week => self.today + TimeDelta::weeks(count.into()),
            Grain::Month | Grain::Quarter | Grain::Year => {
                let month = self.first_of(self.today, Grain::Month);
                let first = self.later(month, Grain::Month, count * months(unit));
                let same = first + (self.today - month);
                same.min(self.last_of(first, Grain::Month))
            }
        }
    }

    pub(in super::super) fn days(self, range: &Range) -> Span {
        let (from, to) = match *range {
            Range::Between { from, to } => return (from, to),
            Range::Relative { unit, offset } => {
                let first = self.later(self.first_of(self.today, unit), unit, offset);
                (first, self.last_of(first, unit))
            }
            Range::ToDate { unit, offset } => {
                let first = self.later(self.first_of(self.today, unit), unit, offset);
                (first, self.last_of(first, unit).min(self.shifted(unit, offset)))
            }
            Range::Rolling { unit, count } if count > 0 => (next(self.shifted(unit, -count)), self.today),
            Range::Rolling { unit, count } => (self.today, previous(self.shifted(unit, -count))),
            Range::Named { unit, year, number } => {
                let first = self.named(unit, year, number);
                (first, self.last_of(first, unit))
            }
        };
        (Some(from), Some(to))
    }

    /// The first day of a stretch with a name. A fiscal year is called by the calendar year in which it ends.
    fn named(self, unit: Grain, year: i32, number: Option<u32>) -> NaiveDate {
        if unit == Grain::Month {
            return day(year, number.unwrap(), 1);
        }
        let mut first = day(year - 1, 1, 1);
        while !self.begins(first, Grain::Year) || self.last_of(first, Grain::Year).year() != year {
            first = next(first);
        }
        match number {
            Some(number) => self.later(first, Grain::Quarter, i32::try_from(number).unwrap() - 1),
            None => first,
        }
    }

    /// The days that others are compared with.
    pub(in super::super) fn earlier(self, range: &Range, compare: Compare) -> (NaiveDate, NaiveDate) {
        let (Some(from), Some(to)) = self.days(range) else {
            panic!("open days are not compared")
        };
        let closed = |(from, to): Span| (from.unwrap(), to.unwrap());
        match (compare, range) {
            (Compare::PreviousYear, _) if is_whole_months(from, to) => {
                (year_before(from), previous(year_before(next(to))))
            }
            (Compare::PreviousYear, _) => (year_before(from), year_before(to)),
            (Compare::PreviousPeriod, Range::Relative { unit, .. } | Range::Named { unit, .. }) => {
                (self.later(from, *unit, -1), previous(from))
            }
            (Compare::PreviousPeriod, Range::ToDate { unit, offset }) => closed(self.days(&Range::ToDate {
                unit: *unit,
                offset: offset - 1,
            })),
            (Compare::PreviousPeriod, _) if is_whole_months(from, to) => {
                let mut months = 0;
                let mut at = from;
                while at <= to {
                    at = self.later(at, Grain::Month, 1);
                    months += 1;
                }
                (self.later(from, Grain::Month, -months), previous(from))
            }
            (Compare::PreviousPeriod, _) => {
                let length = (to - from).num_days().unsigned_abs() + 1;
                (from - Days::new(length), previous(from))
            }
        }
    }
}
