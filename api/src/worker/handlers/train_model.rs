//! `train_model`: a model of one kind, learned from all ended records of a tenant.

use chrono::TimeDelta;
use crm_store::{
    StoreError, TenantStore,
    jobs::JobClaim,
    models::{ASKED, ModelKind, Task},
};
use crm_tools::predictions::{self, Occasion, Outcome, PredictError};

use super::{Ended, JobError};
use crate::worker::Shared;

/// A calculation that broke off is tried so often within minutes: as often as a job is begun.
const TRIES: i32 = 10;
/// How long after the last of these tries it is tried again: not a week, because what was in its way may be gone; not at once,
/// because what breaks ten times keeps all cores busy for nothing.
const REST: TimeDelta = TimeDelta::days(1);

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
    let rest = match predictions::train(&shared.predictor, &store, kind, occasion).await {
        Ok(outcome) => {
            say(claim, kind, &outcome);
            predictions::EVERY
        }
        Err(error) => {
            let Some(rest) = rest_after(&error, claim.attempt) else {
                score_first(&store, kind).await?;
                return Err(error.into());
            };
            tracing::error!(
                tenant = %claim.grant.tenant(),
                kind = %kind,
                error = %error,
                attempt = claim.attempt,
                "a model could not be trained"
            );
            rest
        }
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    tx.models().train_at(kind, now + rest).await?;
    // Also while all are being scored: with the model of before, perhaps.
    tx.models().score_at(kind, now).await?;
    if tx.jobs().complete(claim).await? {
        tx.commit().await?;
    }
    Ok(Ended::Marked)
}

/// How long the next training waits after one that failed in this attempt; none where the job itself is tried again.
fn rest_after(error: &PredictError, attempt: i32) -> Option<TimeDelta> {
    match error {
        // What the store could not do now it may do later.
        PredictError::Store(_) => None,
        error if error.may_pass() => (attempt >= TRIES).then_some(REST),
        // The same records would break it again: it stands in the work, and the next turn comes.
        _ => Some(predictions::EVERY),
    }
}

/// Has all records scored where they never were: until there is a model, what is usual is said of them, however often learning
/// one fails.
async fn score_first(store: &TenantStore, kind: ModelKind) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    if tx.models().task(kind, Task::Score).await?.is_none() {
        let now = tx.now();
        tx.models().score_at(kind, now).await?;
    }
    tx.commit().await
}

fn say(claim: &JobClaim, kind: ModelKind, outcome: &Outcome) {
    let (what, why) = match outcome {
        Outcome::Activated(model) => ("activated", model.why.as_str()),
        Outcome::Rejected(model) => ("rejected", model.why.as_str()),
        Outcome::NotEnough(words) => ("not_enough", words.as_str()),
    };
    tracing::info!(tenant = %claim.grant.tenant(), kind = %kind, outcome = what, why, "a model was trained");
}

#[cfg(test)]
mod tests {
    use crm_predict::TrainError;

    use super::*;

    #[test]
    fn a_calculation_that_breaks_off_is_tried_ten_times_and_then_a_day_later() {
        let broken = [
            PredictError::Broken("a thread panicked".to_owned()),
            PredictError::Train(TrainError::Algorithm {
                algorithm: "boosting",
                reason: "it broke off".to_owned(),
            }),
        ];
        for error in broken {
            for attempt in 1..TRIES {
                assert_eq!(rest_after(&error, attempt), None, "{error}: {attempt}");
            }
            assert_eq!(rest_after(&error, TRIES), Some(TimeDelta::days(1)), "{error}");
        }
    }

    #[test]
    fn what_the_store_could_not_do_is_left_to_its_job() {
        let error = PredictError::Store(StoreError::Forbidden);
        for attempt in [1, TRIES] {
            assert_eq!(rest_after(&error, attempt), None, "{attempt}");
        }
    }

    #[test]
    fn what_will_not_pass_waits_for_its_turn() {
        for error in [
            PredictError::Train(TrainError::NoTimes),
            PredictError::Kind("weather"),
        ] {
            assert_eq!(rest_after(&error, 1), Some(predictions::EVERY), "{error}");
        }
    }
}
