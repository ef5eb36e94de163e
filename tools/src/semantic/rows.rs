//! Which rows of an answer come back: the usual ones, all, or those of a list that come after.

use crm_store::{
    StoreError,
    analytics::{MAX_ROWS, Shape},
};

use super::query::PipelineQuery;

/// Which rows of an answer come back. A query with a limit of its own has no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rows {
    /// As many as fit a page.
    #[default]
    Usual,
    /// All, up to the most rows of an answer.
    All,
    /// Of a list of records those after so many.
    After(u32),
}

impl Rows {
    /// The rows after a card's `next_cursor`; all from the first one on without it.
    pub fn after(cursor: Option<&str>) -> Result<Self, StoreError> {
        let Some(cursor) = cursor else {
            return Ok(Self::Usual);
        };
        let shown = cursor
            .strip_prefix('r')
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .filter(|shown| (1..MAX_ROWS).contains(shown));
        shown
            .map(Self::After)
            .ok_or_else(|| StoreError::invalid("cursor", "must be a next_cursor of this list"))
    }

    /// How many records of a list were shown before.
    pub(crate) const fn shown_before(self) -> u32 {
        match self {
            Self::After(shown) => shown,
            Self::Usual | Self::All => 0,
        }
    }

    /// The place after so many records of a list, unless no answer goes further.
    pub(crate) fn cursor(shown: i64) -> Option<String> {
        let shown = u32::try_from(shown).ok().filter(|shown| *shown < MAX_ROWS)?;
        Some(format!("r{shown:x}"))
    }

    /// Has a question ask for these rows.
    pub(super) fn ask(self, query: &PipelineQuery, shape: &mut Shape) -> Result<(), StoreError> {
        match (self, shape) {
            (Self::After(shown), Shape::Records { offset, .. }) if query.limit.is_none() => *offset = shown,
            (Self::After(_), _) => {
                return Err(StoreError::invalid(
                    "cursor",
                    "goes with a list of records that has no limit of its own",
                ));
            }
            (Self::All, Shape::Records { limit, .. }) if query.limit.is_none() => *limit = 0,
            (Self::All, Shape::Groups(groups)) if query.limit.is_none() => groups.limit = 0,
            (Self::Usual | Self::All, _) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_one_that_a_card_gave() {
        let cursor = Rows::cursor(100).unwrap();
        assert_eq!(Rows::after(Some(&cursor)).unwrap(), Rows::After(100));
        assert_eq!(Rows::after(None).unwrap(), Rows::Usual);
        for wrong in ["", "r", "r0", "64", "rzz", "r-1", "r2710", "rffffffff"] {
            assert!(Rows::after(Some(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(Rows::cursor(i64::from(MAX_ROWS)), None);
    }
}
