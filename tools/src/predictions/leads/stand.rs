//! Writing where leads stand, beside their scores and in the same transaction.

use std::collections::HashMap;

use crm_store::{
    StoreError, TenantTx,
    leads::{Measure, NewStanding, PointPart, Standing},
    scores::{Last, NewScore, ScoreState, Written},
    settings::LeadScoring,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Points;

/// A change of points that is no more than the decay of a day is no cause.
const MOVED: f64 = 0.5;

/// What was just said of leads.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct JustSaid<'s> {
    /// The scores, with why.
    pub(in super::super) scores: &'s [NewScore],
    /// The points of the same leads, in the same order.
    pub(in super::super) points: &'s [Points],
    /// Those that were written.
    pub(in super::super) written: &'s [Written],
    /// The latest ones before.
    pub(in super::super) latest: &'s HashMap<Uuid, Last>,
}

/// Writes where these leads stand and tells of those that crossed a line; how many. `moved` says what moved a score, for
/// everybody who sees the lead.
pub(in super::super) async fn stand(
    tx: &mut TenantTx,
    said: JustSaid<'_>,
    rules: &LeadScoring,
    tells_first: bool,
    moved: impl Fn(&NewScore) -> Option<Json>,
) -> Result<usize, StoreError> {
    let ids: Vec<Uuid> = said.scores.iter().map(|score| score.record).collect();
    let known = tx.leads().standings(&ids).await?;
    let ids: HashMap<Uuid, Uuid> = said
        .written
        .iter()
        .map(|written| (written.record, written.id))
        .collect();
    let new: Vec<NewStanding> = said
        .scores
        .iter()
        .zip(said.points)
        .filter_map(|(score, points)| {
            let before = said.latest.get(&score.record);
            let standing = known.get(&score.record);
            let written = ids
                .get(&score.record)
                .copied()
                .or(before.map(|before| before.id))?;
            let comparable =
                before.filter(|before| before.model_id == score.model && before.state == score.state);
            let (measure, value, was, cause) = if score.state == ScoreState::Model {
                let was = comparable.map(|before| before.probability);
                (Measure::Probability, score.probability, was, moved(score))
            } else {
                let was = standing
                    .filter(|_| comparable.is_some())
                    .map(|known| known.points);
                (Measure::Points, points.total, was, event(standing, points))
            };
            Some(NewStanding {
                lead: score.record,
                points: points.total,
                parts: points.parts.clone(),
                measure,
                value,
                before: was,
                score: written,
                tells_first,
                cause,
            })
        })
        .collect();
    Ok(tx.leads().stand(&new, &known, rules).await?.len())
}

/// What moved points most, for everybody who sees the lead: time, or something that it did. What that was is left out,
/// because who sees a lead need not see what it did.
fn event(before: Option<&Standing>, now: &Points) -> Option<Json> {
    let was = |kind: &str| -> f64 {
        let parts: &[PointPart] = before.map_or(&[], |before| &before.parts);
        parts
            .iter()
            .find(|part| part.kind == kind)
            .map_or(0.0, |part| part.points)
    };
    let by = now
        .parts
        .iter()
        .map(|part| (part.points - was(&part.kind)).abs())
        .max_by(f64::total_cmp)?;
    Some(if by > MOVED {
        json!({"hidden": true})
    } else {
        json!({"event": "time"})
    })
}
