//! Why a record was scored, and what moved its score.

use crm_store::scores::{NewScore, Score, ScorePart};
use serde_json::{Value as Json, json};

use super::{
    movers::{Said, mover},
    score::Why,
};

/// Why it was scored, and which feature moved most since the score before, if the same model said both.
pub(super) fn cause(score: &NewScore, before: Option<&Score>, why: Why) -> Json {
    let said = |parts: &'_ [ScorePart]| -> Vec<(Option<String>, f64)> {
        parts
            .iter()
            .map(|part| (part.feature.clone(), part.log_odds))
            .collect()
    };
    let comparable = before.filter(|before| before.model_id == score.model);
    let Some(before) = comparable else {
        return json!({"why": why.word()});
    };
    let (was, is) = (said(&before.terms), said(&score.terms));
    match mover(&borrowed(&was), &borrowed(&is)) {
        Some((feature, log_odds)) => {
            json!({"why": why.word(), "feature": feature, "log_odds": log_odds})
        }
        None => json!({"why": why.word()}),
    }
}

fn borrowed(parts: &[(Option<String>, f64)]) -> Vec<Said<'_>> {
    parts
        .iter()
        .map(|(feature, log_odds)| Said {
            feature: feature.as_deref(),
            log_odds: *log_odds,
        })
        .collect()
}
