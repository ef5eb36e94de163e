//! What the model says of one record, with its strongest parts in words.

use chrono::{DateTime, Utc};
use crm_predict::{Model, TermKind, Value, features::Usual};
use crm_store::{
    StoreError,
    models::ModelKind,
    scores::{NewScore, PartKind, ScorePart, ScoreState, Terms},
};
use serde_json::Value as Json;

use super::{score::Scale, subject::Subject, terms::sigmoid};

/// The parts in each direction that are kept with their sentence; readers are shown fewer.
const TOLD: usize = 6;
/// A part that moves the log-odds by less is not told by itself.
const TELLING: f64 = 0.02;

/// What is said of a record.
pub(super) fn score<S: Subject>(
    history: &S,
    scale: &Scale,
    now: DateTime<Utc>,
) -> Result<NewScore, StoreError> {
    let belief = history.prior(now, scale.usual());
    let (prior, (low, high)) = (belief.log_odds, belief.interval());
    let Scale::Model(active) = scale else {
        return Ok(NewScore {
            record: history.id(),
            model: None,
            state: if S::KIND == ModelKind::Lead {
                ScoreState::Points
            } else {
                ScoreState::Prior
            },
            probability: sigmoid(prior),
            low: sigmoid(low),
            high: sigmoid(high),
            log_odds: prior,
            prior: sigmoid(prior),
            terms: Terms::new(vec![part(PartKind::Prior, None, prior)])?,
            cause: Json::Null,
            as_of: now,
        });
    };
    let values = history.values(now, &active.usual);
    let said = active
        .model
        .predict(&cells::<S>(&active.model, &values), Some(prior));
    let mut terms: Vec<ScorePart> = said
        .terms
        .iter()
        .map(|term| {
            let kind = match term.kind {
                TermKind::Base => PartKind::Base,
                TermKind::Feature => PartKind::Feature,
                TermKind::Prior => PartKind::Prior,
            };
            let column = term.feature.and_then(|at| active.model.columns().get(at));
            part(kind, column.map(|column| column.name.clone()), term.log_odds)
        })
        .collect();
    tell(&mut terms, history, now, &active.usual, &values);
    Ok(NewScore {
        record: history.id(),
        model: Some(active.id),
        state: ScoreState::Model,
        probability: said.probability,
        low: said.low.min(said.probability),
        high: said.high.max(said.probability),
        log_odds: said.log_odds,
        prior: sigmoid(prior),
        terms: Terms::new(terms)?,
        cause: Json::Null,
        as_of: now,
    })
}

/// The cells that a model asks for, by the names of its columns: a feature that this program does not know is missing.
fn cells<S: Subject>(model: &Model, values: &[Value]) -> Vec<Value> {
    let columns = model.columns().iter().enumerate();
    columns
        .map(|(at, column)| {
            // The same program wrote both, as a rule: the places are the same.
            let same = S::features()
                .get(at)
                .is_some_and(|feature| feature.name == column.name);
            let place = if same { Some(at) } else { S::place(&column.name) };
            place
                .and_then(|place| values.get(place).cloned())
                .unwrap_or_default()
        })
        .collect()
}

fn part(kind: PartKind, feature: Option<String>, log_odds: f64) -> ScorePart {
    ScorePart {
        kind,
        feature,
        log_odds,
        value: Json::Null,
        sentence: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
    }
}

/// Puts the strongest parts in words, as long as the history is at hand.
fn tell<S: Subject>(
    terms: &mut [ScorePart],
    history: &S,
    now: DateTime<Utc>,
    usual: &Usual,
    values: &[Value],
) {
    let mut strongest: Vec<&mut ScorePart> = terms
        .iter_mut()
        .filter(|part| part.kind == PartKind::Feature && part.log_odds.abs() >= TELLING)
        .collect();
    strongest.sort_by(|left, right| right.log_odds.abs().total_cmp(&left.log_odds.abs()));
    let (mut up, mut down) = (0, 0);
    for part in strongest {
        let side = if part.log_odds > 0.0 { &mut up } else { &mut down };
        *side += 1;
        if *side <= TOLD {
            history.tell(now, usual, values, part);
        }
    }
}
