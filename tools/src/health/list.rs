//! Customers, the worst first.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    TenantStore,
    access::Verb,
    catalog::ACCOUNT,
    models::ModelKind,
    records::Select,
    scores::{Band, RankCursor, RankOrder, health, stays},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Health;
use crate::{
    ToolError,
    predictions::{
        reasons::{Reason, told},
        sight::Sight,
    },
    whose::Whose,
};

/// What a row's change is counted from.
const MONTH: TimeDelta = TimeDelta::days(30);
/// The fields of an account that are shown with its health.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "type",
    "industry",
    "owner_id",
    "owner",
    "masked_fields",
];

/// What a customer's health was a month ago.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HealthChange {
    /// When that was said.
    pub since: DateTime<Utc>,
    /// The number then.
    pub from: u8,
    /// In words.
    pub band: Band,
}

/// A customer in its place.
#[derive(Debug, Clone)]
pub struct RankedAccount {
    /// The account.
    pub id: Uuid,
    /// What of it is shown, as the reader may see it.
    pub record: Map<String, Value>,
    /// Its health; none before the first score.
    pub health: Option<Health>,
    /// What it was a month ago, if the same model said something else then.
    pub change: Option<HealthChange>,
    /// What speaks most for leaving, as the reader may know it.
    pub reason: Option<Reason>,
}

/// Customers, and the cursor of the next page.
pub type HealthPage = (Vec<RankedAccount>, Option<String>);

/// A page of the customers that the actor of `store` sees, the worst first; those that were not scored yet come last. A page
/// takes the same number of statements whatever is on it.
pub async fn customers(
    store: &TenantStore,
    whose: Whose,
    limit: i64,
    cursor: Option<&str>,
) -> Result<HealthPage, ToolError> {
    let after: Option<RankCursor> = cursor.map(str::parse).transpose()?;
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    if !access.can(&ACCOUNT, Verb::Read) {
        return Ok((Vec::new(), None));
    }
    let owners = whose.owners(&mut tx).await?;
    let since = tx.now() - MONTH;
    let mut scores = tx.scores(ModelKind::Churn);
    let lines = scores.lines().await?;
    let (ranked, next) = scores
        .ranked(owners.as_deref(), RankOrder::Highest, after, limit)
        .await?;
    let ids: Vec<Uuid> = ranked.iter().map(|one| one.record).collect();
    let before = scores.before(&ids, since).await?;
    let said: Vec<Uuid> = ranked
        .iter()
        .filter_map(|one| Some(one.score.as_ref()?.id))
        .chain(before.values().map(|score| score.id))
        .collect();
    let bands = scores.bands(&said).await?;
    let select = Select {
        include: vec!["owner".to_owned()],
        ..Select::default()
    };
    let records = tx.records(&ACCOUNT).get_many(&ids, &select).await?;
    let strongest = ranked.iter().filter_map(|one| worst(&one.score.as_ref()?.terms));
    let sight = Sight::of(&mut tx, strongest).await?;
    tx.commit().await?;
    let band = |id: Uuid, risk: f64| {
        bands
            .get(&id)
            .copied()
            .unwrap_or_else(|| lines.band(stays(risk), None))
    };
    let accounts = ranked.into_iter().filter_map(|one| {
        let record = records.iter().find(|record| record.id == one.record)?;
        let mut shown = record.to_json(&access);
        shown.retain(|field, _| SHOWN.contains(&field.as_str()));
        let was = before.get(&one.record);
        // Another model speaks in other numbers: what it says moves nobody.
        let moved = one
            .score
            .as_ref()
            .zip(was)
            .filter(|(now, was)| now.id != was.id && now.model_id == was.model_id);
        Some(RankedAccount {
            id: one.record,
            record: shown,
            change: moved.map(|(_, was)| HealthChange {
                since: was.scored_at,
                from: health(was.probability),
                band: band(was.id, was.probability),
            }),
            reason: one
                .score
                .as_ref()
                .and_then(|score| told(worst(&score.terms)?, score.log_odds, &sight)),
            health: one
                .score
                .as_ref()
                .map(|score| Health::of(score, bands.get(&score.id).copied(), lines)),
        })
    });
    Ok((accounts.collect(), next.map(|next| next.to_string())))
}

/// The part that speaks most for leaving.
fn worst(terms: &[crm_store::scores::ScorePart]) -> Option<&crm_store::scores::ScorePart> {
    terms
        .iter()
        .filter(|term| term.sentence.is_some() && term.log_odds > 0.0)
        .max_by(|left, right| left.log_odds.total_cmp(&right.log_odds))
}
