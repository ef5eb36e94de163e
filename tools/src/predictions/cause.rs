//! Why a record was scored, and what moved its score.

use crm_store::{
    models::ModelKind,
    scores::{NewScore, Score, ScorePart},
};
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

/// What moved a score, for everybody who sees the record: nothing that rests on other records.
pub(super) fn public_cause(score: &NewScore, kind: ModelKind) -> Option<Json> {
    let feature = score.cause.get("feature")?.as_str()?;
    let own = kind.object().name;
    let part = score
        .terms
        .iter()
        .find(|part| part.feature.as_deref() == Some(feature))?;
    let is_own = !part.rests_on.is_empty()
        && part
            .rests_on
            .iter()
            .all(|place| place == own || place.strip_prefix(own).is_some_and(|rest| rest.starts_with('.')));
    is_own.then(|| json!({"feature": feature}))
}
