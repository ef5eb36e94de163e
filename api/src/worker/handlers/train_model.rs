//! `train_model`: a model of one kind, learned from all ended records of a tenant.

use crm_store::{
    jobs::JobClaim,
    models::{ModelKind, Task, Work, WorkState},
};
use crm_tools::predictions::{self, Outcome, PredictError};

use super::{Ended, JobError};
use crate::worker::Shared;

/// Trains the kind that the key names, has all records scored, and comes back in a week.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(kind) = claim.key.parse::<ModelKind>() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    match predictions::train(&shared.predictor, &store, kind).await {
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
    let scored = tx.models().task(kind, Task::Score).await?;
    tx.models().train_at(kind, now + predictions::EVERY).await?;
    if scored.is_none_or(|work: Work| work.state != WorkState::Running) {
        tx.models().score_at(kind, now).await?;
    }
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
