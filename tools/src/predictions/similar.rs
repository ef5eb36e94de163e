//! Ended deals that were like this one at its stage, and how they ended.
//!
//! Alike by what is known of them (the features of the model, weighed as it weighs them) and by what is written in them
//! (the index). Only deals that the reader may read are shown or counted.

use chrono::{DateTime, Utc};
use crm_rag::{RecordKind, Retriever};
use crm_store::{StoreError, TenantStore, records::Record};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    alike::{Alike, Compared, alike},
    playbook::Near,
    terms::percent,
};

/// Deals that were alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
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

const DEALS: Compared = Compared {
    kind: RecordKind::Opportunity,
    has_ended,
    over: None,
    ended_well: "is_won",
};

/// The deals that were alike, as the reader of `store` may see them. `near` are all that are compared, nearest first. The
/// second part is a note when the index could not be asked.
pub async fn similar(
    store: &TenantStore,
    retriever: Option<&dyn Retriever>,
    deal: Uuid,
    near: &[Near],
) -> Result<(SimilarDeals, Option<String>), StoreError> {
    let found = alike(store, retriever, DEALS, deal, near).await?;
    let sentence = match found.tally.rate() {
        None if found.records.is_empty() => {
            "Among the past deals that are compared there is none at this stage that you may see.".to_owned()
        }
        None => "How the deals that were most like this one ended, your role does not show.".to_owned(),
        Some(rate) => format!(
            "Of the {} ended deals that were most like this one, {} were won ({}).",
            found.tally.of,
            found.tally.won,
            percent(rate)
        ),
    };
    let similar = SimilarDeals {
        deals: found.records.iter().map(told).collect(),
        won: found.tally.won,
        n: found.tally.of,
        sentence,
    };
    Ok((similar, found.note))
}

fn has_ended(record: &Record) -> bool {
    matches!(record.get("is_closed"), crm_store::records::Value::Boolean(true))
}

fn told(deal: &Alike) -> SimilarDeal {
    SimilarDeal {
        id: deal.id,
        name: deal.text("name"),
        amount: deal
            .shown
            .get("amount")
            .filter(|amount| !amount.is_null())
            .cloned(),
        won: deal.well,
        closed_at: deal.text("closed_at").and_then(|at| at.parse().ok()),
        closed_reason: deal.text("closed_reason"),
        alike: deal.alike,
        by: deal.by.clone(),
    }
}
