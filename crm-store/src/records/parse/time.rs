//! Moments and days.

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};

use crate::records::Value;

pub(super) const MOMENT: &str = "must be a time as RFC 3339 writes it, such as 2026-03-01T09:30:00Z";
pub(super) const DAY: &str = "must be a day as ISO 8601 writes it, YYYY-MM-DD, such as 2026-03-01";

pub(super) fn moment(said: &str) -> Result<Value, String> {
    let at = DateTime::parse_from_rfc3339(said).map_err(|_| MOMENT.to_owned())?;
    let at = at.with_timezone(&Utc).trunc_subsecs(6);
    if (1..=9999).contains(&at.year()) {
        Ok(Value::Time(at))
    } else {
        Err("must lie between the years 1 and 9999".to_owned())
    }
}

pub(super) fn day(said: &str) -> Result<Value, String> {
    let shaped = said.len() == 10
        && said.bytes().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    let day = shaped.then(|| said.parse::<NaiveDate>().ok()).flatten();
    match day {
        Some(day) if day.year() >= 1 => Ok(Value::Date(day)),
        _ if shaped => Err(format!("{DAY}; there is no such day")),
        _ if said.contains(['/', '.']) => Err(format!("{DAY}; {said} could be read in two ways")),
        _ => Err(DAY.to_owned()),
    }
}
