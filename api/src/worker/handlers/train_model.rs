//! `train_model`: a model of one kind, learned from all ended records of a tenant.

use crm_store::{
    jobs::JobClaim,
    models::{ASKED, ModelKind},
};
use crm_tools::predictions::{self, Occasion, Outcome, PredictError};

use super::{Ended, JobError};
use crate::worker::Shared;

/// Trains the kind that the key names, has all records scored, and comes back in a week.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(kind) = claim.key.parse::<ModelKind>() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let asked = claim.payload.get(ASKED).and_then(serde_json::Value::as_bool);
    let occasion = match asked {
        Some(true) => Occasion::Asked,
        Some(false) | None => Occasion::Turn,
    };
    match predictions::train(&shared.predictor, &store, kind, occasion).await {
        Ok(outcome) => say(claim, kind, &outcome),
        // What the store could not do now it may do later.
        Err(PredictError::Store(error)) => return Err(error.into()),
        // The same records would break it again: it stands in the work, and the next turn comes.
        Err(error) => tracing::error!(
            tenant = %claim.grant.tenant(),
            kind = %kind,
            error = %error,
            "a model could not be trained"
        ),
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    tx.models().train_at(kind, now + predictions::EVERY).await?;
    // Also while all are being scored: with the model of before, perhaps.
    tx.models().score_at(kind, now).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}

fn say(claim: &JobClaim, kind: ModelKind, outcome: &Outcome) {
    let (what, why) = match outcome {
        Outcome::Activated(model) => ("activated", model.why.as_str()),
        Outcome::Rejected(model) => ("rejected", model.why.as_str()),
        Outcome::NotEnough(words) => ("not_enough", words.as_str()),
    };
    tracing::info!(tenant = %claim.grant.tenant(), kind = %kind, outcome = what, why, "a model was trained");
}
