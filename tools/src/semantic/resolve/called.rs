//! People and records by their names.

use std::collections::BTreeMap;

use crm_store::{StoreError, TenantTx, analytics::Called};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Doubt, Found, shown};
use crate::{
    names::{self, WORDS},
    question::folded,
    semantic::{
        Language,
        model::{DimensionDef, DimensionKind},
    },
};

/// How many people are looked at whose names begin alike.
const PEOPLE: u32 = 200;
/// How many records are looked at for a name.
const RECORDS: u32 = 20;
/// How many are offered to choose from.
const SHOWN: usize = 6;

/// The person or record that is called so. When it can be several, or is one that is only called nearly so, `doubts` gets
/// them, and the message names them too.
pub(super) async fn by_name(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    said: &str,
    doubts: &mut Vec<Doubt>,
) -> Result<Result<Found, String>, StoreError> {
    let label = dimension
        .labels
        .get(&Language::En)
        .map_or(dimension.name.clone(), |label| label.to_lowercase());
    let key = folded(said);
    let words: Vec<&str> = key.split(' ').filter(|word| !word.is_empty()).collect();
    let is_person = dimension.kind == DimensionKind::Person;
    let most = if is_person { PEOPLE } else { RECORDS };
    let near = tx.called(&dimension.path, said, &words, most).await?;
    let found = if is_person {
        people(near, said, &key)
    } else {
        records(&near, said, &key)
    };
    let (found, sure) = found;
    Ok(match found.as_slice() {
        [] => Err(format!("you can see no {label} called {}", shown(said))),
        [one] if sure => Ok((Json::from(one.id.to_string()), one.name.clone(), true)),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|one| format!("{} ({})", one.name, one.id))
                .collect();
            let message = format!(
                "{} can be {}; say one by name or id",
                shown(said),
                names.join(" or ")
            );
            doubts.push(Doubt {
                filter: 0,
                said: said.to_owned(),
                candidates: told_apart(several.get(..SHOWN).unwrap_or(several)),
            });
            Err(message)
        }
    })
}

/// What the people or records with these ids are called that the asker may see.
pub(super) async fn names_of(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let found = match tx.called_by_id(&dimension.path, ids).await {
        Ok(found) => found,
        Err(StoreError::Invalid { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(found.into_iter().map(|called| (called.id, called.name)).collect())
}

/// The people who are about as likely meant as the likeliest, and whether that one has all that was said in the name.
fn people(near: Vec<Called>, said: &str, key: &str) -> (Vec<Called>, bool) {
    let mut likely: Vec<(f32, Called)> = near
        .into_iter()
        .map(|called| {
            let is_it = called.name.to_lowercase() == said.to_lowercase();
            let likeness = if is_it {
                1.0
            } else {
                names::likeness(&folded(&called.name), key)
            };
            (likeness, called)
        })
        .filter(|(likeness, _)| *likeness > 0.0)
        .collect();
    likely.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let best = likely.first().map_or(0.0, |(best, _)| *best);
    likely.retain(|(likeness, _)| *likeness >= best - names::margin(best));
    (
        likely.into_iter().map(|(_, called)| called).collect(),
        best >= WORDS,
    )
}

/// The records that are called just so, or else those whose names have all words: a part of a word is another name.
fn records(near: &[Called], said: &str, key: &str) -> (Vec<Called>, bool) {
    let is_it = |called: &Called| called.name.to_lowercase() == said.to_lowercase();
    let is_so = |called: &Called| is_it(called) || !key.is_empty() && folded(&called.name) == key;
    let has_words = |called: &Called| {
        let name = folded(&called.name);
        !key.is_empty()
            && key
                .split(' ')
                .all(|word| name.split(' ').any(|part| part == word))
    };
    for is_meant in [&is_it as &dyn Fn(&Called) -> bool, &is_so, &has_words] {
        let found: Vec<Called> = near.iter().filter(|called| is_meant(called)).cloned().collect();
        if !found.is_empty() {
            return (found, true);
        }
    }
    (Vec::new(), false)
}

/// Each with a name that no other has: where two have the same, with what tells them apart.
pub(crate) fn told_apart(several: &[Called]) -> Vec<(Uuid, String)> {
    let same = |of: &dyn Fn(&Called) -> String, one: &Called| {
        several.iter().filter(|other| of(other) == of(one)).count() > 1
    };
    let name = |called: &Called| called.name.clone();
    let longer = |called: &Called| match &called.apart {
        Some(apart) => format!("{} ({apart})", called.name),
        None => called.name.clone(),
    };
    several
        .iter()
        .map(|one| {
            let said = if !same(&name, one) {
                name(one)
            } else if same(&longer, one) {
                format!("{} ({})", one.name, one.id)
            } else {
                longer(one)
            };
            (one.id, said)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(id: u128, name: &str, apart: Option<&str>) -> Called {
        Called {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            apart: apart.map(str::to_owned),
        }
    }

    fn names(found: &[Called]) -> Vec<&str> {
        found.iter().map(|called| called.name.as_str()).collect()
    }

    #[test]
    fn whole_words_are_names_and_parts_of_words_are_not() {
        let near = || vec![called(1, "Bradford & Sons", None), called(2, "Ford Motors", None)];
        let (found, sure) = records(&near(), "Ford", "ford");
        assert_eq!((names(&found), sure), (vec!["Ford Motors"], true));
        assert_eq!(records(&near(), "Brad", "brad").0, []);
        let people_near = vec![called(1, "Jon Smith", None), called(2, "John Doe", None)];
        let (found, _) = people(people_near, "Jon", "jon");
        assert_eq!(names(&found), ["Jon Smith", "John Doe"]);
        let (found, sure) = people(vec![called(1, "Victor Okafor", None)], "Viktor", "viktor");
        assert_eq!((names(&found), sure), (vec!["Victor Okafor"], false));
    }

    #[test]
    fn no_two_are_told_alike() {
        let several = [
            called(1, "Jon Smith", Some("jon@a.test")),
            called(2, "Jon Smith", Some("jon2@a.test")),
            called(3, "Acme", Some("2026-01-01")),
            called(4, "Acme", Some("2026-01-01")),
            called(5, "John Doe", None),
        ];
        let told: Vec<String> = told_apart(&several).into_iter().map(|(_, said)| said).collect();
        assert_eq!(told[..2], ["Jon Smith (jon@a.test)", "Jon Smith (jon2@a.test)"]);
        assert!(told[2] != told[3] && told[2].starts_with("Acme ("));
        assert_eq!(told[4], "John Doe");
    }
}
