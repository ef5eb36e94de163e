//! What was said of deals before, and what moved.

use chrono::{DateTime, Utc};
use crm_store::{
    Cursor, Page, TenantStore, catalog::OPPORTUNITY, models::ModelKind, records::Select, scores::Score,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Advisor, advisor::sight};
use crate::{
    ToolError,
    predictions::{movers::Moved, spoken::moves},
};

/// Deals that moved by less are left out.
const LEAST: f64 = 0.05;
/// The fields of a deal that are shown with what moved it.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "stage",
    "amount",
    "owner_id",
    "close_date",
    "masked_fields",
];

/// A score, and what moved since the one before.
#[derive(Debug, Clone)]
pub struct PastScore {
    /// The score.
    pub score: Score,
    /// What moved; none of the first.
    pub moved: Option<Moved>,
}

/// An open deal whose probability moved.
#[derive(Debug, Clone)]
pub struct MovedDeal {
    /// The deal.
    pub id: Uuid,
    /// What of it is shown, as the reader may see it.
    pub record: Map<String, Value>,
    /// How far it moved, and why.
    pub moved: Moved,
}

impl Advisor {
    /// What was said of a deal, latest first; `None` when there is no such deal that the actor of `store` may see.
    pub async fn history(
        &self,
        store: &TenantStore,
        id: Uuid,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Option<Page<PastScore>>, ToolError> {
        let mut tx = store.begin().await?;
        if !tx.access().await?.asks(&OPPORTUNITY) {
            return Ok(None);
        }
        let only_id = Select {
            fields: Some(Vec::new()),
            ..Select::default()
        };
        if tx.records(&OPPORTUNITY).get(id, &only_id).await?.is_none() {
            return Ok(None);
        }
        let mut scores = tx.scores(ModelKind::Win);
        let page = scores.history(id, after, limit).await?;
        // The last of the page is compared with the first of the next one.
        let beyond = match page.next {
            Some(next) => scores.history(id, Some(next), 1).await?.items.pop(),
            None => None,
        };
        tx.commit().await?;
        let terms = page
            .items
            .iter()
            .chain(&beyond)
            .flat_map(|score| &score.terms)
            .collect();
        let sight = sight(store, terms).await?;
        let before: Vec<Option<&Score>> = page
            .items
            .iter()
            .skip(1)
            .map(Some)
            .chain([beyond.as_ref()])
            .collect();
        let moved: Vec<Option<Moved>> = page
            .items
            .iter()
            .zip(before)
            .map(|(now, before)| before.map(|before| moves(before.into(), now.into(), &sight)))
            .collect();
        let items = page.items.into_iter().zip(moved);
        Ok(Some(Page {
            items: items.map(|(score, moved)| PastScore { score, moved }).collect(),
            next: page.next,
        }))
    }

    /// The open deals that the actor of `store` sees whose probability moved most since a moment, the furthest first. What
    /// one and the same model said is compared.
    pub async fn movers(
        &self,
        store: &TenantStore,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<MovedDeal>, ToolError> {
        let mut tx = store.begin().await?;
        let access = tx.access().await?;
        if !access.asks(&OPPORTUNITY) {
            return Ok(Vec::new());
        }
        let found = tx.win_movers(since, LEAST, limit).await?;
        let ids: Vec<Uuid> = found.iter().map(|mover| mover.opportunity).collect();
        let records = tx
            .records(&OPPORTUNITY)
            .get_many(&ids, &Select::default())
            .await?;
        tx.commit().await?;
        let terms = found
            .iter()
            .flat_map(|mover| mover.before.terms.iter().chain(&mover.now.terms))
            .collect();
        let sight = sight(store, terms).await?;
        Ok(found
            .iter()
            .filter_map(|mover| {
                let record = records.iter().find(|record| record.id == mover.opportunity)?;
                let mut shown = record.to_json(&access);
                shown.retain(|field, _| SHOWN.contains(&field.as_str()));
                Some(MovedDeal {
                    id: mover.opportunity,
                    record: shown,
                    moved: moves((&mover.before).into(), (&mover.now).into(), &sight),
                })
            })
            .collect())
    }
}
