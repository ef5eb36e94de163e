//! A score as its reader may see it.

use chrono::{DateTime, Utc};
use crm_store::{
    StoreError, TenantTx,
    models::{ModelKind, Task},
    scores::{Score, ScoreState},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    reasons::{Reasons, reasons},
    sight::Sight,
};

/// A score as its reader may see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShownScore)]
pub struct Shown {
    /// The score.
    pub score_id: Uuid,
    /// The record.
    pub record_id: Uuid,
    /// `model`, or `prior` while no model is active; of a lead `points` then.
    #[schema(value_type = String, example = "model")]
    pub state: ScoreState,
    /// The probability.
    pub probability: f64,
    /// The lower end of its 90 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// What was believed before looking at the record.
    pub prior: f64,
    /// Why, in parts that add up to the log-odds.
    pub reasons: Reasons,
    /// The model that speaks.
    pub model: Option<ScoringModel>,
    /// Why no model speaks, such as how many closed deals are missing.
    pub missing: Option<String>,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

/// The model behind a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScoringModel {
    /// The model.
    pub id: Uuid,
    /// Its number.
    pub number: i32,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// Why no model speaks, where none does: what the last training lacked, or why what it learned was not taken.
pub async fn unspoken(
    tx: &mut TenantTx,
    kind: ModelKind,
    state: ScoreState,
) -> Result<Option<String>, StoreError> {
    if state == ScoreState::Model {
        return Ok(None);
    }
    let training = tx.models().task(kind, Task::Train).await?;
    let problem = training.and_then(|work| work.problem);
    Ok(Some(
        problem.unwrap_or_else(|| "No model was trained yet.".to_owned()),
    ))
}

/// Puts a score in words for the actor of `tx`, who may read the record.
pub async fn shown(tx: &mut TenantTx, kind: ModelKind, score: Score) -> Result<Shown, StoreError> {
    let sight = Sight::of(tx, &score.terms).await?;
    let model = match score.model_id {
        Some(id) => tx.models().get(id).await?,
        None => None,
    };
    let missing = unspoken(tx, kind, score.state).await?;
    Ok(Shown {
        score_id: score.id,
        record_id: score.record_id,
        state: score.state,
        probability: score.probability,
        low: score.low,
        high: score.high,
        prior: score.prior,
        reasons: reasons(&score.terms, score.log_odds, &sight),
        model: model.map(|model| ScoringModel {
            id: model.id,
            number: model.number,
            trained_at: model.trained_at,
        }),
        missing,
        as_of: score.as_of,
        scored_at: score.scored_at,
    })
}
