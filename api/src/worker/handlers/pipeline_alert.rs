//! `pipeline_alert`: looks at the number of a saved question with its owner's rights, and tells when it went beyond.

use crm_store::{StoreError, jobs::JobClaim, questions::SavedQuestion};
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
    let is_beyond = look(shared, claim, &saved).await?;
    let mut tx = store.begin().await?;
    tx.questions().looked(&saved, is_beyond).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}

/// Whether the number is beyond the value; none when there is no number, or the owner may no longer see it.
async fn look(shared: &Shared, claim: &JobClaim, saved: &SavedQuestion) -> Result<Option<bool>, JobError> {
    let (Some(alert), Some(owner)) = (saved.alert(), saved.owner(claim)) else {
        return Ok(None);
    };
    let Ok(query) = serde_json::from_value::<PipelineQuery>(saved.query.clone()) else {
        return Ok(None);
    };
    let store = shared.store.open(&owner);
    let card = match semantic::answer_typed(&store, &query, &Spoken::default()).await {
        Ok(card) => card,
        Err(
            StoreError::Refused { .. }
            | StoreError::Forbidden
            | StoreError::Invalid { .. }
            | StoreError::InvalidMany(_)
            | StoreError::TooMuch,
        ) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let number = card.table.as_ref().and_then(|table| {
        let place = table
            .columns
            .iter()
            .position(|column| column.role == "measure" && column.name == alert.measure)?;
        table.rows.first()?.get(place)?.as_str()?.parse::<Decimal>().ok()
    });
    Ok(number.map(|number| alert.is_beyond(number)))
}
