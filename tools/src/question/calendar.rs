//! Days of the stretches that people name, in a fiscal year.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use crate::semantic::{Grain, Range};

/// Today and the fiscal year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    pub(super) today: NaiveDate,
    /// The month in which the fiscal year starts, 1 to 12.
    pub(super) fiscal_year_start: u32,
}

impl Calendar {
    /// The first and the last day of a range; none where it is open, or where there is no such day.
    pub(super) fn days(self, range: &Range) -> (Option<NaiveDate>, Option<NaiveDate>) {
        match *range {
            Range::Between { from, to } => (from, to),
            Range::Relative { unit, offset } => self.stretch(unit, offset),
            Range::ToDate { unit, offset } => {
                let first = self.stretch(unit, offset).0;
                let since = self.stretch(unit, 0).0.map(|first| self.today - first);
                (
                    first,
                    first
                        .zip(since)
                        .and_then(|(first, since)| first.checked_add_signed(since)),
                )
            }
            Range::Rolling { unit, count } => self.rolling(unit, count),
            Range::Named { unit, year, number } => {
                let first = match (unit, number) {
                    (Grain::Month, Some(month)) => NaiveDate::from_ymd_opt(year, month, 1),
                    (Grain::Quarter, Some(quarter)) => self
                        .year_start(year)
                        .and_then(|first| plus_months(first, i32::try_from(quarter).ok()? * 3 - 3)),
                    _ => self.year_start(year),
                };
                (first, first.and_then(|first| last(first, unit)))
            }
        }
    }

    /// The fiscal year that a day is in is named after the calendar year in which it ends.
    fn year_start(self, year: i32) -> Option<NaiveDate> {
        let year = if self.fiscal_year_start > 1 {
            year.checked_sub(1)?
        } else {
            year
        };
        NaiveDate::from_ymd_opt(year, self.fiscal_year_start, 1)
    }

    fn stretch(self, unit: Grain, offset: i32) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let today = self.today;
        let month = NaiveDate::from_ymd_opt(today.year(), today.month(), 1);
        let since = (today.month() + 12 - self.fiscal_year_start) % 12;
        let back = |months: u32| month.and_then(|month| month.checked_sub_months(Months::new(months)));
        let first = match unit {
            Grain::Day => plus_days(today, i64::from(offset)),
            Grain::Week => {
                let monday = plus_days(today, -i64::from(today.weekday().num_days_from_monday()));
                monday.and_then(|monday| plus_days(monday, i64::from(offset) * 7))
            }
            Grain::Month => month.and_then(|month| plus_months(month, offset)),
            Grain::Quarter => back(since % 3).and_then(|first| plus_months(first, offset.saturating_mul(3))),
            Grain::Year => back(since).and_then(|first| plus_months(first, offset.saturating_mul(12))),
        };
        (first, first.and_then(|first| last(first, unit)))
    }

    fn rolling(self, unit: Grain, count: i32) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let far = move_by(self.today, unit, count.saturating_neg());
        if count < 0 {
            (Some(self.today), far.and_then(|day| day.pred_opt()))
        } else {
            (far.and_then(|day| day.succ_opt()), Some(self.today))
        }
    }
}

fn move_by(day: NaiveDate, unit: Grain, count: i32) -> Option<NaiveDate> {
    match unit {
        Grain::Day => plus_days(day, i64::from(count)),
        Grain::Week => plus_days(day, i64::from(count) * 7),
        Grain::Month => plus_months(day, count),
        Grain::Quarter => plus_months(day, count.saturating_mul(3)),
        Grain::Year => plus_months(day, count.saturating_mul(12)),
    }
}

fn last(first: NaiveDate, unit: Grain) -> Option<NaiveDate> {
    move_by(first, unit, 1).and_then(|next| next.pred_opt())
}

fn plus_days(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 {
        day.checked_sub_days(distance)
    } else {
        day.checked_add_days(distance)
    }
}

fn plus_months(day: NaiveDate, months: i32) -> Option<NaiveDate> {
    let distance = Months::new(months.unsigned_abs());
    if months < 0 {
        day.checked_sub_months(distance)
    } else {
        day.checked_add_months(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn stretches_follow_the_fiscal_year() {
        let calendar = |fiscal_year_start| Calendar {
            today: day(2026, 11, 20).unwrap(),
            fiscal_year_start,
        };
        let quarter = Range::Relative {
            unit: Grain::Quarter,
            offset: -1,
        };
        assert_eq!(calendar(1).days(&quarter), (day(2026, 7, 1), day(2026, 9, 30)));
        assert_eq!(calendar(2).days(&quarter), (day(2026, 8, 1), day(2026, 10, 31)));
        let third = Range::Named {
            unit: Grain::Quarter,
            year: 2026,
            number: Some(3),
        };
        assert_eq!(calendar(1).days(&third), (day(2026, 7, 1), day(2026, 9, 30)));
        let week = Range::Relative {
            unit: Grain::Week,
            offset: 0,
        };
        assert_eq!(calendar(1).days(&week), (day(2026, 11, 16), day(2026, 11, 22)));
    }

    #[test]
    fn far_away_is_nowhere_and_no_panic() {
        let calendar = Calendar {
            today: NaiveDate::MAX,
            fiscal_year_start: 1,
        };
        for unit in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
            calendar.days(&Range::Relative {
                unit,
                offset: i32::MAX,
            });
            calendar.days(&Range::Rolling {
                unit,
                count: i32::MIN,
            });
        }
    }
}
