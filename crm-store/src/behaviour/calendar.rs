//! Business hours: which minutes count.
//!
//! `tenants.business_hours` holds them, in the tenant's time zone:
//! `{"mon": [["09:00", "12:30"], ["13:30", "17:00"]], …, "holidays": ["2026-12-25"]}`. A day that is not named is
//! closed; a tenant that says nothing works Monday to Friday from nine to five. Changes of the clocks are taken as they
//! are: a shift over the missing hour in spring is an hour shorter, one over the doubled hour in autumn an hour longer.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde_json::Value;

/// How many days the calendar looks ahead; a tenant that is never open has no due dates.
const HORIZON: u64 = 3 * 366;

/// The hours in which a tenant works.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: Tz,
    /// Openings of Monday to Sunday, in order and apart from each other.
    week: [Vec<(NaiveTime, NaiveTime)>; 7],
    holidays: Vec<NaiveDate>,
    always: bool,
}

impl Calendar {
    /// A calendar in which every minute counts.
    pub fn always() -> Self {
        Self {
            zone: Tz::UTC,
            week: Default::default(),
            holidays: Vec::new(),
            always: true,
        }
    }

    /// Reads business hours. What is wrong comes back in words.
    pub fn read(timezone: &str, hours: &Value) -> Result<Self, String> {
        let zone: Tz = timezone
            .parse()
            .map_err(|_| format!("{timezone:?} is no time zone such as Europe/Berlin"))?;
        let mut week: [Vec<(NaiveTime, NaiveTime)>; 7] = Default::default();
        let mut holidays = Vec::new();
        let said = hours.as_object().filter(|said| !said.is_empty());
        let Some(said) = said else {
            for day in week.iter_mut().take(5) {
                day.push((clock("09:00")?, clock("17:00")?));
            }
            return Ok(Self {
                zone,
                week,
                holidays,
                always: false,
            });
        };
        for (name, value) in said {
            if name == "holidays" {
                holidays = read_holidays(value)?;
                continue;
            }
            let day: Weekday = name
                .parse()
                .map_err(|_| format!("{name:?} is neither a weekday such as mon nor holidays"))?;
            let slot = week
                .get_mut(day.num_days_from_monday() as usize)
                .ok_or_else(|| format!("{name:?} is no weekday"))?;
            *slot = read_openings(name, value)?;
        }
        if week.iter().all(Vec::is_empty) {
            return Err("at least one day must have hours".to_owned());
        }
        Ok(Self {
            zone,
            week,
            holidays,
            always: false,
        })
    }

    /// The moment at which so many minutes that count have passed since `from`.
    pub fn add(&self, from: DateTime<Utc>, minutes: i64) -> Option<DateTime<Utc>> {
        if self.always {
            return from.checked_add_signed(TimeDelta::try_minutes(minutes)?);
        }
        let mut left = TimeDelta::try_minutes(minutes.max(0))?;
        let first = from.with_timezone(&self.zone).date_naive();
        for ahead in 0..HORIZON {
            for (open, close) in self.openings(first.checked_add_days(Days::new(ahead))?) {
                let start = open.max(from);
                if start >= close {
                    continue;
                }
                let length = close - start;
                if left <= length {
                    return Some(start + left);
                }
                left -= length;
            }
        }
        None
    }

    /// How many whole minutes that count lie between two moments.
    pub fn minutes(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        if to <= from {
            return 0;
        }
        if self.always {
            return (to - from).num_minutes();
        }
        let last = to.with_timezone(&self.zone).date_naive();
        let mut day = from.with_timezone(&self.zone).date_naive();
        let mut sum = TimeDelta::zero();
        while day <= last {
            for (open, close) in self.openings(day) {
                let (start, end) = (open.max(from), close.min(to));
                if start < end {
                    sum += end - start;
                }
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        sum.num_minutes()
    }

    /// When the tenant opens and closes on a day.
    fn openings(&self, day: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        if self.holidays.contains(&day) {
            return Vec::new();
        }
        let week = self.week.get(day.weekday().num_days_from_monday() as usize);
        week.into_iter()
            .flatten()
            .filter_map(|(open, close)| {
                let end = if *close == NaiveTime::MIN {
                    self.moment(day.succ_opt()?, *close)?
                } else {
                    self.moment(day, *close)?
                };
                Some((self.moment(day, *open)?, end))
            })
            .collect()
    }

    /// A time of the tenant's clock. One that the clock shows twice is the earlier one, one that it never shows is the
    /// first that it shows after it.
    fn moment(&self, day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
        let local = day.and_time(time);
        let found = self.zone.from_local_datetime(&local).earliest().or_else(|| {
            (1..=180).find_map(|minutes| {
                let later = local + TimeDelta::try_minutes(minutes)?;
                self.zone.from_local_datetime(&later).earliest()
            })
        });
        found.map(|at| at.with_timezone(&Utc))
    }
}

fn clock(text: &str) -> Result<NaiveTime, String> {
    if text == "24:00" {
        return Ok(NaiveTime::MIN);
    }
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("{text:?} is no time such as 09:00"))
}

fn read_openings(day: &str, value: &Value) -> Result<Vec<(NaiveTime, NaiveTime)>, String> {
    let wrong = || format!("{day}: must be a list of pairs such as [[\"09:00\", \"17:00\"]]");
    let mut openings = Vec::new();
    for pair in value.as_array().ok_or_else(wrong)? {
        let pair: Vec<&str> = pair
            .as_array()
            .ok_or_else(wrong)?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let [open, close] = pair.as_slice() else {
            return Err(wrong());
        };
        let (start, end) = (clock(open)?, clock(close)?);
        if *open == "24:00" || (start >= end && *close != "24:00") {
            return Err(format!("{day}: {open} is not before {close}"));
        }
        openings.push((start, end));
    }
    openings.sort_unstable();
    let overlap = openings
        .iter()
        .zip(openings.iter().skip(1))
        .any(|((_, close), (open, _))| open < close || *close == NaiveTime::MIN);
    if overlap {
        return Err(format!("{day}: hours overlap"));
    }
    Ok(openings)
}

fn read_holidays(value: &Value) -> Result<Vec<NaiveDate>, String> {
    let wrong = || "holidays: must be a list of days such as [\"2026-12-25\"]".to_owned();
    value
        .as_array()
        .ok_or_else(wrong)?
        .iter()
        .map(|day| day.as_str().and_then(|day| day.parse().ok()).ok_or_else(wrong))
        .collect()
}

#[cfg(test)]
mod tests;
