//! Pages of saved questions: the actor's own first, among them the pinned ones; then what others share, by name.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::{Questions, SavedQuestion};
use crate::StoreError;

/// A place in the list of saved questions: the last one that was read. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionCursor {
    /// Whether it is somebody else's.
    is_others: bool,
    /// Whether it is not pinned; those of others never are.
    is_loose: bool,
    name: String,
    id: Uuid,
}

impl fmt::Display for QuestionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = match (self.is_others, self.is_loose) {
            (false, false) => 'p',
            (false, true) => 'm',
            (true, _) => 'o',
        };
        write!(f, "{group}{}-{}", self.id.simple(), hex::encode(&self.name))
    }
}

impl FromStr for QuestionCursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (place, name) = text.split_once('-')?;
            let (is_others, is_loose) = match place.get(..1)? {
                "p" => (false, false),
                "m" => (false, true),
                "o" => (true, true),
                _ => return None,
            };
            let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
            Some(Self {
                is_others,
                is_loose,
                name: Some(name).filter(|name| !name.contains('\0'))?,
                id: Uuid::try_parse(place.get(1..)?).ok()?,
            })
        };
        parse().ok_or_else(|| StoreError::invalid("cursor", "must be a next_cursor of this list"))
    }
}

impl Questions<'_> {
    /// A page of `limit` questions after a place, and where the next page starts, if there is one: the actor's own first,
    /// among them the pinned ones; then what others share, by name.
    pub async fn list(
        &mut self,
        after: Option<&QuestionCursor>,
        limit: u32,
    ) -> Result<(Vec<SavedQuestion>, Option<QuestionCursor>), StoreError> {
        let grant = *self.0.grant();
        let me = grant.actor().id();
        let mut saved: Vec<SavedQuestion> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM saved_questions WHERE $2::boolean IS NULL \
               OR (owner_id <> $1, NOT (is_pinned AND owner_id = $1), name, id) > ($2, $3, $4, $5) \
             ORDER BY owner_id <> $1, NOT (is_pinned AND owner_id = $1), name, id LIMIT $6"
        ))
        .bind(me)
        .bind(after.map(|after| after.is_others))
        .bind(after.map(|after| after.is_loose))
        .bind(after.map(|after| after.name.as_str()))
        .bind(after.map(|after| after.id))
        // One more tells whether there is a next page.
        .bind(i64::from(limit) + 1)
        .fetch_all(self.0.conn())
        .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = saved.len() > limit;
        saved.truncate(limit);
        let next = saved.last().filter(|_| more).map(|last| QuestionCursor {
            is_others: last.owner_id != me,
            is_loose: last.owner_id != me || !last.is_pinned,
            name: last.name.clone(),
            id: last.id,
        });
        Ok((saved, next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_reads_back_as_what_was_written(
            is_others in any::<bool>(), is_loose in any::<bool>(), name in "[^\0]{0,40}", id in any::<u128>()
        ) {
            let is_loose = is_loose || is_others;
            let place = QuestionCursor { is_others, is_loose, name, id: Uuid::from_u128(id) };
            prop_assert_eq!(place.to_string().parse::<QuestionCursor>().unwrap(), place);
        }

        #[test]
        fn what_is_no_place_is_refused_and_breaks_nothing(text in ".{0,60}") {
            prop_assert!(text.parse::<QuestionCursor>().is_err());
        }
    }
}
