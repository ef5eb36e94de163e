//! What whoever hears of an event of a score may know of what moved it.

use std::collections::HashMap;

use crm_store::{
    StoreError, TenantTx,
    feed::FeedItem,
    models::ModelKind,
    scores::{Fall, FallOf, PartEvidence},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::sight::{Sight, View};

/// The events that say what moved a score.
const SAYING: [(&str, ModelKind, FallOf); 3] = [
    ("opportunity.win_dropped", ModelKind::Win, FallOf::Told),
    ("opportunity.win_moved", ModelKind::Win, FallOf::Moved),
    ("account.health_crossed", ModelKind::Churn, FallOf::Told),
];

/// Puts into events of scores what moved them, as far as the actor of `tx` may know it now: in words, with the records
/// that changed. Other events stay as they are.
pub async fn hear(tx: &mut TenantTx, items: &mut [FeedItem]) -> Result<(), StoreError> {
    for (name, kind, of) in SAYING {
        let scores: Vec<Uuid> = items
            .iter()
            .filter(|item| item.name == name)
            .filter_map(score)
            .collect();
        if scores.is_empty() {
            continue;
        }
        let falls = tx.scores(kind).falls(of, &scores).await?;
        let told = told(tx, &falls).await?;
        for item in items.iter_mut().filter(|item| item.name == name) {
            let cause = score(item).and_then(|score| told.get(&score));
            if let (Some(cause), Some(refs)) = (cause, item.refs.as_object_mut()) {
                refs.insert("cause".to_owned(), cause.clone());
            }
        }
    }
    Ok(())
}

fn score(item: &FeedItem) -> Option<Uuid> {
    item.refs.get("score_id")?.as_str()?.parse().ok()
}

async fn told(tx: &mut TenantTx, falls: &HashMap<Uuid, Fall>) -> Result<HashMap<Uuid, Json>, StoreError> {
    let sight = Sight::of(tx, falls.values().map(|fall| &fall.part)).await?;
    Ok(falls
        .iter()
        .map(|(score, fall)| {
            // What changed is among what the part rests on, so whoever may see the part may see it.
            let seen: Vec<PartEvidence> = fall
                .records
                .iter()
                .filter(|record| fall.part.evidence.contains(record))
                .cloned()
                .collect();
            let cause = match sight.view(&fall.part) {
                View::Whole => fall.for_reader(&seen),
                View::Named(_) => fall.named(&seen),
                View::Nothing => fall.hidden(),
            };
            (*score, cause)
        })
        .collect())
}
