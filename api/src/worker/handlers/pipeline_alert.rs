//! `pipeline_alert`: looks at the number of a saved question with its owner's rights, and tells when it went beyond or
//! cannot be read any more.

use crm_store::{
    StoreError,
    jobs::JobClaim,
    questions::{AlertFailure, Look, SavedQuestion},
};
use crm_tools::semantic::{self, PipelineQuery, Spoken};
use rust_decimal::Decimal;

use super::{Ended, JobError};
use crate::worker::Shared;

/// Looks at the question that the key names, and comes back later while it has an alert.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(id) = claim.key.parse() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let mut tx = store.begin().await?;
    let saved = tx.questions().get(id).await?;
    tx.commit().await?;
    let Some(saved) = saved.filter(|saved| saved.alert().is_some()) else {
        return Ok(Ended::Unmarked);
    };
    let found = look(shared, claim, &saved).await?;
    let mut tx = store.begin().await?;
    tx.questions().looked(&saved, found).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}

/// What the number is, or why it cannot be read.
async fn look(shared: &Shared, claim: &JobClaim, saved: &SavedQuestion) -> Result<Look, JobError> {
    let Some(alert) = saved.alert() else {
        return Ok(Look::Nothing);
    };
    let Some(owner) = saved.owner(claim) else {
        return Ok(Look::Failed(AlertFailure::Owner));
    };
    let Ok(query) = serde_json::from_value::<PipelineQuery>(saved.query.clone()) else {
        return Ok(Look::Failed(AlertFailure::Query));
    };
    let store = shared.store.open(&owner);
    let card = match semantic::answer_typed(&store, &query, &Spoken::default()).await {
        Ok(card) => card,
        Err(StoreError::Refused { .. } | StoreError::Forbidden) => {
            return Ok(Look::Failed(AlertFailure::Rights));
        }
        Err(StoreError::Invalid { .. } | StoreError::InvalidMany(_)) => {
            return Ok(Look::Failed(AlertFailure::Query));
        }
        Err(StoreError::TooMuch) => return Ok(Look::Failed(AlertFailure::TooMuch)),
        Err(error) => return Err(error.into()),
    };
    let number = card.table.as_ref().and_then(|table| {
        let place = table
            .columns
            .iter()
            .position(|column| column.role == "measure" && column.name == alert.measure)?;
        table.rows.first()?.get(place)?.as_str()?.parse::<Decimal>().ok()
    });
    Ok(number.map_or(Look::Nothing, |number| Look::Number {
        beyond: alert.is_beyond(number),
    }))
}
