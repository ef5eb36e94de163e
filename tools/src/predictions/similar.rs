//! Ended deals that were like this one at its stage, and how they ended.
//!
//! Alike by what is known of them (the features of the model, weighed as it weighs them) and by what is written in them
//! (the index). Only deals that the reader may read are shown or counted.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_rag::{Like, RecordKind, RecordQuery, Retriever};
use crm_store::{
    StoreError, TenantStore,
    catalog::OPPORTUNITY,
    records::{Record, Select},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    playbook::{Near, Tally},
    terms::percent,
};

/// The most deals that are shown.
const SHOWN: usize = 8;
/// The most deals whose ends are counted.
const COUNTED: usize = 20;
/// How many deals are asked for each way: some are not for this reader.
pub const ASKED: usize = 60;
/// How fast the weight of a place falls when two orders are made one (Cormack et al., 2009, with a shorter list).
const FUSED: f64 = 20.0;

/// What the reader is told when the index does not answer.
const NO_INDEX: &str = "The texts of deals could not be compared: the index does not answer.";

/// Deals that were alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimilarDeals {
    /// The most alike first.
    pub deals: Vec<SimilarDeal>,
    /// Of the nearest ones, how many were won.
    pub won: usize,
    /// How many nearest ones were counted.
    pub n: usize,
    /// The same in words, beside the probability of this deal.
    pub sentence: String,
}

/// A deal that was alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimilarDeal {
    /// Which one.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// Its name, if the reader's role shows it.
    pub name: Option<String>,
    /// Its amount, if the reader's role shows it.
    pub amount: Option<Json>,
    /// Whether it was won, if the reader's role shows it.
    pub won: Option<bool>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why, as it was written down.
    pub closed_reason: Option<String>,
    /// How alike it was by what is known of it, 0 to 1; null when only its words are alike.
    pub alike: Option<f64>,
    /// `features`, `words`, or both.
    pub by: Vec<String>,
}

/// The deals that were alike, as the reader of `store` may see them. The second part is a note when the index could not
/// be asked.
pub async fn similar(
    store: &TenantStore,
    retriever: Option<&dyn Retriever>,
    deal: Uuid,
    near: &[Near],
) -> Result<(SimilarDeals, Option<String>), StoreError> {
    let (words, note) = match retriever {
        None => (Vec::new(), None),
        Some(retriever) => by_words(retriever, deal).await?,
    };
    let order = fused(near, &words);
    let ids: Vec<Uuid> = order.iter().map(|(id, _)| *id).collect();
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let records = tx
        .records(&OPPORTUNITY)
        .get_many(&ids, &Select::default())
        .await?;
    tx.commit().await?;
    let mut seen: HashMap<Uuid, Map<String, Json>> = records
        .iter()
        .filter(|record| record.id != deal && is_ended(record))
        .map(|record| (record.id, record.to_json(&access)))
        .collect();
    let distances: HashMap<Uuid, f64> = near.iter().map(|near| (near.deal, near.distance)).collect();
    let mut tally = Tally::default();
    let mut deals = Vec::new();
    for (id, _) in order {
        let Some(shown) = seen.remove(&id) else { continue };
        let won = shown.get("is_won").and_then(Json::as_bool);
        if let Some(won) = won.filter(|_| tally.of < COUNTED) {
            tally.count(won);
        }
        if deals.len() < SHOWN {
            deals.push(told(
                id,
                &shown,
                won,
                distances.get(&id).copied(),
                words.contains(&id),
            ));
        }
    }
    let sentence = match tally.rate() {
        None => "No ended deal that you may see was at this stage yet.".to_owned(),
        Some(rate) => format!(
            "Of the {} ended deals that were most like this one, {} were won ({}).",
            tally.of,
            tally.won,
            percent(rate)
        ),
    };
    let similar = SimilarDeals {
        deals,
        won: tally.won,
        n: tally.of,
        sentence,
    };
    Ok((similar, note))
}

fn is_ended(record: &Record) -> bool {
    matches!(record.get("is_closed"), crm_store::records::Value::Boolean(true))
}

fn told(
    id: Uuid,
    shown: &Map<String, Json>,
    won: Option<bool>,
    distance: Option<f64>,
    words: bool,
) -> SimilarDeal {
    let text = |field: &str| shown.get(field).and_then(Json::as_str).map(str::to_owned);
    let by = [("features", distance.is_some()), ("words", words)];
    SimilarDeal {
        id,
        name: text("name"),
        amount: shown.get("amount").filter(|amount| !amount.is_null()).cloned(),
        won,
        closed_at: text("closed_at").and_then(|at| at.parse().ok()),
        closed_reason: text("closed_reason"),
        alike: distance.map(|distance| 1.0 - distance),
        by: by
            .iter()
            .filter(|(_, is)| *is)
            .map(|(by, _)| (*by).to_owned())
            .collect(),
    }
}

/// The deals whose texts are alike, in order. An index that does not answer is no reason to show nothing.
async fn by_words(retriever: &dyn Retriever, deal: Uuid) -> Result<(Vec<Uuid>, Option<String>), StoreError> {
    let query = RecordQuery {
        kind: RecordKind::Opportunity,
        like: Like::Record(deal),
        limit: ASKED / 2,
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
