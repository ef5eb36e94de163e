//! The parts of a score's log-odds, as they are kept with the score.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// Where a part comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What the model says of the average record.
    Base,
    /// A feature of the record.
    Feature,
    /// The pull towards the prior.
    Prior,
}

/// A record that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The name of its object, such as `activity`.
    pub object: String,
    /// Which one.
    pub id: Uuid,
}

/// A part of the log-odds with all that is needed to explain it later: whoever reads a score may not see every record
/// that it rests on, so nothing is computed anew for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptTerm {
    /// Where it comes from.
    pub kind: Part,
    /// The feature's name.
    #[serde(default)]
    pub feature: Option<String>,
    /// How far it moves the log-odds.
    pub log_odds: f64,
    /// The feature's value: a number, a word, or null when nothing is known.
    #[serde(default)]
    pub value: Json,
    /// What it says, in one sentence.
    #[serde(default)]
    pub sentence: Option<String>,
    /// The names of the objects whose records were read for it; `object.field` where one field alone was.
    #[serde(default)]
    pub rests_on: Vec<String>,
    /// Some of those records, the telling ones.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// Reads terms as a score keeps them. What cannot be read is none, so that one odd row does not hide a score.
pub fn kept(terms: &Json) -> Vec<KeptTerm> {
    serde_json::from_value(terms.clone()).unwrap_or_default()
}

/// The probability that log-odds stand for.
pub fn sigmoid(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    }
}

/// A probability in whole percent, as a reader is told it: never 0 or 100, which nothing that may happen is.
pub fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent < 1.0 {
        "under 1 %".to_owned()
    } else if percent > 99.0 {
        "over 99 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_and_probabilities_belong_together_at_both_ends() {
        for (log_odds, probability) in [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0)] {
            assert!((sigmoid(log_odds) - probability).abs() < 1e-12);
        }
        assert!((sigmoid(1.3) + sigmoid(-1.3) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_that_may_happen_is_told_as_certain() {
        assert_eq!(
            [0.004, 0.5, 0.618, 0.995].map(percent),
            ["under 1 %", "50 %", "62 %", "over 99 %"]
        );
    }

    #[test]
    fn terms_are_read_as_they_were_kept() {
        let told = serde_json::json!([{"kind": "base", "log_odds": -0.5}, {
            "kind": "feature", "feature": "meetings", "log_odds": 0.25, "value": 2.0, "sentence": "Two meetings.",
            "rests_on": ["activity"], "evidence": [{"object": "activity", "id": Uuid::nil()}],
        }]);
        let terms = kept(&told);
        assert_eq!(terms.len(), 2);
        assert_eq!(terms[1].evidence[0].object, "activity");
        assert_eq!(
            serde_json::from_value::<Vec<KeptTerm>>(serde_json::to_value(&terms).unwrap()).unwrap(),
            terms
        );
    }
}
