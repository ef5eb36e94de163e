//! Whether a model still holds, by what it says now and by what became of what it said.

use chrono::TimeDelta;
use crm_predict::metrics;
use crm_store::{TenantStore, models::ModelKind};
use serde_json::{Value as Json, json};

use super::{PredictError, Predictor};

/// From here on the population has shifted, by custom of scorecards.
const SHIFTED: f64 = 0.25;
/// A log loss on what ended since that is so many times that of the card means that the model does not hold.
const WORSE: f64 = 1.25;
/// With fewer records nothing is concluded.
const ENOUGH: usize = 50;

/// Why the active model of a kind should be learned anew, in one sentence; none while it holds, or where there is none.
/// What was found is kept with the model.
pub async fn drift(
    predictor: &Predictor,
    store: &TenantStore,
    kind: ModelKind,
) -> Result<Option<String>, PredictError> {
    let mut tx = store.begin().await?;
    let Some(active) = predictor.active(&mut tx, kind).await? else {
        return Ok(None);
    };
    let population = tx.scores(kind).population(active.id).await?;
    let window = TimeDelta::days(active.window_days.unwrap_or_default().into());
    let ended = tx.scores(kind).ended(active.id, window).await?;
    // The first time that this is looked at, all open records have just been scored with the model.
    let model = tx.models().get(active.id).await?;
    let first = model.and_then(|model| serde_json::from_value(model.metrics.get("first")?.clone()).ok());
    let first: Vec<usize> = first.unwrap_or_else(|| population.clone());
    let card = tx.models().card(active.id).await?.unwrap_or_default();
    let psi = metrics::psi(&first, &population);
    let (said, labels): (Vec<f64>, Vec<bool>) = ended.into_iter().unzip();
    let log_loss = (!labels.is_empty()).then(|| metrics::log_loss(&said, &labels));
    let recent = json!({
        "at": tx.now(),
        "psi": psi,
        "records": population.iter().sum::<usize>(),
        "ended": labels.len(),
        "log_loss": log_loss,
        "auc": metrics::auc(&said, &labels),
        "brier": (!labels.is_empty()).then(|| metrics::brier(&said, &labels)),
    });
    tx.models().note_recent(active.id, &recent, &population).await?;
    tx.commit().await?;
    let enough = first.iter().sum::<usize>() >= ENOUGH && population.iter().sum::<usize>() >= ENOUGH;
    if enough && psi > SHIFTED {
        return Ok(Some(format!(
            "the records that it scores have shifted: their stability index is {psi:.2}, above {SHIFTED}"
        )));
    }
    let expected = card.get("log_loss").and_then(Json::as_f64);
    Ok(log_loss
        .zip(expected)
        .filter(|(log_loss, expected)| labels.len() >= ENOUGH && *log_loss > expected * WORSE)
        .map(|(log_loss, expected)| {
            format!(
                "its log loss on the {} records that ended since is {log_loss:.3}, where {expected:.3} was expected",
                labels.len()
            )
        }))
}
