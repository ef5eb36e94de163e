//! Learning a model from all ended records of a tenant, and whether it takes the active one's place.
//!
//! Nothing of the active model is touched until the new one is learned, measured and written down: a crash on the way
//! leaves what there was. One model is learned at a time in a process, on a thread where blocking is allowed.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_predict::{Counts, Dataset, Split, Step, Stop, TrainOptions, Trained, Verdict};
use crm_store::{
    TenantStore,
    models::{ModelKind, NewModel, PredictiveModel, Task, WorkState},
};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    task::JoinHandle,
};

use super::{
    PredictError, Predictor, artifact,
    examples::{self, Examples},
    judge::{chosen, judge},
    missing::missing,
};

/// The fewest ended records to learn from.
pub const MINIMUM: Counts = Counts {
    closed: 50,
    won: 10,
    lost: 10,
};

/// The share of the examples, the latest ones, that a model is measured on.
const TEST: f64 = 0.25;
/// After so many days an example counts half.
const HALF_LIFE_DAYS: f64 = 365.0;
/// Everything that is drawn in training comes from it: the same records give the same model.
const SEED: u64 = 0;

/// Why a model is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Its turn came, or the active one does not hold any more.
    Turn,
    /// Somebody asked for it: then a better one also takes the place of one that was chosen by hand.
    Asked,
}

/// What came of a training.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The new model is the active one.
    Activated(Box<PredictiveModel>),
    /// It was not better; the active one stays, if there is one.
    Rejected(Box<PredictiveModel>),
    /// There is too little to learn from, in words.
    NotEnough(String),
}

/// How models are trained here.
pub fn options() -> TrainOptions {
    TrainOptions {
        seed: SEED,
        split: Split::Time { test_fraction: TEST },
        half_life_days: Some(HALF_LIFE_DAYS),
        minimum: MINIMUM,
        ..TrainOptions::default()
    }
}

/// Trains a model of a kind and activates it if it is better. `store` sees all records: that of a job.
///
/// How far it is stands in the store. An error has been noted there too, and left the active model alone.
pub async fn train(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
    occasion: Occasion,
) -> Result<Outcome, PredictError> {
    let permit = Arc::clone(&predictor.training)
        .acquire_owned()
        .await
        .map_err(|error| PredictError::Broken(error.to_string()))?;
    let turn = Turn::new(permit);
    let _stops = StopWhenLeft(turn.stop.clone());
    let mut tx = store.begin().await?;
    tx.models().begin(kind, Task::Train, None).await?;
    tx.commit().await?;
    let outcome = learn_and_judge(predictor, store, kind, occasion, &turn).await;
    let (state, model, problem) = match &outcome {
        Ok(Outcome::Activated(model)) => (WorkState::Done, Some(model.id), None),
        Ok(Outcome::Rejected(model)) => (WorkState::Done, Some(model.id), Some(model.why.clone())),
        Ok(Outcome::NotEnough(words)) => (WorkState::Done, None, Some(words.clone())),
        Err(error) => (WorkState::Failed, None, Some(told(error))),
    };
    let mut tx = store.begin().await?;
    tx.models()
        .end(kind, Task::Train, state, model, problem.as_deref())
        .await?;
    tx.commit().await?;
    outcome
}

/// The one training of this process. Whatever computes has a clone: nobody else begins before the last of them is gone, also
/// when nobody waits for them any more.
#[derive(Debug, Clone)]
struct Turn {
    _permit: Arc<OwnedSemaphorePermit>,
    stop: Stop,
}

impl Turn {
    fn new(permit: OwnedSemaphorePermit) -> Self {
        Self {
            _permit: Arc::new(permit),
            stop: Stop::default(),
        }
    }

    /// Computes on a thread where blocking is allowed, with the turn in hand to its end, also when nobody waits for it.
    fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        let turn = self.clone();
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
    }
}

/// Has the threads of a training end when its job is lost or given back: its future is dropped, they are not.
#[derive(Debug)]
struct StopWhenLeft(Stop);

impl Drop for StopWhenLeft {
    fn drop(&mut self) {
        self.0.ask();
    }
}

/// What is kept of an error: the words of the store's stay in the log.
fn told(error: &PredictError) -> String {
    match error {
        PredictError::Store(_) => "The database could not be read; it is tried again.".to_owned(),
        passing if passing.may_pass() => {
            format!("Training failed: {passing}. It is tried again; the active model stays.")
        }
        other => format!("Training failed: {other}. The active model stays."),
    }
}

async fn learn_and_judge(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
    occasion: Occasion,
    turn: &Turn,
) -> Result<Outcome, PredictError> {
    let Examples {
        data,
        usual,
        ended,
        positives,
        span,
        left_out,
        window_days,
    } = examples::examples(store, kind).await?;
    let data = Arc::new(data);
    let trained = match learn(store, kind, Arc::clone(&data), turn).await {
        Ok(trained) => Arc::new(trained),
        Err(PredictError::Train(error)) => {
            return match missing(kind, &error) {
                Some(words) => Ok(Outcome::NotEnough(words)),
                None => Err(error.into()),
            };
        }
        Err(error) => return Err(error),
    };
    let mut tx = store.begin().await?;
    let active = predictor.active(&mut tx, kind).await?;
    let was_active = tx.models().active_id(kind).await?;
    let stands = match &active {
        Some(active) => tx.models().get(active.id).await?,
        None => None,
    };
    tx.commit().await?;
    // What a model says of another time than this one cannot be compared with it.
    let active = active.filter(|active| kind != ModelKind::Lead || active.window_days == window_days);
    // To measure another model takes as long as to measure the new one.
    let judging = {
        let (active, data, trained) = (active.clone(), Arc::clone(&data), Arc::clone(&trained));
        turn.compute(move || judge(active.as_deref(), &data, &trained, kind))
    };
    let mut judged = judging
        .await
        .map_err(|error| PredictError::Broken(error.to_string()))?;
    let waits = active
        .and(stands)
        .filter(|_| judged.verdict == Verdict::Better && occasion == Occasion::Turn)
        .and_then(|stands| chosen(&stands, kind, &data));
    if let Some(why) = &waits {
        judged.why = format!("{} {why}", judged.why);
    }
    judged.card.window_days = window_days;
    if left_out > 0 {
        judged.card.left_out = left_out;
        let which = match kind {
            ModelKind::Win | ModelKind::Lead => "older ones",
            ModelKind::Churn => "customers, drawn by chance,",
        };
        judged.card.warnings.push(format!(
            "there are more records than are learned from: {left_out} {which} were left out"
        ));
    }
    let new = NewModel {
        kind,
        why: judged.why.clone(),
        data_from: span.map(|(first, _)| first),
        data_to: span.map(|(_, last)| last),
        examples: ended,
        positives,
        rows: data.rows.len(),
        metrics: judged.metrics,
        card: serde_json::to_value(&judged.card).map_err(|error| PredictError::Broken(error.to_string()))?,
        features: features(&data),
        artifact: artifact::write(&trained.model, &usual)?,
    };
    let mut tx = store.begin().await?;
    // From here on nobody else changes the models of this kind; until here somebody may have.
    let candidate = tx.models().insert(&new).await?;
    let is_compared = tx.models().active_id(kind).await? == was_active;
    let outcome = if judged.verdict == Verdict::Better && waits.is_none() && is_compared {
        Outcome::Activated(Box::new(tx.models().activate(candidate.id, &judged.why).await?))
    } else {
        if !is_compared {
            judged.why.push_str(OVERTAKEN);
        }
        Outcome::Rejected(Box::new(tx.models().reject(candidate.id, &judged.why).await?))
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Learns on a thread where blocking is allowed, and notes how far it is meanwhile.
async fn learn(
    store: &TenantStore,
    kind: ModelKind,
    data: Arc<Dataset>,
    turn: &Turn,
) -> Result<Trained, PredictError> {
    let (said, mut heard) = watch::channel(Step::Comparing);
    let options = TrainOptions {
        stop: turn.stop.clone(),
        ..options()
    };
    let mut task = turn.compute(move || {
        crm_predict::train(&data, &options, &|step| {
            said.send_replace(step);
        })
    });
    loop {
        tokio::select! {
            done = &mut task => {
                let trained = done.map_err(|error| PredictError::Broken(error.to_string()))?;
                return Ok(trained?);
            }
            Ok(()) = heard.changed() => {
                let step = *heard.borrow_and_update();
                note(store, kind, step).await?;
            }
        }
    }
}

async fn note(store: &TenantStore, kind: ModelKind, step: Step) -> Result<(), PredictError> {
    let (phase, done, total) = match step {
        Step::Comparing => ("comparing algorithms", 0, 0),
        Step::Refit { done, of } => ("learning", done, of),
        Step::Measuring => ("measuring on later records", 0, 0),
    };
    let mut tx = store.begin().await?;
    tx.models()
        .advance(kind, Task::Train, phase, (done, total), None)
        .await?;
    tx.commit().await?;
    Ok(())
}

fn features(data: &Dataset) -> serde_json::Value {
    data.columns
        .iter()
        .map(|column| serde_json::json!({"name": column.name, "kind": column.kind}))
        .collect()
}

/// Beside the verdict on a model that was compared with one that is not active any more.
const OVERTAKEN: &str = " While it was judged another model was made the active one, with which it was not compared: train again, or activate it.";

/// How long a model is kept before another is tried.
pub const EVERY: TimeDelta = TimeDelta::days(7);
/// How long after a training another one may be asked for because a model does not hold.
pub(super) const REST: TimeDelta = TimeDelta::days(1);

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_computes_keeps_its_turn_and_is_asked_to_stop_when_its_job_is_gone() {
        let places = Arc::new(Semaphore::new(1));
        let turn = Turn::new(Arc::clone(&places).acquire_owned().await.unwrap());
        let stop = turn.stop.clone();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let job = async {
            let _stops = StopWhenLeft(turn.stop.clone());
            turn.compute(move || wait.recv()).await
        };
        // The job has begun, and is lost.
        tokio::select! {
            biased;
            _ = job => panic!("it waits"),
            () = std::future::ready(()) => {}
        }
        drop(turn);
        assert!(stop.is_asked());
        assert_eq!(places.available_permits(), 0, "it computes still");
        go.send(()).unwrap();
        // Its turn ends with it.
        drop(places.acquire().await.unwrap());
    }

    #[test]
    fn readers_are_told_whether_it_is_tried_again() {
        let broken = PredictError::Broken("a thread panicked".to_owned());
        assert_eq!(
            told(&broken),
            "Training failed: the calculation broke off: a thread panicked. It is tried again; the active model stays."
        );
        let timeless = PredictError::Train(crm_predict::TrainError::NoTimes);
        assert_eq!(
            told(&timeless),
            "Training failed: a split by time needs rows that say when they were known. The active model stays."
        );
    }
}
