//! Days and moments as other systems write them.

use chrono::{
    DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc,
};
use chrono_tz::Tz;

/// Ways to write a moment that say its place in time by themselves.
const ZONED: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%dT%H:%M%z",
];
/// Ways to write a moment in some timezone.
const LOCAL: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];
/// Formats that are guessed at in refusals.
const GUESSES: [&str; 8] = [
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%d %b %Y",
    "%b %d, %Y",
];
/// What may follow a day in a moment.
const TIMES: [&str; 4] = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"];

/// How days and moments are written in a file.
#[derive(Debug, Clone)]
pub(crate) struct Dates {
    /// Formats of the mapping, in the words of strftime; the first that fits is taken.
    pub(crate) formats: Vec<String>,
    /// Where moments without a zone are meant.
    pub(crate) zone: Tz,
}

impl Dates {
    /// The day as ISO 8601 writes it, or what was expected.
    pub(crate) fn day(&self, said: &str) -> Result<String, String> {
        for format in &self.formats {
            if let Ok(day) = NaiveDate::parse_from_str(said, format) {
                return Ok(iso(day));
            }
            if let Ok(at) = NaiveDateTime::parse_from_str(said, format) {
                return Ok(iso(at.date()));
            }
        }
        if self.formats.is_empty() {
            if let Ok(day) = NaiveDate::parse_from_str(said, "%Y-%m-%d")
                && said.len() == 10
            {
                return Ok(iso(day));
            }
            if let Some(at) = moment_of(said, self.zone) {
                return Ok(iso(at.with_timezone(&self.zone).date_naive()));
            }
        }
        Err(self.refusal(said, "a day such as 2026-03-01"))
    }

    /// The moment as RFC 3339 writes it, or what was expected.
    pub(crate) fn moment(&self, said: &str) -> Result<String, String> {
        let mut at = moment_of(said, self.zone);
        for format in &self.formats {
            if at.is_some() {
                break;
            }
            at = DateTime::parse_from_str(said, format).ok().map(|at| at.to_utc());
            let naive = NaiveDateTime::parse_from_str(said, format).ok().or_else(|| {
                let mut times = TIMES.iter().filter(|_| !format.contains("%H"));
                times.find_map(|time| NaiveDateTime::parse_from_str(said, &format!("{format} {time}")).ok())
            });
            let naive = naive.or_else(|| {
                let day = NaiveDate::parse_from_str(said, format).ok()?;
                Some(day.and_time(NaiveTime::MIN))
            });
            at = at.or_else(|| naive.and_then(|naive| in_zone(naive, self.zone)));
        }
        // A day alone is its beginning.
        let at = at.or_else(|| {
            let day = NaiveDate::parse_from_str(said, "%Y-%m-%d").ok()?;
            in_zone(day.and_time(NaiveTime::MIN), self.zone)
        });
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            .ok_or_else(|| self.refusal(said, "a time such as 2026-03-01T09:30:00Z or 2026-03-01 09:30:00"))
    }

    fn refusal(&self, said: &str, expected: &str) -> String {
        let shown: String = said.chars().take(40).collect();
        if !self.formats.is_empty() {
            return format!(
                "{shown:?} is not written as the mapping says ({})",
                self.formats.join(" or ")
            );
        }
        let fits = |format: &&&str| {
            NaiveDate::parse_from_str(said, format)
                .is_ok_and(|day| (1800..2200).contains(&chrono::Datelike::year(&day)))
                || TIMES
                    .iter()
                    .any(|time| NaiveDateTime::parse_from_str(said, &format!("{format} {time}")).is_ok())
        };
        let guesses: Vec<&str> = GUESSES.iter().filter(fits).copied().collect();
        match guesses.as_slice() {
            [] => match said.parse::<u64>() {
                Ok(number @ 20_000..=80_000) => {
                    let day = NaiveDate::from_ymd_opt(1899, 12, 30)
                        .and_then(|zero| zero.checked_add_days(Days::new(number)));
                    let day = day.map(iso).unwrap_or_default();
                    format!(
                        "{shown:?} must be {expected}; it looks like a spreadsheet's day number ({day}?): save days as text"
                    )
                }
                _ => format!("{shown:?} must be {expected}"),
            },
            [one] => format!(
                "{shown:?} must be {expected}; it looks like {one}: say so in the mapping (`dates: \"{one}\"`)"
            ),
            several => format!(
                "{shown:?} must be {expected}; it could be {}: say which in the mapping (`dates: \"…\"`)",
                several.join(" or ")
            ),
        }
    }
}

fn iso(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

fn moment_of(said: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(said) {
        return Some(at.to_utc());
    }
    let zoned = ZONED
        .iter()
        .find_map(|format| DateTime::parse_from_str(said, format).ok());
    if let Some(at) = zoned {
        return Some(at.to_utc());
    }
    let said = said
        .strip_suffix(" UTC")
        .map_or((said, zone), |said| (said, Tz::UTC));
    let naive = LOCAL
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(said.0, format).ok());
    if let Some(naive) = naive {
        return in_zone(naive, said.1);
    }
    // HubSpot's exports over its API: milliseconds since 1970.
    let millis: i64 = said.0.parse().ok().filter(|_| said.0.len() == 13)?;
    DateTime::from_timestamp_millis(millis)
}

/// A moment that a change of clocks skips is meant an hour later; one that comes twice, the first time.
fn in_zone(naive: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => zone
            .from_local_datetime(&(naive + chrono::TimeDelta::hours(1)))
            .earliest()
            .map(|at| at.to_utc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(formats: &[&str], zone: Tz) -> Dates {
        Dates {
            formats: formats.iter().map(|format| (*format).to_owned()).collect(),
            zone,
        }
    }

    #[test]
    fn what_says_itself_what_it_is_is_read() {
        let plain = dates(&[], Tz::UTC);
        for said in [
            "2026-03-01T09:30:00Z",
            "2026-03-01T09:30:00.000+0000",
            "2026-03-01 09:30:00",
            "2026-03-01 09:30",
            "2026-03-01T10:30:00+01:00",
            "2026-03-01 09:30:00 UTC",
            "1772357400000",
        ] {
            assert_eq!(
                plain.moment(said).as_deref(),
                Ok("2026-03-01T09:30:00Z"),
                "{said}"
            );
            assert_eq!(plain.day(said).as_deref(), Ok("2026-03-01"), "{said}");
        }
        let berlin = dates(&["%d.%m.%Y"], Tz::Europe__Berlin);
        assert_eq!(
            berlin.moment("01.07.2026 09:30").as_deref(),
            Ok("2026-07-01T07:30:00Z")
        );
        assert_eq!(
            berlin.moment("29.03.2026 02:30").as_deref(),
            Ok("2026-03-29T01:30:00Z"),
            "skipped"
        );
        assert_eq!(berlin.day("31.12.2026").as_deref(), Ok("2026-12-31"));
        assert_eq!(
            dates(&["%m/%d/%Y"], Tz::UTC)
                .moment("3/1/2026 9:30 AM")
                .as_deref(),
            Ok("2026-03-01T09:30:00Z")
        );
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        let plain = dates(&[], Tz::UTC);
        let reason = |said: &str| plain.day(said).unwrap_err();
        assert!(reason("31/12/2026").contains("looks like %d/%m/%Y"));
        assert!(reason("03/04/2026").contains("could be %d/%m/%Y or %m/%d/%Y"));
        assert!(reason("31.12.2026").contains("looks like %d.%m.%Y"));
        assert!(reason("46022").contains("2025-12-31"));
        assert!(reason("soon").contains("must be a day such as 2026-03-01"));
        assert!(reason("2026-02-30").contains("must be a day"));
        assert!(
            plain
                .moment("12/31/2026 4:05 PM")
                .unwrap_err()
                .contains("looks like %m/%d/%Y")
        );
        let german = dates(&["%d.%m.%Y"], Tz::UTC);
        assert!(
            german
                .day("2026-12-31")
                .unwrap_err()
                .contains("as the mapping says (%d.%m.%Y)")
        );
    }
}
