//! Finding records of all objects by words: what a search field at the top of a screen asks.

use std::cmp::Reverse;

use super::{ListQuery, Record};
use crate::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{OBJECTS, Object},
    query,
};

/// The most records of an object that are looked at, latest first.
const LOOKED_AT: i64 = 50;

/// The records of one object that have the words.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundGroup {
    /// The object.
    pub object: &'static Object,
    /// Its best records, best first.
    pub hits: Vec<Found>,
    /// Whether there are more than were asked for.
    pub has_more: bool,
}

/// A record that has the words.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The record.
    pub record: Record,
    /// What names it for people; none when it has no name or the actor's role does not show it.
    pub title: Option<String>,
    /// How well it fits: 3 when its title is what was said, 2 when the title has all the words, 1 when it has one, 0 when
    /// they are elsewhere in the record.
    pub rank: u8,
}

/// The objects whose records can be found by words.
pub fn searched() -> impl Iterator<Item = &'static Object> {
    OBJECTS
        .iter()
        .copied()
        .filter(|object| object.rules().is_some() && query::is_searched(object))
}

impl TenantTx {
    /// The records of these objects that have the words and that the actor may see: up to `limit` of each object, the
    /// object with the best record first. Objects that the actor may not read are passed over.
    ///
    /// At most 50 records of an object, the latest ones, are looked at, so the effort does not grow with the tenant.
    pub async fn find(
        &mut self,
        words: &str,
        objects: &[&'static Object],
        limit: usize,
    ) -> Result<Vec<FoundGroup>, StoreError> {
        let access = self.access().await?;
        let mut groups = Vec::new();
        for object in objects.iter().copied() {
            if !access.can(object, Verb::Read) {
                continue;
            }
            let list = ListQuery {
                q: Some(words.to_owned()),
                limit: Some(LOOKED_AT),
                ..ListQuery::default()
            };
            let page = self.records(object).list(&list).await?;
            let has_more = page.records.len() > limit || page.next_cursor.is_some();
            let mut hits: Vec<Found> = page
                .records
                .into_iter()
                .map(|record| hit(words, record, &access))
                .collect();
            // Stable: among equals the latest stays first.
            hits.sort_by_key(|hit| Reverse(hit.rank));
            hits.truncate(limit);
            if !hits.is_empty() {
                groups.push(FoundGroup {
                    object,
                    hits,
                    has_more,
                });
            }
        }
        groups.sort_by_key(|group| Reverse(group.hits.first().map(|hit| hit.rank)));
        Ok(groups)
    }
}

/// A title that the actor's role does not show has no say: ranking by it would tell what it is.
fn hit(words: &str, record: Record, access: &Access) -> Found {
    let is_shown = record.object.rules().is_some_and(|rules| {
        !matches!(
            access.field_rule(record.object, rules.title),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    });
    let title = Some(record.title())
        .filter(|title| is_shown && !title.is_empty())
        .map(str::to_owned);
    Found {
        rank: title.as_deref().map_or(0, |title| rank(words, title)),
        title,
        record,
    }
}

fn rank(words: &str, title: &str) -> u8 {
    let (words, title) = (words.trim().to_lowercase(), title.trim().to_lowercase());
    if title.is_empty() || words.is_empty() {
        return 0;
    }
    if words == title {
        return 3;
    }
    let in_title: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).collect();
    let is_there = |word: &str| in_title.iter().any(|known| known.starts_with(word));
    let mut said = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .peekable();
    if said.peek().is_none() {
        return 0;
    }
    let found: Vec<bool> = said.map(is_there).collect();
    if found.iter().all(|found| *found) {
        2
    } else {
        u8::from(found.contains(&true))
    }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn a_title_that_is_what_was_said_ranks_first() {
        assert_eq!(rank("acme works", "Acme Works"), 3);
        assert_eq!(rank("works acm", "Acme Works"), 2);
        assert_eq!(rank("acme labs", "Acme Works"), 1);
        assert_eq!(rank("labs", "Acme Works"), 0);
        assert_eq!((rank("", "Acme"), rank("?!", "Acme"), rank("x", "")), (0, 0, 0));
    }
}
