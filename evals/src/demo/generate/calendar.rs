//! Days and moments of the year, counted from today.
//!
//! Everything is decided on the calendar of one fixed day, so that the same things happen whenever "today" is; only
//! what is written down moves along. Moved by whole weeks, Mondays stay Mondays.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};

use super::dice::Dice;

/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// The last minute of which the data knows, on the morning of today.
pub(super) const NOW: Moment = Moment(9 * 60);
/// The first day of the year.
pub(super) const FIRST_DAY: i64 = -420;

/// A minute, counted from the midnight with which today begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    /// The day that the moment is in; today is 0.
    pub(super) fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// So many days later.
    pub(super) fn plus_days(self, days: f64) -> Self {
        Self(self.0 + (days * DAY as f64) as i64)
    }

    /// So many hours later.
    pub(super) fn plus_hours(self, hours: f64) -> Self {
        Self(self.0 + (hours * 60.0) as i64)
    }

    /// How many days there are from another moment to this one.
    pub(super) fn days_since(self, other: Self) -> f64 {
        (self.0 - other.0) as f64 / DAY as f64
    }

    /// Whether it has not come yet.
    pub(super) fn is_ahead(self) -> bool {
        self > NOW
    }
}

/// Moves what follows something else to at least a minute after it, so that a history has an order.
pub(super) fn in_order<T>(path: &mut [(Moment, T)]) {
    path.sort_by_key(|(moment, _)| *moment);
    let mut before = Moment(i64::MIN);
    for (moment, _) in path {
        *moment = (*moment).max(Moment(before.0.saturating_add(1)));
        before = *moment;
    }
}

/// The day that the year was written for.
pub(super) fn base_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap_or_default()
}

/// The calendar, with today where somebody put it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    today: NaiveDate,
    /// The company's distance from UTC; the hour that summer takes away does not matter here.
    offset: i64,
}

impl Calendar {
    pub(super) fn new(today: NaiveDate, offset_hours: i64) -> Self {
        Self {
            today,
            offset: offset_hours * 60,
        }
    }

    /// A moment in the words of the store.
    pub(super) fn time(self, at: Moment) -> String {
        let time = moment(self.today, at);
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// A day in the words of the store.
    pub(super) fn date(self, day: i64) -> String {
        shifted(self.today, day).to_string()
    }

    /// Some minute of a working day, in the company's office hours.
    pub(super) fn office(self, dice: &mut Dice, day: i64) -> Moment {
        let day = workday(day);
        Moment(day * DAY + dice.whole(8 * 60, 17 * 60 + 30) - self.offset)
    }

    /// Some minute of a day, mostly when people are awake.
    pub(super) fn any_hour(self, dice: &mut Dice, day: i64) -> Moment {
        let minute = if dice.chance(0.82) {
            dice.whole(7 * 60, 19 * 60)
        } else {
            dice.whole(0, DAY - 1)
        };
        Moment(day * DAY + minute - self.offset)
    }

    /// The next moment in office hours, from this one on.
    pub(super) fn opens(self, at: Moment) -> Moment {
        let local = at.0 + self.offset;
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let open = workday(day);
        let minute = match minute {
            _ if open != day => 8 * 60 + minute % 90,
            early if early < 8 * 60 => 8 * 60 + early % 60,
            late if late > 18 * 60 => {
                return self.opens(Moment((day + 1) * DAY + 8 * 60 + late % 90 - self.offset));
            }
            good => good,
        };
        Moment(open * DAY + minute - self.offset)
    }
}

/// A moment on the calendar that the year was written for: what ids are made of, so that they stay when today moves.
pub(super) fn base_millis(at: Moment) -> u64 {
    u64::try_from(moment(base_day(), at).timestamp_millis()).unwrap_or_default()
}

/// The same day, or the Monday after a weekend.
pub(super) fn workday(day: i64) -> i64 {
    // The base day is a Friday.
    match (day + 4).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

/// The month of a day, 1 to 12.
pub(super) fn month(day: i64) -> u32 {
    shifted(base_day(), day).month()
}

/// The first and the last day of the quarter that a day is in.
pub(super) fn quarter(day: i64) -> (i64, i64) {
    let date = shifted(base_day(), day);
    let begun = date.month0() / 3 * 3 + 1;
    let (year, month) = if begun > 9 {
        (date.year() + 1, 1)
    } else {
        (date.year(), begun + 3)
    };
    let first_of = |year, month| {
        let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(date);
        (first - base_day()).num_days()
    };
    (first_of(date.year(), begun), first_of(year, month) - 1)
}

/// The last working day of the quarter that a day is in.
pub(super) fn quarter_end(day: i64) -> i64 {
    let (_, mut last) = quarter(day);
    while workday(last) != last {
        last -= 1;
    }
    last
}

fn moment(today: NaiveDate, at: Moment) -> DateTime<Utc> {
    today.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(at.0)
}

fn shifted(today: NaiveDate, day: i64) -> NaiveDate {
    let days = Days::new(day.unsigned_abs());
    let moved = if day < 0 {
        today.checked_sub_days(days)
    } else {
        today.checked_add_days(days)
    };
    moved.unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_are_known() {
        // Friday, then Saturday and Sunday, which are Monday's.
        assert_eq!([0, 1, 2, 3].map(workday), [0, 3, 3, 3]);
        assert_eq!(workday(-7), -7);
    }

    #[test]
    fn quarters_end_on_a_working_day() {
        let calendar = Calendar::new(base_day(), 0);
        let (first, last) = quarter(0);
        assert_eq!(
            (calendar.date(first), calendar.date(last)),
            ("2026-10-01".to_owned(), "2026-12-31".to_owned())
        );
        assert_eq!(calendar.date(quarter_end(0)), "2026-12-31");
        // The 31st of January is none; the 30th of September 2026 is a Wednesday.
        assert_eq!(calendar.date(quarter_end(-60)), "2026-09-30");
    }

    #[test]
    fn the_office_opens_on_monday_morning() {
        let calendar = Calendar::new(base_day(), 0);
        let saturday_night = Moment(DAY + 23 * 60);
        assert_eq!(calendar.opens(saturday_night).day(), 3);
        let noon = Moment(12 * 60);
        assert_eq!(calendar.opens(noon), noon);
    }
}
