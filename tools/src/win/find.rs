//! Which deal is meant.

use std::collections::HashSet;

use crm_store::{
    StoreError, TenantStore,
    access::{Access, FieldRule},
    catalog::OPPORTUNITY,
    records::{ListQuery, Record, Select, Value},
};
use uuid::Uuid;

use super::card::Deal;

/// The most deals to choose from.
const MOST: i64 = 6;
/// Names in a question that are looked for.
const MOST_NAMES: usize = 6;

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This deal.
    One(Uuid),
    /// One of these, or of more.
    Several(Vec<Deal>),
    /// None that the actor may see.
    None,
    /// The record is something else, such as a lead.
    Other(String),
}

/// Finds a deal by what names it: `opportunity:<id>`, an id, or its name.
pub async fn find(store: &TenantStore, said: &str) -> Result<Found, StoreError> {
    let said = said.trim();
    let (object, name) = match said.split_once(':') {
        Some((object, rest)) if Uuid::try_parse(rest.trim()).is_ok() => (object.trim(), rest.trim()),
        _ => (OPPORTUNITY.name, said),
    };
    if object != OPPORTUNITY.name && object != OPPORTUNITY.plural {
        return Ok(Found::Other(object.to_owned()));
    }
    if let Ok(id) = Uuid::try_parse(name) {
        let mut tx = store.begin().await?;
        let select = Select {
            fields: Some(Vec::new()),
            ..Select::default()
        };
        let deal = tx.records(&OPPORTUNITY).get(id, &select).await?;
        tx.commit().await?;
        return Ok(deal.map_or(Found::None, |deal| Found::One(deal.id)));
    }
    named(store, name).await
}

/// Finds the deal that a question is about, by the names that stand in it.
pub async fn find_in(store: &TenantStore, question: &str) -> Result<Found, StoreError> {
    for name in names(question) {
        match named(store, &name).await? {
            Found::None => {}
            found => return Ok(found),
        }
    }
    Ok(Found::None)
}

async fn named(store: &TenantStore, name: &str) -> Result<Found, StoreError> {
    if !name.chars().any(char::is_alphanumeric) || name.len() > 300 {
        return Ok(Found::None);
    }
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    // Who may not see names is not told by them which deals there are.
    let rule = access.field_rule(&OPPORTUNITY, "name");
    if !access.asks(&OPPORTUNITY) || matches!(rule, Some(FieldRule::Hidden | FieldRule::Masked)) {
        return Ok(Found::None);
    }
    let list = ListQuery {
        q: Some(name.to_owned()),
        limit: Some(MOST),
        ..ListQuery::default()
    };
    let found = tx.records(&OPPORTUNITY).list(&list).await?.records;
    tx.commit().await?;
    let is_open = |record: &&Record| *record.get("is_closed") == Value::Boolean(false);
    let same = |record: &&Record| record.title().to_lowercase() == name.to_lowercase();
    let named: Vec<&Record> = found.iter().filter(same).collect();
    let among: Vec<&Record> = if named.is_empty() {
        found.iter().collect()
    } else {
        named
    };
    let open: Vec<&Record> = among.iter().copied().filter(|record| is_open(record)).collect();
    Ok(match (among.as_slice(), open.as_slice()) {
        ([], _) => Found::None,
        ([one], _) | (_, [one]) => Found::One(one.id),
        (several, _) => Found::Several(several.iter().map(|record| deal(record, &access)).collect()),
    })
}

/// A deal as its reader may see it.
pub(super) fn deal(record: &Record, access: &Access) -> Deal {
    let shown = record.to_json(access);
    let text = |field: &str| {
        shown
            .get(field)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    Deal {
        id: record.id,
        name: text("name"),
        stage: text("stage"),
    }
}

/// What may be names in a question: what stands in quotes, then runs of words that begin with a capital letter or a
/// digit, the longest first.
fn names(question: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('‘', '’')] {
        let mut rest = question;
        while let Some((_, behind)) = rest.split_once(open) {
            let Some((name, after)) = behind.split_once(close) else {
                break;
            };
            names.push(name.trim().to_owned());
            rest = after;
        }
    }
    let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
    for (at, word) in question.split_whitespace().enumerate() {
        let bare = word.trim_matches(|char: char| !char.is_alphanumeric());
        let is_name = bare
            .chars()
            .next()
            .is_some_and(|first| first.is_uppercase() || first.is_numeric());
        let ends = word.ends_with(['?', '!', ',', '.', ':', ';']);
        // The first word of a question is capital whatever it is; alone it names nothing.
        if is_name
            && (at > 0 || question.split_whitespace().count() <= 3)
            && let Some(run) = runs.last_mut()
        {
            run.push(bare);
        }
        if !is_name || ends {
            runs.push(Vec::new());
        }
    }
    runs.retain(|run| !run.is_empty());
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    names.extend(runs.into_iter().map(|run| run.join(" ")));
    let mut known = HashSet::new();
    names.retain(|name| name.chars().count() > 1 && known.insert(name.clone()));
    names.truncate(MOST_NAMES);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_name_is_found_in_a_question() {
        assert_eq!(
            names("How likely is Harbour Lights 2027, and why?"),
            ["Harbour Lights 2027"]
        );
        assert_eq!(names("why did \"the small one\" drop?"), ["the small one"]);
        assert_eq!(names("Warum ist „Hafen Nord“ so niedrig?"), ["Hafen Nord"]);
        assert_eq!(names("How likely is it?"), Vec::<String>::new());
        assert_eq!(names("Harbour"), ["Harbour"]);
    }
}
