//! Why a record was scored, what moved its score, and which change made it do so.

use std::collections::BTreeSet;

use crm_store::{
    StoreError, TenantTx,
    catalog::OPPORTUNITY_CONTACT_ROLE,
    models::ModelKind,
    movers::Mover,
    scores::{
        By, Changed, Crossing, Fall, NewScore, PartEvidence, PartKind, ScorePart, Share, Suspects, all_of,
    },
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    labels::named,
    movers::{Said, mover},
    score::Why,
};

/// Why it was scored, and which feature moved most since the score before: `before` is what that was made of, if the same
/// model said it.
pub(super) fn cause(score: &NewScore, before: Option<&[Share]>, why: Why) -> Json {
    let Some(before) = before else {
        return json!({"why": why.word()});
    };
    let before: Vec<Said<'_>> = before
        .iter()
        .map(|share| Said {
            feature: share.feature.as_deref(),
            log_odds: share.log_odds,
        })
        .collect();
    match mover(&before, &said(&score.terms)) {
        Some((feature, log_odds)) => {
            json!({"why": why.word(), "feature": feature, "log_odds": log_odds})
        }
        None => json!({"why": why.word()}),
    }
}

fn said(parts: &[ScorePart]) -> Vec<Said<'_>> {
    parts
        .iter()
        .map(|part| Said {
            feature: part.feature.as_deref(),
            log_odds: part.log_odds,
        })
        .collect()
}

/// A score that moved.
struct Moved<'a> {
    record: Uuid,
    why: Option<&'a str>,
    before: &'a [ScorePart],
    since: chrono::DateTime<chrono::Utc>,
    now: &'a [ScorePart],
}

/// Notes of each score that fell what moved it since the score that it fell from. `scores` are all that were written.
pub(super) async fn explain(
    tx: &mut TenantTx,
    kind: ModelKind,
    crossings: &mut [Crossing],
    scores: &[NewScore],
    why: Why,
) -> Result<(), StoreError> {
    let moved: Vec<Moved<'_>> = crossings
        .iter()
        .map(|crossing| {
            let written = scores
                .iter()
                .find(|score| score.record == crossing.written.record);
            Moved {
                record: crossing.written.record,
                why: Some(why.word()),
                before: &crossing.since.terms,
                since: crossing.since.as_of,
                now: written.map_or(&[], |score| &score.terms),
            }
        })
        .collect();
    let causes = falls(tx, kind, &moved).await?;
    for (crossing, cause) in crossings.iter_mut().zip(causes) {
        crossing.cause = cause;
    }
    Ok(())
}

/// Tells feed and webhooks which deals moved, each with what moved it.
pub async fn tell_movers(tx: &mut TenantTx, movers: &[Mover]) -> Result<(), StoreError> {
    let moved: Vec<Moved<'_>> = movers
        .iter()
        .map(|mover| Moved {
            record: mover.opportunity,
            why: mover.cause.get("why").and_then(Json::as_str),
            before: &mover.before.terms,
            since: mover.before.as_of,
            now: &mover.now.terms,
        })
        .collect();
    let causes = falls(tx, ModelKind::Win, &moved).await?;
    tx.tell_win_movers(movers, &causes).await
}

/// What moved each of these scores; none where nothing did.
async fn falls(
    tx: &mut TenantTx,
    kind: ModelKind,
    moved: &[Moved<'_>],
) -> Result<Vec<Option<Fall>>, StoreError> {
    let parts: Vec<Option<Part>> = moved.iter().map(|moved| part(kind, moved)).collect();
    let suspects: Vec<Suspects> = moved
        .iter()
        .zip(&parts)
        .map(|(moved, part)| Suspects {
            record: moved.record,
            since: moved.since,
            records: part
                .as_ref()
                .map(|part| part.suspects.clone())
                .unwrap_or_default(),
            has_roles: part.as_ref().is_some_and(|part| part.has_roles),
        })
        .collect();
    let changed = tx.scores(kind).changed(&suspects).await?;
    Ok(moved
        .iter()
        .zip(parts)
        .zip(changed)
        .map(|((moved, part), changed)| Some(part?.fall(kind, moved, changed)))
        .collect())
}

/// The part of a score that moved most, with the records that it rested on at either end.
struct Part {
    moved_most: ScorePart,
    label: String,
    suspects: Vec<PartEvidence>,
    has_roles: bool,
    /// Whether all records that it rested on are known.
    is_whole: bool,
}

fn part(kind: ModelKind, moved: &Moved<'_>) -> Option<Part> {
    let (feature, log_odds) = mover(&said(moved.before), &said(moved.now))?;
    let find = |parts: &[ScorePart]| {
        let told = |part: &&ScorePart| part.feature.as_deref() == Some(feature) && part.sentence.is_some();
        parts.iter().find(told).cloned()
    };
    let (was, is) = (find(moved.before), find(moved.now));
    let (label, places) = match named(kind, feature) {
        Some((label, places)) => (label.to_owned(), places),
        None => (feature.replace('_', " "), [].as_slice()),
    };
    let ends = [was.as_ref(), is.as_ref()].into_iter().flatten();
    let mut suspects: Vec<PartEvidence> = ends.clone().flat_map(|part| part.evidence.clone()).collect();
    suspects.retain(|record| record.id != moved.record);
    suspects.sort_by(|left, right| (&left.object, left.id).cmp(&(&right.object, right.id)));
    suspects.dedup();
    // Whoever is told has to be allowed to see what it rested on at either end.
    let rests_on: BTreeSet<String> = ends
        .clone()
        .flat_map(|part| part.rests_on.iter().cloned())
        .chain(places.iter().map(|&place| place.to_owned()))
        .collect();
    if rests_on.is_empty() {
        // Another version of the program spoke of it: nobody can say who may know it.
        return None;
    }
    let own = format!("{}.", kind.object().name);
    let others: BTreeSet<&str> = rests_on
        .iter()
        .filter(|place| !place.starts_with(&own) || all_of(place).is_some())
        .map(|place| place.split_once('.').map_or(place.as_str(), |(object, _)| object))
        .collect();
    let has_roles = kind == ModelKind::Win && others.contains(OPPORTUNITY_CONTACT_ROLE.name);
    // Only where every kind of record that it rests on is named can it be told that none of them changed.
    let is_named = |object: &&str| {
        *object == OPPORTUNITY_CONTACT_ROLE.name && has_roles
            || suspects.iter().any(|record| record.object == *object)
    };
    let is_whole = ends.clone().count() > 0
        && rests_on.iter().all(|place| all_of(place).is_none())
        && others.iter().all(is_named);
    let mut evidence: Vec<PartEvidence> = ends.flat_map(|part| part.evidence.clone()).collect();
    evidence.dedup();
    let sentence = match (is, was) {
        (Some(now), _) => now.sentence,
        (None, Some(before)) => before.sentence.map(|said| format!("No longer so: {said}")),
        (None, None) => None,
    };
    Some(Part {
        moved_most: ScorePart {
            kind: PartKind::Feature,
            feature: Some(feature.to_owned()),
            log_odds,
            value: Json::Null,
            sentence,
            rests_on: rests_on.into_iter().collect(),
            evidence,
        },
        label,
        suspects,
        has_roles,
        is_whole,
    })
}

impl Part {
    fn fall(self, kind: ModelKind, moved: &Moved<'_>, changed: Changed) -> Fall {
        let own = |field: &String| {
            let place = format!("{}.{field}", kind.object().name);
            self.moved_most.rests_on.contains(&place)
        };
        let by = if !changed.records.is_empty() || changed.gone {
            Some(By::Records)
        } else if changed.fields.iter().any(own) {
            Some(By::Fields)
        } else {
            // Nothing that it rests on was written since: with the same model only time is left.
            self.is_whole.then_some(By::Time)
        };
        let mut part = self.moved_most;
        // Whoever is told which records changed has to be allowed to see each of them.
        part.evidence.extend(
            changed
                .records
                .iter()
                .filter(|record| !self.suspects.contains(record))
                .cloned(),
        );
        Fall {
            why: moved.why.map(str::to_owned),
            part,
            label: self.label,
            by,
            records: changed.records,
        }
    }
}
