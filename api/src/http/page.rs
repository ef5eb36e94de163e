//! Pages of a list: `?limit=` and `?cursor=`, answered with `next_cursor`.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Problem;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The records.
    pub data: Vec<T>,
    /// Give this as `cursor` to read on; null on the last page.
    pub next_cursor: Option<String>,
}

/// A page to read: so many records after this place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<T> {
    /// Records on the page.
    pub limit: u32,
    /// The last record of the page before.
    pub after: Option<T>,
}

impl PageQuery {
    /// The page, when limit and cursor can be used.
    pub fn wanted<T: std::str::FromStr>(&self) -> Result<Wanted<T>, Problem> {
        Wanted::new(self.limit, self.cursor.as_deref())
    }
}

impl<T: std::str::FromStr> Wanted<T> {
    /// Checks a limit and a cursor.
    pub fn new(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Problem> {
        Ok(Self {
            limit: check_limit(limit)?,
            after: parse_cursor(cursor)?,
        })
    }
}

impl<T> Wanted<T> {
    /// How many rows to read: one more than asked for tells whether there is a next page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// Checks a limit, with its default.
pub fn check_limit(limit: Option<u32>) -> Result<u32, Problem> {
    match limit.unwrap_or(50) {
        limit @ 1..=200 => Ok(limit),
        _ => Err(Problem::field("?limit", "must be between 1 and 200")),
    }
}

/// Reads a cursor that is an id or a number.
fn parse_cursor<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    cursor
        .map(|text| {
            text.parse()
                .map_err(|_| Problem::field("?cursor", "must be the next_cursor of an earlier page"))
        })
        .transpose()
}

impl<T> Page<T> {
    /// The page as clients see it.
    pub fn of<R>(page: crm_store::Page<R>) -> Self
    where
        T: From<R>,
    {
        Self {
            data: page.items.into_iter().map(T::from).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }

    /// The page of rows that were read as [`Wanted::rows`] says, each known by an id.
    pub fn cut<R, C>(mut rows: Vec<R>, wanted: &Wanted<C>, id: impl Fn(&R) -> Uuid) -> Self
    where
        T: From<R>,
    {
        let limit = wanted.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| id(row).to_string());
        Self {
            next_cursor,
            ..Self::whole(rows)
        }
    }

    /// A list that is always one page.
    pub fn whole<R>(rows: Vec<R>) -> Self
    where
        T: From<R>,
    {
        Self {
            data: rows.into_iter().map(T::from).collect(),
            next_cursor: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(limit: u32) -> Wanted<Uuid> {
        Wanted { limit, after: None }
    }

    #[test]
    fn the_row_beyond_the_page_is_told_by_its_cursor_alone() {
        let rows: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        let page: Page<Uuid> = Page::cut(rows.clone(), &wanted(2), |id| *id);
        assert_eq!(page.data, rows.get(..2).unwrap());
        assert_eq!(page.next_cursor, Some(Uuid::from_u128(2).to_string()));
        let last: Page<Uuid> = Page::cut(rows.clone(), &wanted(3), |id| *id);
        assert_eq!((last.data, last.next_cursor), (rows, None));
    }

    #[test]
    fn limits_and_cursors_that_cannot_be_used_are_named() {
        for (limit, cursor, pointer) in [
            (Some(0), None, "?limit"),
            (Some(201), None, "?limit"),
            (None, Some("x"), "?cursor"),
        ] {
            let refused = Wanted::<Uuid>::new(limit, cursor).unwrap_err();
            let errors = refused.body("r").errors;
            assert_eq!(errors.first().map(|error| error.pointer.as_str()), Some(pointer));
        }
        assert_eq!(Wanted::<Uuid>::new(None, None).unwrap().rows(), 51);
    }
}
