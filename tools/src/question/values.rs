//! Values of the tenant in a question: people, stages, sources, accounts, as the asker may see them.
//!
//! Nothing is matched that the asker could not list: the values come from a query under their rights, so that a colleague's
//! hidden record is neither found nor confirmed.

use crm_store::{TenantTx, analytics::Path, catalog::PIPELINE_STAGE};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    chart::Named,
    countries,
    tokens::{Stems, Token, key},
};
use crate::{
    ToolError,
    names::{self, alike},
    semantic::{DimensionDef, Entity, ValueSource, told_apart},
};

/// How many values of a dimension are looked at whole; what is beyond them is searched for by the words left over.
const MOST: u32 = 300;
/// How many people are looked at for some words, where not all are looked at.
const MOST_PEOPLE: u32 = 200;
/// How many records are looked at for some words, and how many other values.
const MOST_RECORDS: u32 = 20;
/// The longest name of a value, in words.
const LONGEST: usize = 7;
/// How far a value may be from the best one and still be meant.
const MARGIN: f32 = 0.12;

/// A value that some words may name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    /// The place of its dimension in the entity.
    pub(super) dimension: usize,
    /// What filters compare with: its name if that is plain, else its id.
    pub(super) value: Json,
    /// What it is called.
    pub(super) label: String,
    /// How sure it is, 0 to 1.
    pub(super) confidence: f32,
}

/// A value of a dimension.
#[derive(Debug)]
struct Known {
    dimension: usize,
    person: bool,
    record: bool,
    value: Json,
    label: String,
    key: String,
    stem: String,
}

/// The values of an entity's dimensions.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Known>);

impl Values {
    /// Loads what can be meant: small dimensions whole; records, and what a large dimension has beyond, by `searches`, which
    /// are the words that nothing else explains.
    pub(super) async fn load(
        tx: &mut TenantTx,
        entity: &Entity,
        searches: &[String],
        stems: &Stems,
    ) -> Result<Self, ToolError> {
        let mut values = Self::default();
        let mut people_seen = false;
        for (at, dimension) in entity.dimensions.iter().enumerate() {
            match dimension.values {
                ValueSource::Members => {
                    // A name means the owner, not the owner of the account.
                    if !people_seen {
                        people_seen = true;
                        let found = visible(tx.values_of(&dimension.path, None, MOST).await)?;
                        let are_more = is_full(&found);
                        values.add(at, dimension, found, stems);
                        for said in searches.iter().filter(|_| are_more) {
                            let found = called(tx, dimension, said, MOST_PEOPLE).await?;
                            values.add(at, dimension, found, stems);
                        }
                    }
                }
                // All stages, also those in which nothing is.
                ValueSource::Stages => {
                    let stages = Path::parse(&PIPELINE_STAGE, "name")?;
                    let found = tx.values_of(&stages, None, MOST).await;
                    values.add(at, dimension, visible(found)?, stems);
                }
                ValueSource::Distinct => {
                    let found = visible(tx.values_of(&dimension.path, None, MOST).await)?;
                    let are_more = is_full(&found);
                    values.add(at, dimension, found, stems);
                    for said in searches.iter().filter(|_| are_more) {
                        let found = tx.values_of(&dimension.path, Some(said), MOST_RECORDS).await;
                        values.add(at, dimension, visible(found)?, stems);
                    }
                }
                ValueSource::Records => {
                    for said in searches {
                        let found = called(tx, dimension, said, MOST_RECORDS).await?;
                        values.add(at, dimension, found, stems);
                    }
                }
                ValueSource::Enum | ValueSource::None => {}
            }
        }
        values.tell_apart(tx, entity).await?;
        Ok(values)
    }

    /// Gives people and records of the same name labels that tell them apart.
    async fn tell_apart(&mut self, tx: &mut TenantTx, entity: &Entity) -> Result<(), ToolError> {
        for (at, dimension) in entity.dimensions.iter().enumerate() {
            let is_double = |known: &&Known| {
                let same = |other: &Known| {
                    other.dimension == at && other.key == known.key && other.value != known.value
                };
                known.dimension == at && (known.person || known.record) && self.0.iter().any(same)
            };
            let ids = self.0.iter().filter(is_double).filter_map(Known::id);
            let ids: Vec<Uuid> = ids.collect();
            if ids.is_empty() {
                continue;
            }
            let labels = told_apart(&tx.called_by_id(&dimension.path, &ids).await?);
            for known in self.0.iter_mut().filter(|known| known.dimension == at) {
                let label = labels.iter().find(|(id, _)| known.id() == Some(*id));
                if let Some((_, label)) = label {
                    known.label.clone_from(label);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, at: usize, dimension: &DimensionDef, found: Vec<(Json, String)>, stems: &Stems) {
        for (value, label) in found {
            let key = key(&label);
            let known = |known: &Known| known.dimension == at && known.value == value;
            if key.is_empty() || self.0.iter().any(known) {
                continue;
            }
            let country = dimension.path.field.name.ends_with("country");
            let names = if country { countries::names(&label) } else { &[] };
            // People say Germany where records say DE.
            for key in std::iter::once(key).chain(names.iter().map(|name| (*name).to_owned())) {
                self.0.push(Known {
                    dimension: at,
                    person: dimension.values == ValueSource::Members,
                    record: dimension.values == ValueSource::Records,
                    value: value.clone(),
                    stem: stems.phrase(&key),
                    key,
                    label: label.clone(),
                });
            }
        }
    }

    /// Everything in the question that names a value: each run of words up to the longest name.
    pub(super) fn find(&self, tokens: &[Token], unknown: &[bool], stems: &Stems) -> Vec<Named> {
        let mut found = Vec::new();
        for start in 0..tokens.len() {
            let mut window = String::new();
            for (taken, token) in tokens.iter().skip(start).take(LONGEST).enumerate() {
                if taken > 0 {
                    window.push(' ');
                }
                window.push_str(&token.norm);
                // Parts of names begin and end with words that mean nothing else.
                let is_new = |at: usize| unknown.get(at).copied().unwrap_or_default();
                let new = is_new(start) && is_new(start + taken);
                // A country's code is no small word: DE, but not "de".
                let code = window.len() > 3 || token.raw.chars().all(char::is_uppercase);
                let hits = if code || new {
                    self.hits(&window, taken + 1, new, stems)
                } else {
                    Vec::new()
                };
                if !hits.is_empty() {
                    found.push(Named {
                        start,
                        len: taken + 1,
                        whole: hits.iter().any(|hit| hit.confidence >= 0.95),
                        hits,
                        meanings: Vec::new(),
                    });
                }
            }
        }
        found
    }

    /// The values that a run of words may name, best first; only those that are about as likely as the best.
    fn hits(&self, window: &str, words: usize, new: bool, stems: &Stems) -> Vec<Hit> {
        let stem = stems.phrase(window);
        let mut hits: Vec<(&Known, Hit)> = Vec::new();
        for known in &self.0 {
            let confidence = known.confidence(window, &stem, words, new, stems);
            if confidence > 0.0 {
                let hit = Hit {
                    dimension: known.dimension,
                    value: self.said(known),
                    label: known.label.clone(),
                    confidence,
                };
                hits.push((known, hit));
            }
        }
        hits.sort_by(|(_, a), (_, b)| b.confidence.total_cmp(&a.confidence));
        let first = hits
            .first()
            .map(|(known, hit)| (known.person, known.dimension, hit.confidence));
        let Some((person, dimension, best)) = first else {
            return Vec::new();
        };
        hits.retain(|(known, hit)| {
            let same = known.dimension == dimension;
            let margin = if person && same {
                names::margin(best)
            } else {
                MARGIN
            };
            // A colleague's name means the colleague, whichever contacts are called so as well.
            hit.confidence >= best - margin && !(person && known.record)
        });
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    /// The values that are no people and no records and whose names have a phrase in them, word for word.
    pub(super) fn called(&self, phrase: &str, stems: &Stems) -> Vec<Hit> {
        let words = phrase.split(' ').count();
        let hits = self.hits(phrase, words, true, stems).into_iter();
        hits.filter(|hit| hit.confidence >= 0.7 && self.plain().any(|plain| plain.value == hit.value))
            .collect()
    }

    /// The values that are no people and no records.
    pub(super) fn plain(&self) -> impl Iterator<Item = Hit> {
        self.0
            .iter()
            .filter(|known| !known.person && !known.record)
            .map(|known| Hit {
                dimension: known.dimension,
                value: known.value.clone(),
                label: known.label.clone(),
                confidence: 1.0,
            })
    }

    /// The name of a value where no other of its dimension has the same, else its id.
    fn said(&self, known: &Known) -> Json {
        let same = |other: &&Known| other.dimension == known.dimension && other.key == known.key;
        if self.0.iter().filter(same).count() > 1 {
            known.value.clone()
        } else if known.person || known.record {
            Json::from(known.label.clone())
        } else {
            known.value.clone()
        }
    }
}

/// Whether there may be more values than were looked at.
fn is_full(found: &[(Json, String)]) -> bool {
    found.len() >= usize::try_from(MOST).unwrap_or(usize::MAX)
}

/// The people or records that may be called so.
async fn called(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    said: &str,
    most: u32,
) -> Result<Vec<(Json, String)>, ToolError> {
    let key = key(said);
    let words: Vec<&str> = key.split(' ').filter(|word| !word.is_empty()).collect();
    let found = tx.called(&dimension.path, said, &words, most).await;
    visible(found.map(|found| {
        found
            .into_iter()
            .map(|called| (Json::from(called.id.to_string()), called.name))
            .collect()
    }))
}

/// A dimension whose values the asker may not see has none for them.
fn visible(
    found: Result<Vec<(Json, String)>, crm_store::StoreError>,
) -> Result<Vec<(Json, String)>, ToolError> {
    match found {
        Err(crm_store::StoreError::Refused { .. } | crm_store::StoreError::Forbidden) => Ok(Vec::new()),
        found => Ok(found?),
    }
}

impl Known {
    /// The id of a person or record.
    fn id(&self) -> Option<Uuid> {
        self.value.as_str()?.parse().ok()
    }

    /// How likely a run of words names this value. Parts of names and misspellings count only for words that mean nothing
    /// else.
    fn confidence(&self, window: &str, stem: &str, words: usize, new: bool, stems: &Stems) -> f32 {
        if self.key == window {
            return 1.0;
        }
        if self.stem == stem && window.chars().count() > 2 && stems.same(&self.key, window) {
            return 0.95;
        }
        if !new || window.chars().count() < 3 {
            return 0.0;
        }
        if self.person {
            return names::likeness(&self.key, window);
        }
        // Whole words of a longer name.
        if format!(" {} ", self.key).contains(&format!(" {window} ")) {
            // A word of a long name may be any word: of records the first ones count, or half of them.
            let whole = self.key.split(' ').count();
            let part = self.key.starts_with(&format!("{window} ")) || words * 2 >= whole;
            return if part || !self.record { 0.7 } else { 0.0 };
        }
        if self.record {
            return 0.0;
        }
        if words == 1 && window.chars().count() >= 4 && self.key.starts_with(window) {
            return 0.65;
        }
        alike(&self.key, window) * 0.85
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{question::tokens::tokens, semantic::Language};

    fn values(names: &[&str], person: bool) -> Values {
        let stems = Stems::new(Language::En);
        let known = |(at, name): (usize, &&str)| Known {
            dimension: 1,
            person,
            record: false,
            value: Json::from(at),
            label: (*name).to_owned(),
            key: key(name),
            stem: stems.phrase(&key(name)),
        };
        Values(names.iter().enumerate().map(known).collect())
    }

    fn labels(values: &Values, text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let found = values.find(&tokens, &vec![true; tokens.len()], &Stems::new(Language::En));
        let best = found.into_iter().max_by_key(|named| named.len);
        best.map(|named| named.hits.into_iter().map(|hit| hit.label).collect())
            .unwrap_or_default()
    }

    #[test]
    fn jon_is_jon_or_john_but_a_whole_name_is_one() {
        let people = values(&["Jon Smith", "John Doe", "Victor Okafor"], true);
        assert_eq!(labels(&people, "Jon"), ["Jon Smith", "John Doe"]);
        assert_eq!(labels(&people, "jon smith"), ["Jon Smith"]);
        assert_eq!(labels(&people, "Viktor"), ["Victor Okafor"]);
        assert_eq!(labels(&people, "Zebulon"), Vec::<String>::new());
    }

    #[test]
    fn values_are_found_by_name_form_part_and_with_a_slip() {
        let sources = values(&["Trade show", "Referral", "Website"], false);
        assert_eq!(labels(&sources, "trade shows"), ["Trade show"]);
        assert_eq!(labels(&sources, "referrals"), ["Referral"]);
        assert_eq!(labels(&sources, "websit"), ["Website"]);
        assert_eq!(labels(&sources, "weather"), Vec::<String>::new());
    }
}
