//! Pages of lists that are sorted by a time and an id.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::StoreError;

/// The most records that one page holds.
pub const MAX_PAGE: i64 = 200;

/// A place in a list: the last record that was read. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The time that the list is sorted by.
    pub at: DateTime<Utc>,
    /// The id that decides between equal times.
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.at.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (micros, id) = text.split_once('-')?;
            let at = DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?;
            Some(Self {
                at,
                id: Uuid::try_parse(id).ok()?,
            })
        };
        parse().ok_or_else(|| StoreError::invalid("cursor", "must be a next_cursor of this list"))
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// Where the next page starts; the list ends here when there is none.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were read with [`read_limit`], one more than fit.
    pub(crate) fn cut(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(page_size(limit)).unwrap_or(1);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(place) } else { None };
        Self { items: rows, next }
    }
}

/// How many rows to read for a page of `limit`: one more tells whether there is a next page.
pub(crate) fn read_limit(limit: i64) -> i64 {
    page_size(limit) + 1
}

fn page_size(limit: i64) -> i64 {
    limit.clamp(1, MAX_PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_what_was_written() {
        let at = DateTime::from_timestamp_micros(1_763_692_800_123_456).unwrap();
        let cursor = Cursor {
            at,
            id: Uuid::from_u128(7),
        };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }

    #[test]
    fn nonsense_is_not_a_cursor() {
        for text in [
            "",
            "-",
            "12",
            "zz-00000000000000000000000000000007",
            "ffffffffffffffff-7",
        ] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
