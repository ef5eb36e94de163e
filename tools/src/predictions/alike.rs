//! Records that ended and were like an open one, by what is known of them and by what is written in them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_rag::{Like, RecordKind, RecordQuery, Retriever};
use crm_store::{
    StoreError, TenantStore, TenantTx,
    records::{Record, Select, Value},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::playbook::{Near, Tally};

/// The most records that are shown.
const SHOWN: usize = 8;
/// The most records whose ends are counted.
const COUNTED: usize = 20;
/// How many of the nearest by what is known of them are compared with those whose words are alike.
const NEAREST: usize = 60;
/// How many records whose words are alike are asked for: some are not for this reader.
const WORDED: usize = 30;
/// The most records that are read at once, when many of the nearest are not for this reader.
const AT_ONCE: usize = 480;
/// How fast the weight of a place falls when two orders are made one (Cormack et al., 2009, with a shorter list).
const FUSED: f64 = 20.0;

/// What the reader is told when the index does not answer.
const NO_INDEX: &str = "The texts could not be compared: the index does not answer.";

/// What kind of records are compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// Their kind in the index.
    pub kind: RecordKind,
    /// Whether one has ended.
    pub has_ended: fn(&Record) -> bool,
    /// What came until then has ended too, whatever it says.
    pub over: Option<DateTime<Utc>>,
    /// The field that says whether it ended well.
    pub ended_well: &'static str,
}

impl Compared {
    fn counts(&self, record: &Record) -> bool {
        let is_over = |over: DateTime<Utc>| matches!(record.get("created_at"), Value::Time(created) if *created <= over);
        (self.has_ended)(record) || self.over.is_some_and(is_over)
    }
}

/// A record that was alike, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// Which one.
    pub id: Uuid,
    /// Its fields.
    pub shown: Map<String, Json>,
    /// Whether it ended well, if the reader's role shows it.
    pub well: Option<bool>,
    /// How alike it was by what is known of it, 0 to 1; none when only its words are alike.
    pub alike: Option<f64>,
    /// `features`, `words`, or both.
    pub by: Vec<String>,
}

impl Alike {
    /// The text of a field that is shown.
    pub fn text(&self, field: &str) -> Option<String> {
        self.shown.get(field).and_then(Json::as_str).map(str::to_owned)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The most alike first.
    pub records: Vec<Alike>,
    /// How the nearest ended.
    pub tally: Tally,
    /// Why the index could not be asked.
    pub note: Option<String>,
}

/// The records that were alike, as the reader of `store` may see them. `near` are all that are compared by what is known of
/// them, nearest first: who may see few of them is shown the nearest of those.
pub async fn alike(
    store: &TenantStore,
    retriever: Option<&dyn Retriever>,
    compared: Compared,
    id: Uuid,
    near: &[Near],
) -> Result<Found, StoreError> {
    let (words, note) = match retriever {
        None => (Vec::new(), None),
        Some(retriever) => by_words(retriever, compared.kind, id).await?,
    };
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let (near, mut records) = nearest_seen(&mut tx, compared, id, near).await?;
    let more: Vec<Uuid> = words
        .iter()
        .copied()
        .filter(|word| !records.contains_key(word))
        .collect();
    records.extend(read(&mut tx, compared, id, &more).await?);
    tx.commit().await?;
    let order = fused(&near, &words);
    let mut seen: HashMap<Uuid, Map<String, Json>> = records
        .into_iter()
        .map(|(id, record)| (id, record.to_json(&access)))
        .collect();
    let distances: HashMap<Uuid, f64> = near.iter().map(|near| (near.deal, near.distance)).collect();
    let mut tally = Tally::default();
    let mut found = Vec::new();
    for (id, _) in order {
        let Some(shown) = seen.remove(&id) else { continue };
        let well = shown.get(compared.ended_well).and_then(Json::as_bool);
        if let Some(well) = well.filter(|_| tally.of < COUNTED) {
            tally.count(well);
        }
        if found.len() < SHOWN {
            let distance = distances.get(&id);
            let by = [("features", distance.is_some()), ("words", words.contains(&id))];
            found.push(Alike {
                id,
                shown,
                well,
                alike: distance.map(|distance| 1.0 - distance),
                by: by
                    .iter()
                    .filter(|(_, is)| *is)
                    .map(|(by, _)| (*by).to_owned())
                    .collect(),
            });
        }
    }
    Ok(Found {
        records: found,
        tally,
        note,
    })
}

/// The nearest that the reader may see, in order, and what they see. Ever more are read until there are as many as are
/// counted, or none is left.
async fn nearest_seen(
    tx: &mut TenantTx,
    compared: Compared,
    id: Uuid,
    near: &[Near],
) -> Result<(Vec<Near>, HashMap<Uuid, Record>), StoreError> {
    let (mut nearest, mut records) = (Vec::new(), HashMap::new());
    let (mut left, mut batch) = (near, NEAREST);
    while nearest.len() < COUNTED && !left.is_empty() {
        let (these, others) = left.split_at(batch.min(left.len()));
        let ids: Vec<Uuid> = these.iter().map(|near| near.deal).collect();
        let seen = read(tx, compared, id, &ids).await?;
        nearest.extend(these.iter().filter(|near| seen.contains_key(&near.deal)));
        records.extend(seen);
        (left, batch) = (others, (2 * batch).min(AT_ONCE));
    }
    nearest.truncate(NEAREST);
    Ok((nearest, records))
}

/// Those of these records that the reader may see and that ended, by their ids; never the one that is compared itself.
async fn read(
    tx: &mut TenantTx,
    compared: Compared,
    id: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Record>, StoreError> {
    let mut records = tx.records(compared.kind.object());
    let found = records.get_many(ids, &Select::default()).await?;
    Ok(found
        .into_iter()
        .filter(|record| record.id != id && compared.counts(record))
        .map(|record| (record.id, record))
        .collect())
}

/// The records whose texts are alike, in order. An index that does not answer is no reason to show nothing.
async fn by_words(
    retriever: &dyn Retriever,
    kind: RecordKind,
    id: Uuid,
) -> Result<(Vec<Uuid>, Option<String>), StoreError> {
    let query = RecordQuery {
        kind,
        like: Like::Record(id),
        limit: WORDED,
        settled: false,
        language: None,
    };
    match retriever.similar(&query).await {
        Ok(hits) => Ok((hits.into_iter().map(|hit| hit.id).collect(), None)),
        Err(crm_rag::RagError::Store(error)) => Err(error),
        Err(_) => Ok((Vec::new(), Some(NO_INDEX.to_owned()))),
    }
}

/// One order of two: each place counts less than the one before it.
fn fused(near: &[Near], words: &[Uuid]) -> Vec<(Uuid, f64)> {
    let mut weights: HashMap<Uuid, f64> = HashMap::new();
    let mut place = |id: Uuid, at: usize| {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        *weights.entry(id).or_default() += 1.0 / (FUSED + f64::from(at));
    };
    for (at, near) in near.iter().enumerate() {
        place(near.deal, at);
    }
    for (at, id) in words.iter().enumerate() {
        place(*id, at);
    }
    let mut order: Vec<(Uuid, f64)> = weights.into_iter().collect();
    order.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_ways_find_comes_before_what_one_finds() {
        let near = |id: u128, distance| Near {
            deal: Uuid::from_u128(id),
            won: true,
            distance,
        };
        let order = fused(
            &[near(1, 0.1), near(2, 0.2)],
            &[Uuid::from_u128(3), Uuid::from_u128(2)],
        );
        let ids: Vec<u128> = order.iter().map(|(id, _)| id.as_u128()).collect();
        assert_eq!(ids, [2, 1, 3]);
    }
}
