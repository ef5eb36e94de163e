//! Days as people say them, as days of the calendar: in the tenant's fiscal year, weeks from Monday.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use crm_store::analytics::{DayRange, Reporting};

use super::query::{Compare, Grain, Range};

/// The first and the last year that can be asked for.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// Says that a day cannot be asked for, if it cannot.
pub(super) fn beyond(day: NaiveDate) -> Option<String> {
    let (first, last) = (YEARS.start(), YEARS.end());
    (!YEARS.contains(&day.year())).then(|| format!("lies outside the years {first} to {last}"))
}

/// A tenant's calendar on a day.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    reporting: &'a Reporting,
    today: NaiveDate,
}

impl<'a> Calendar<'a> {
    /// The calendar of a tenant on a day of its time zone.
    pub fn new(reporting: &'a Reporting, today: NaiveDate) -> Self {
        Self { reporting, today }
    }

    /// The days that a range means; says what would be right when there are none.
    pub fn days(&self, range: &Range) -> Result<DayRange, String> {
        let days = match *range {
            Range::Between { from, to } => DayRange { from, to },
            Range::Relative { unit, offset } => self.stretch(unit, offset)?,
            Range::ToDate { unit, offset } => self.until_today(unit, offset)?,
            Range::Rolling { unit, count } => self.rolling(unit, count)?,
            Range::Named { unit, year, number } => self.named(unit, year, number)?,
        };
        for day in [days.from, days.to].into_iter().flatten() {
            if !YEARS.contains(&day.year()) {
                return Err(format!(
                    "lies outside the years {} to {}",
                    YEARS.start(),
                    YEARS.end()
                ));
            }
        }
        match (days.from, days.to) {
            (Some(from), Some(to)) if from > to => {
                Err(format!("ends on {to} before it begins on {from}; swap them"))
            }
            (None, None) => Err("needs a first or a last day".to_owned()),
            _ => Ok(days),
        }
    }

    /// The days that a range is compared with.
    pub fn earlier(&self, range: &Range, compare: Compare) -> Result<DayRange, String> {
        let days = self.days(range)?;
        let (Some(from), Some(to)) = (days.from, days.to) else {
            return Err("needs a first and a last day to be compared".to_owned());
        };
        let earlier = match compare {
            Compare::PreviousYear => Some(DayRange {
                from: back(from, 12),
                to: same_day(from, to, 12),
            }),
            Compare::PreviousPeriod => match *range {
                Range::Relative { unit, offset } => Some(self.stretch(unit, offset.saturating_sub(1))?),
                Range::ToDate { unit, offset } => Some(self.until_today(unit, offset.saturating_sub(1))?),
                Range::Named { unit, .. } => self.stretch_of(unit, from, -1),
                Range::Rolling { .. } | Range::Between { .. } => before(from, to),
            },
        };
        earlier
            .filter(|days| days.from.is_some() && days.to.is_some())
            .ok_or_else(too_far)
    }

    /// A whole stretch near today.
    fn stretch(&self, unit: Grain, offset: i32) -> Result<DayRange, String> {
        self.stretch_of(unit, self.today, offset).ok_or_else(too_far)
    }

    /// The stretch so many after the one in which a day lies.
    fn stretch_of(&self, unit: Grain, day: NaiveDate, offset: i32) -> Option<DayRange> {
        let from = shifted(self.first(unit, day)?, unit, offset)?;
        Some(DayRange {
            from: Some(from),
            to: shifted(from, unit, 1)?.pred_opt(),
        })
    }

    /// The first day of the stretch in which a day lies.
    pub fn first(&self, unit: Grain, day: NaiveDate) -> Option<NaiveDate> {
        let month = day.with_day(1)?;
        let since = (day.month0() + 12 - (self.reporting.fiscal_year_start - 1)) % 12;
        match unit {
            Grain::Day => Some(day),
            Grain::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
            Grain::Month => Some(month),
            Grain::Quarter => month.checked_sub_months(Months::new(since % 3)),
            Grain::Year => month.checked_sub_months(Months::new(since)),
        }
    }

    /// From the beginning of a stretch to the same day in it as today, or its end if it is shorter.
    fn until_today(&self, unit: Grain, offset: i32) -> Result<DayRange, String> {
        let whole = self.stretch(unit, offset)?;
        let same = shifted(self.today, unit, offset).ok_or_else(too_far)?;
        Ok(DayRange {
            from: whole.from,
            to: whole.to.map(|last| last.min(same)),
        })
    }

    fn rolling(&self, unit: Grain, count: i32) -> Result<DayRange, String> {
        let over = shifted(self.today, unit, count.checked_neg().ok_or_else(too_far)?).ok_or_else(too_far)?;
        match count {
            0 => Err("must count one at least; negative numbers look ahead".to_owned()),
            1.. => Ok(DayRange {
                from: over.succ_opt(),
                to: Some(self.today),
            }),
            _ => Ok(DayRange {
                from: Some(self.today),
                to: over.pred_opt(),
            }),
        }
    }

    fn named(&self, unit: Grain, year: i32, number: Option<u32>) -> Result<DayRange, String> {
        if !YEARS.contains(&year) {
            return Err(format!(
                "{year} lies outside the years {} to {}",
                YEARS.start(),
                YEARS.end()
            ));
        }
        let within = |most: u32| {
            number
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| format!("needs a number from 1 to {most}"))
        };
        // A fiscal year is called by the calendar year in which it ends.
        let begun = if self.reporting.fiscal_year_start == 1 {
            year
        } else {
            year - 1
        };
        let begun = NaiveDate::from_ymd_opt(begun, self.reporting.fiscal_year_start, 1);
        match unit {
            Grain::Year if number.is_some() => Err("takes no number with the unit year".to_owned()),
            Grain::Year => begun
                .and_then(|day| self.stretch_of(Grain::Year, day, 0))
                .ok_or_else(too_far),
            Grain::Quarter => {
                let number = within(4)?;
                begun
                    .and_then(|day| day.checked_add_months(Months::new((number - 1) * 3)))
                    .and_then(|day| self.stretch_of(Grain::Quarter, day, 0))
                    .ok_or_else(too_far)
            }
            Grain::Month => NaiveDate::from_ymd_opt(year, within(12)?, 1)
                .and_then(|day| self.stretch_of(Grain::Month, day, 0))
                .ok_or_else(too_far),
            Grain::Week | Grain::Day => {
                Err("must have the unit year, quarter or month; say other days with between".to_owned())
            }
        }
    }

    /// The fiscal year and quarter of a day: the year in which its fiscal year ends, and 1 to 4.
    pub fn quarter(&self, day: NaiveDate) -> (i32, u32) {
        let since = (day.month0() + 12 - (self.reporting.fiscal_year_start - 1)) % 12;
        let begun = if day.month() >= self.reporting.fiscal_year_start {
            day.year()
        } else {
            day.year() - 1
        };
        let named = if self.reporting.fiscal_year_start == 1 {
            begun
        } else {
            begun + 1
        };
        (named, since / 3 + 1)
    }
}

fn too_far() -> String {
    "lies too far from today".to_owned()
}

fn months(unit: Grain) -> Option<i32> {
    match unit {
        Grain::Day | Grain::Week => None,
        Grain::Month => Some(1),
        Grain::Quarter => Some(3),
        Grain::Year => Some(12),
    }
}

/// A day so many stretches later; the last day of a shorter month where there is no such day.
fn shifted(day: NaiveDate, unit: Grain, count: i32) -> Option<NaiveDate> {
    if let Some(months) = months(unit) {
        let count = count.checked_mul(months)?;
        let step = Months::new(count.unsigned_abs());
        return if count < 0 {
            day.checked_sub_months(step)
        } else {
            day.checked_add_months(step)
        };
    }
    let count = count.checked_mul(if unit == Grain::Week { 7 } else { 1 })?;
    let step = Days::new(u64::from(count.unsigned_abs()));
    if count < 0 {
        day.checked_sub_days(step)
    } else {
        day.checked_add_days(step)
    }
}

fn back(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_sub_months(Months::new(months))
}

fn is_last_of_month(day: NaiveDate) -> bool {
    day.succ_opt().is_none_or(|next| next.day() == 1)
}

fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

/// The last day some months before; whole months stay whole, so that February ends on its own last day.
fn same_day(from: NaiveDate, to: NaiveDate, months: u32) -> Option<NaiveDate> {
    let earlier = back(to, months)?;
    if from.day() == 1 && is_last_of_month(to) {
        last_of_month(earlier)
    } else {
        Some(earlier)
    }
}

/// The stretch of the same length before: as many months where they are whole, else as many days.
fn before(from: NaiveDate, to: NaiveDate) -> Option<DayRange> {
    if from.day() == 1 && is_last_of_month(to) {
        let count = (to.year() - from.year()) * 12 + i32::try_from(to.month()).ok()?
            - i32::try_from(from.month()).ok()?
            + 1;
        return Some(DayRange {
            from: back(from, count.unsigned_abs()),
            to: from.pred_opt(),
        });
    }
    let days = to.signed_duration_since(from).num_days().unsigned_abs() + 1;
    Some(DayRange {
        from: from.checked_sub_days(Days::new(days)),
        to: from.pred_opt(),
    })
}

#[cfg(test)]
mod tests;
