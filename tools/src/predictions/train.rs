//! Learning a model from all ended records of a tenant, and whether it takes the active one's place.
//!
//! Nothing of the active model is touched until the new one is learned, measured and written down: a crash on the way
//! leaves what there was. One model is learned at a time in a process, on a thread where blocking is allowed.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_predict::{
    Card, Counts, Dataset, Measures, Split, Step, TrainError, TrainOptions, Trained, Verdict, is_better,
};
use crm_store::{
    TenantStore,
    models::{ModelKind, NewModel, PredictiveModel, Task, WorkState},
};
use serde_json::json;
use tokio::sync::watch;

use super::{
    Active, PredictError, Predictor, artifact,
    examples::{self, Examples},
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
) -> Result<Outcome, PredictError> {
    let _turn = predictor
        .training
        .acquire()
        .await
        .map_err(|error| PredictError::Broken(error.to_string()))?;
    let mut tx = store.begin().await?;
    tx.models().begin(kind, Task::Train, None).await?;
    tx.commit().await?;
    let outcome = learn_and_judge(predictor, store, kind).await;
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

/// What is kept of an error: the words of the store's stay in the log.
fn told(error: &PredictError) -> String {
    match error {
        PredictError::Store(_) => "The database could not be read; it is tried again.".to_owned(),
        other => format!("Training failed: {other}. The active model stays."),
    }
}

async fn learn_and_judge(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
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
    let trained = match learn(store, kind, Arc::clone(&data)).await {
        Ok(trained) => trained,
        Err(PredictError::Train(error)) => return Ok(Outcome::NotEnough(missing(kind, &error))),
        Err(error) => return Err(error),
    };
    let mut tx = store.begin().await?;
    let active = predictor.active(&mut tx, kind).await?;
    tx.commit().await?;
    // What a model says of another time than this one cannot be compared with it.
    let active = active.filter(|active| kind != ModelKind::Lead || active.window_days == window_days);
    let mut judged = judge(active.as_deref(), &data, &trained, kind);
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
    let candidate = tx.models().insert(&new).await?;
    let outcome = if judged.verdict == Verdict::Better {
        Outcome::Activated(Box::new(tx.models().activate(candidate.id, &judged.why).await?))
    } else {
        Outcome::Rejected(Box::new(tx.models().reject(candidate.id, &judged.why).await?))
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Learns on a thread where blocking is allowed, and notes how far it is meanwhile.
async fn learn(store: &TenantStore, kind: ModelKind, data: Arc<Dataset>) -> Result<Trained, PredictError> {
    let (said, mut heard) = watch::channel(Step::Comparing);
    let mut task = tokio::task::spawn_blocking(move || {
        crm_predict::train(&data, &options(), &|step| {
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

/// What is missing, in words such as "not enough data: 38 closed deals; 50 are needed".
pub fn missing(kind: ModelKind, error: &TrainError) -> String {
    let TrainError::NotEnough { have, need } = error else {
        return format!("not enough data: {error}");
    };
    let (all, good, bad) = match kind {
        ModelKind::Win => ("closed deals", "won", "lost"),
        ModelKind::Lead => ("ended leads", "converted", "not converted"),
        ModelKind::Churn => ("accounts", "gone", "still there"),
    };
    let mut lacks = Vec::new();
    if have.closed < need.closed {
        lacks.push(format!("{} {all}; {} are needed", have.closed, need.closed));
    }
    for (word, have, need) in [(good, have.won, need.won), (bad, have.lost, need.lost)] {
        if have < need {
            lacks.push(format!("{have} of the {all} {word}; {need} are needed"));
        }
    }
    format!("not enough data: {}", lacks.join("; "))
}

/// A candidate that was compared.
struct Judged {
    verdict: Verdict,
    why: String,
    metrics: serde_json::Value,
    card: Card,
}

/// Compares a new model with the active one on the same later records, which neither learned from.
fn judge(active: Option<&Active>, data: &Dataset, trained: &Trained, kind: ModelKind) -> Judged {
    let candidate = &trained.card.measures;
    // Records that ended before the active model was trained may be among those that it learned from: it is compared on
    // the same rows all the same, which can only flatter it.
    let other = active.map(|active| measure(active, data, &trained.test));
    let verdict = is_better(candidate, other.as_ref());
    let gain = (1.0 - candidate.brier / candidate.brier_base.max(f64::MIN_POSITIVE)) * 100.0;
    let things = match kind {
        ModelKind::Win => "deals",
        ModelKind::Lead => "leads",
        ModelKind::Churn => "accounts",
    };
    let measured = format!(
        "on {} later {things} its log loss is {:.4}",
        candidate.groups_test, candidate.log_loss
    );
    let why = match (verdict, &other) {
        (Verdict::Better, None) => format!(
            "It is the first that is better than the base rate: {measured}, the base rate's {:.4}; the Brier score is \
             {gain:.0} % lower.",
            candidate.log_loss_base
        ),
        (Verdict::Better, Some(other)) => format!(
            "It is better than the model before: {measured}, the other's {:.4}.",
            other.log_loss
        ),
        (Verdict::NotBetterThanBaseRate, _) => format!(
            "It is not better than the base rate: {measured}, the base rate's {:.4}, that of what is said without a model {:.4} \
             (give or take {:.4}); {:.1} % of outcomes dealt out at random fit it as well.",
            candidate.log_loss_base,
            candidate.log_loss_prior,
            candidate.log_loss_gain_error,
            candidate.by_chance * 100.0
        ),
        (Verdict::NotBetterThanActive, other) => format!(
            "It is not better than the active model: {measured}, the active one's {:.4}.",
            other.as_ref().map_or(f64::NAN, |other| other.log_loss)
        ),
    };
    let metrics = json!({
        "algorithm": trained.card.algorithm,
        "auc": candidate.auc,
        "brier": candidate.brier,
        "brier_base": candidate.brier_base,
        "log_loss": candidate.log_loss,
        "log_loss_base": candidate.log_loss_base,
        "log_loss_prior": candidate.log_loss_prior,
        "by_chance": candidate.by_chance,
        "ece": candidate.ece,
        "base_rate": candidate.base_rate,
        "n_test": candidate.n_test,
        "groups_test": candidate.groups_test,
        "compared_with": active.zip(other.as_ref()).map(|(active, other)| json!({
            "number": active.number, "log_loss": other.log_loss, "auc": other.auc, "brier": other.brier,
        })),
    });
    let mut card = trained.card.clone();
    card.verdict = verdict;
    Judged {
        verdict,
        why,
        metrics,
        card,
    }
}

/// Measures the active model on rows of a dataset whose columns may be others.
fn measure(active: &Active, data: &Dataset, rows: &[usize]) -> Measures {
    if active.model.columns() == data.columns.as_slice() {
        return active.model.measure(data, rows);
    }
    let places: Vec<Option<usize>> = active
        .model
        .columns()
        .iter()
        .map(|column| data.columns.iter().position(|known| known == column))
        .collect();
    let mut own = Dataset {
        columns: active.model.columns().to_vec(),
        rows: data.rows.clone(),
    };
    for row in &mut own.rows {
        row.values = places
            .iter()
            .map(|place| {
                place
                    .and_then(|place| row.values.get(place).cloned())
                    .unwrap_or_default()
            })
            .collect();
    }
    active.model.measure(&own, rows)
}

fn features(data: &Dataset) -> serde_json::Value {
    data.columns
        .iter()
        .map(|column| json!({"name": column.name, "kind": column.kind}))
        .collect()
}

/// How long a model is kept before another is tried.
pub const EVERY: TimeDelta = TimeDelta::days(7);
/// How long after a training another one may be asked for because a model does not hold.
pub const REST: TimeDelta = TimeDelta::days(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted() {
        let not_enough = |closed, won, lost| TrainError::NotEnough {
            have: Counts { closed, won, lost },
            need: MINIMUM,
        };
        assert_eq!(
            missing(ModelKind::Win, &not_enough(38, 18, 20)),
            "not enough data: 38 closed deals; 50 are needed"
        );
        assert_eq!(
            missing(ModelKind::Win, &not_enough(60, 60, 0)),
            "not enough data: 0 of the closed deals lost; 10 are needed"
        );
        assert_eq!(
            missing(ModelKind::Lead, &not_enough(3, 3, 0)),
            "not enough data: 3 ended leads; 50 are needed; 3 of the ended leads converted; 10 are needed; 0 of the ended \
             leads not converted; 10 are needed"
        );
    }
}
