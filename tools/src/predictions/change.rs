//! Which change would move a probability most, of those that a rep can make.
//!
//! A change is proposed only to a value that won deals had at the same stage, and only when both the model and the plain
//! counts of ended deals say that it goes with winning. It says what was seen; it promises nothing.

use crm_predict::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{
    levers::{Lever, Target, targets},
    playbook::{Precedent, Tally, number},
    plays::play_of,
    terms::{percent, sigmoid},
};

/// The most changes that are told.
const MOST: usize = 3;
/// A change that moves the probability by fewer percentage points is not worth a sentence.
const LEAST_POINTS: f64 = 1.0;
/// Ended deals that there must be on each side, so that their shares say something.
const LEAST_SEEN: usize = 5;

/// A change and what would be said then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinChange)]
pub struct Change {
    /// The feature that changes.
    pub feature: String,
    /// What it is now; null when it is not known.
    pub from: Json,
    /// What it would be.
    pub to: Json,
    /// The probability with the change.
    pub probability: f64,
    /// How many percentage points that is more.
    pub points: f64,
    /// Ended deals at this stage that had it.
    pub with: Counted,
    /// Those that had not.
    pub without: Counted,
    /// What was seen, in words.
    pub sentence: String,
    /// The step that does it, in `next_steps` when it is proposed.
    pub step: Option<String>,
}

/// How many ended deals were won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = CountedDeals)]
pub struct Counted {
    /// Won.
    pub won: usize,
    /// All.
    pub n: usize,
}

impl From<Tally> for Counted {
    fn from(tally: Tally) -> Self {
        Self {
            won: tally.won,
            n: tally.of,
        }
    }
}

/// The changes that would move a probability most, best first. `log_odds` says what the model says of a row.
pub fn changes(
    row: &[Value],
    levers: &[Lever],
    precedents: &[Precedent],
    log_odds: impl Fn(&[Value]) -> f64,
) -> Vec<Change> {
    let now = sigmoid(log_odds(row));
    let mut found: Vec<Change> = Vec::new();
    for lever in levers {
        let value = row.get(lever.at).unwrap_or(&Value::Missing);
        let best = targets(*lever, value, precedents)
            .iter()
            .filter_map(|target| tried(row, *lever, target, precedents, now, &log_odds))
            .max_by(|left, right| left.points.total_cmp(&right.points));
        found.extend(best);
    }
    found.sort_by(|left, right| right.points.total_cmp(&left.points));
    // Several features of one thing to do are one proposal: the one that moves most.
    let mut told: Vec<Change> = Vec::new();
    for change in found {
        let known = told
            .iter()
            .any(|other| other.step.is_some() && other.step == change.step);
        if !known && told.len() < MOST {
            told.push(change);
        }
    }
    told
}

/// What comes of a change, if it is worth a sentence.
fn tried(
    row: &[Value],
    lever: Lever,
    target: &Target,
    precedents: &[Precedent],
    now: f64,
    log_odds: &impl Fn(&[Value]) -> f64,
) -> Option<Change> {
    let (with, without) = target.tallies(lever, precedents);
    if with.of < LEAST_SEEN || without.of < LEAST_SEEN {
        return None;
    }
    let (seen_with, seen_without) = (with.rate()?, without.rate()?);
    let mut changed = row.to_vec();
    *changed.get_mut(lever.at)? = target.value.clone();
    let then = sigmoid(log_odds(&changed));
    let points = (then - now) * 100.0;
    if points < LEAST_POINTS || seen_with <= seen_without {
        return None;
    }
    let play = play_of(lever.name)?;
    let (task, what) = (play.task, play.with);
    let sentence = format!(
        "{task}: deals at this stage with {what} were won more often ({} of {} deals) than others ({} of {}). Such a deal \
         would be given {} instead of {}.",
        percent(seen_with),
        with.of,
        percent(seen_without),
        without.of,
        percent(then),
        percent(now),
    );
    Some(Change {
        feature: lever.name.to_owned(),
        from: shown(row.get(lever.at).unwrap_or(&Value::Missing)),
        to: shown(&target.value),
        probability: then,
        points,
        with: with.into(),
        without: without.into(),
        sentence,
        step: Some(play.key.to_owned()),
    })
}

/// A value as JSON.
pub fn shown(value: &Value) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Category(word) => Json::from(word.as_str()),
        Value::Number(_) => number(value).map_or(Json::Null, Json::from),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::predictions::levers::Way;

    /// Ten won deals with two meetings, ten lost ones without any.
    fn seen(swap: bool) -> Vec<Precedent> {
        (0..20)
            .map(|n| Precedent {
                deal: Uuid::from_u128(n),
                won: (n < 10) != swap,
                halfway: [].into(),
                leaving: [Value::Number(if n < 10 { 2.0 } else { 0.0 }), Value::from("web")].into(),
            })
            .collect()
    }

    const MEETINGS: Lever = Lever {
        at: 0,
        name: "meetings_30d",
        way: Way::More,
    };

    #[test]
    fn what_a_change_would_come_to_is_what_the_model_says_of_the_changed_row() {
        let row = [Value::Number(0.0), Value::from("web")];
        let model = |row: &[Value]| number(&row[0]).unwrap_or(0.0) - 1.0;
        let told = changes(&row, &[MEETINGS], &seen(false), model);
        let [change] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert!((change.probability - sigmoid(1.0)).abs() < 1e-12);
        assert_eq!(
            (change.to.as_f64(), change.with.n, change.without.won),
            (Some(2.0), 10, 0)
        );
        assert_eq!(
            change.sentence,
            "Hold a meeting: deals at this stage with meetings as often and as lately as that were won more often \
             (over 99 % of 10 deals) than others (under 1 % of 10). Such a deal would be given 73 % instead of 27 %."
        );
    }

    #[test]
    fn what_counts_or_the_model_speak_against_is_not_proposed() {
        let row = [Value::Number(0.0), Value::from("web")];
        let against = |row: &[Value]| -number(&row[0]).unwrap_or(0.0);
        assert_eq!(changes(&row, &[MEETINGS], &seen(false), against), []);
        let few: Vec<Precedent> = seen(false).into_iter().skip(7).take(6).collect();
        let model = |row: &[Value]| number(&row[0]).unwrap_or(0.0);
        assert_eq!(changes(&row, &[MEETINGS], &few, model), []);
        // Won deals had no meetings here, so none is proposed.
        assert_eq!(changes(&row, &[MEETINGS], &seen(true), model), []);
    }
}
