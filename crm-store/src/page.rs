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

/// A place in a list that is sorted by a number, records without one last: the last record that was read. Opaque to clients.
///
/// `OF` names the number: a place in a list by another one is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberCursor<const OF: char> {
    /// Its number; none behind the last record that has one.
    pub number: Option<f64>,
    /// Which one.
    pub record: Uuid,
}

impl<const OF: char> fmt::Display for NumberCursor<OF> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{OF}{:x}-{}", number.to_bits(), self.record.simple()),
            None => write!(f, "{OF}none-{}", self.record.simple()),
        }
    }
}

impl<const OF: char> FromStr for NumberCursor<OF> {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (said, record) = text.strip_prefix(OF)?.split_once('-')?;
            let number = match said {
                "none" => None,
                bits => Some(
                    Some(f64::from_bits(u64::from_str_radix(bits, 16).ok()?))
                        .filter(|number| number.is_finite())?,
                ),
            };
            Some(Self {
                number,
                record: Uuid::try_parse(record).ok()?,
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_by_a_number_reads_back_as_what_was_written(
            number in prop::option::of(prop::num::f64::NORMAL | prop::num::f64::ZERO), record in any::<u128>()
        ) {
            let place = NumberCursor::<'p'> { number, record: Uuid::from_u128(record) };
            prop_assert_eq!(place.to_string().parse::<NumberCursor<'p'>>().unwrap(), place);
            prop_assert!(place.to_string().parse::<NumberCursor<'q'>>().is_err());
        }

        #[test]
        fn what_is_no_place_is_refused_and_breaks_nothing(text in ".{0,60}") {
            prop_assume!(!text.starts_with('p'));
            prop_assert!(text.parse::<NumberCursor<'p'>>().is_err());
        }
    }

    #[test]
    fn numbers_that_are_none_are_no_place() {
        let nan = format!("p{:x}-{}", f64::NAN.to_bits(), Uuid::nil().simple());
        for bad in [nan.as_str(), "p", "pnone", "pnone-", "pnone-7", "pzz-0"] {
            assert!(bad.parse::<NumberCursor<'p'>>().is_err(), "{bad}");
        }
    }

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
