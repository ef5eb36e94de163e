//! A score as its reader may see it.

use chrono::{DateTime, Utc};
use crm_predict::Card;
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
    /// That it learned from few records, and from how many; null where they are not few.
    #[schema(example = "It rests on few leads: 120 whose end is known.")]
    pub rests_on_few: Option<String>,
}

/// That a model learned from few records, in one sentence; none where they are not few, or nobody knows.
pub(crate) fn rests_on_few(kind: ModelKind, learned: Option<usize>) -> Option<String> {
    let learned = learned.filter(|learned| *learned < Card::FEW)?;
    Some(match kind {
        ModelKind::Win => format!("It rests on few deals: {learned} ended ones."),
        ModelKind::Lead => format!("It rests on few leads: {learned} whose end is known."),
        ModelKind::Churn => format!("It rests on few looks at customers: {learned}."),
    })
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
    let (model, few) = match score.model_id {
        Some(id) => {
            let learned = tx.models().learned_from(id).await?;
            (tx.models().get(id).await?, rests_on_few(kind, learned))
        }
        None => (None, None),
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
            rests_on_few: few,
        }),
        missing,
        as_of: score.as_of,
        scored_at: score.scored_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_says_that_it_rests_on_few_below_a_line_alone() {
        let said = |kind, learned| rests_on_few(kind, Some(learned));
        assert_eq!(
            said(ModelKind::Win, 120).as_deref(),
            Some("It rests on few deals: 120 ended ones.")
        );
        assert_eq!(
            said(ModelKind::Lead, 299).as_deref(),
            Some("It rests on few leads: 299 whose end is known.")
        );
        assert_eq!(said(ModelKind::Churn, 300), None);
        assert_eq!(rests_on_few(ModelKind::Win, None), None, "nobody knows");
    }
}
