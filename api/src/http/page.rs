//! Pages of a list: `?limit=` and `?cursor=`, answered with `next_cursor`.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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

impl PageQuery {
    /// The limit in bounds.
    pub fn limit(&self) -> Result<u32, Problem> {
        check_limit(self.limit)
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
pub fn parse_cursor<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
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
}
