//! When somebody works.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Spans of one day: from, to; written `["09:00", "17:30"]`. `24:00` is the end of the day.
pub type Hours = Vec<(String, String)>;

/// Opening hours per weekday in the tenant's time zone, and days on which nobody works. A day that is not named is closed;
/// with nothing at all it is Monday to Friday from nine to five ([`crate::behaviour::calendar`] reads them).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusinessHours {
    /// Monday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Hours,
    /// Tuesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Hours,
    /// Wednesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Hours,
    /// Thursday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Hours,
    /// Friday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Hours,
    /// Saturday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Hours,
    /// Sunday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Hours,
    /// Days on which nobody works, such as `2026-12-25`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<NaiveDate>,
}

impl BusinessHours {
    fn days(&self) -> [(&'static str, &Hours); 7] {
        [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ]
    }

    /// Says what is wrong with the hours.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (day, hours) in self.days() {
            let wrong = |message: &str| Err(StoreError::invalid(format!("business_hours/{day}"), message));
            let mut spans = Vec::with_capacity(hours.len());
            for (from, to) in hours {
                let (Some(from), Some(to)) = (seconds(from), seconds(to)) else {
                    return wrong("must be pairs of times such as [\"09:00\", \"17:30\"]");
                };
                if from >= to {
                    return wrong("must begin before it ends; a night shift is two spans");
                }
                spans.push((from, to));
            }
            spans.sort_unstable();
            if spans
                .iter()
                .zip(spans.iter().skip(1))
                .any(|(one, next)| next.0 < one.1)
            {
                return wrong("has spans that overlap");
            }
        }
        let open = self.days().iter().any(|(_, hours)| !hours.is_empty());
        if !open && !self.holidays.is_empty() {
            return Err(StoreError::invalid(
                "business_hours",
                "at least one day must have hours",
            ));
        }
        if self.holidays.len() > 1_000 {
            return Err(StoreError::invalid(
                "business_hours/holidays",
                "must be at most 1,000 days",
            ));
        }
        Ok(())
    }
}

/// `09:30` in seconds from midnight.
fn seconds(text: &str) -> Option<u32> {
    use chrono::Timelike;
    if text == "24:00" {
        return Some(24 * 3_600);
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    (text.len() == 5).then(|| time.num_seconds_from_midnight())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hours(value: serde_json::Value) -> BusinessHours {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        for bad in [
            json!([["9:00", "17:00"]]),
            json!([["17:00", "09:00"]]),
            json!([["09:00", "12:00"], ["11:00", "13:00"]]),
            json!([["09:00", "25:00"]]),
            json!([["", ""]]),
        ] {
            assert!(hours(json!({"fri": bad})).check().is_err());
        }
        assert!(hours(json!({"holidays": ["2026-12-25"]})).check().is_err());
        assert!(hours(json!({})).check().is_ok());
        assert!(hours(json!({"sun": [["00:00", "24:00"]]})).check().is_ok());
    }
}
