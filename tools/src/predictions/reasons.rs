//! Why a score is what it is: its terms as sentences that add up to its log-odds.

use crm_store::scores::{PartKind, ScorePart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    sight::{Sight, View},
    terms::sigmoid,
};

/// The most reasons in each direction; what is weaker is summed.
const MOST: usize = 5;
/// A term that moves the log-odds by less than this is no reason to be told by itself.
const TELLING: f64 = 0.02;
/// What stands for a reason that the reader may not know.
pub const UNSEEN: &str = "Something in records that you may not see.";

/// Why a score is what it is. `base`, `prior`, every reason and the rest add up to `log_odds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Reasons {
    /// What it starts from: the log-odds of the average record.
    pub base: f64,
    /// The pull towards what is known without the record's own facts, strong while there are few examples.
    pub prior: f64,
    /// What speaks for it, strongest first.
    pub up: Vec<Reason>,
    /// What speaks against it, strongest first.
    pub down: Vec<Reason>,
    /// Everything else together.
    pub rest: Rest,
    /// The log-odds of the score.
    pub log_odds: f64,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Reason {
    /// What it is, in one sentence.
    pub sentence: String,
    /// The feature's name; null when the reader may not know it.
    pub feature: Option<String>,
    /// How far it moves the log-odds.
    pub log_odds: f64,
    /// By how many percentage points the probability would be lower without it. These do not add up: log-odds do.
    pub points: f64,
    /// The records that it rests on, at most three.
    pub records: Vec<RestsOn>,
    /// Whether it rests on something that the reader may not see.
    pub hidden: bool,
}

/// A record that a reason rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct RestsOn {
    /// The name of its object, such as `activity`.
    pub object: String,
    /// Which one.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// What names it, when it has a name that the reader may see.
    pub title: Option<String>,
}

/// What is too weak to be told by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WeakReasons)]
pub struct Rest {
    /// How many reasons that is.
    pub count: usize,
    /// How far they move the log-odds together.
    pub log_odds: f64,
    /// By how many percentage points the probability would be lower without them.
    pub points: f64,
}

/// By how many percentage points a probability would be lower without a part of its log-odds.
pub fn points(log_odds: f64, part: f64) -> f64 {
    (sigmoid(log_odds) - sigmoid(log_odds - part)) * 100.0
}

/// Puts terms in words for a reader. `log_odds` is that of the score, to which the terms add up.
pub fn reasons(terms: &[ScorePart], log_odds: f64, sight: &Sight) -> Reasons {
    let of = |part: PartKind| -> f64 {
        let those = terms.iter().filter(|term| term.kind == part);
        those.map(|term| term.log_odds).sum()
    };
    let mut features: Vec<&ScorePart> = terms
        .iter()
        .filter(|term| term.kind == PartKind::Feature)
        .collect();
    features.sort_by(|left, right| right.log_odds.abs().total_cmp(&left.log_odds.abs()));
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let (mut count, mut together) = (0, 0.0);
    for term in features {
        let side = if term.log_odds > 0.0 { &mut up } else { &mut down };
        match &term.sentence {
            Some(sentence) if term.log_odds.abs() >= TELLING && side.len() < MOST => {
                side.push(reason(term, sentence, log_odds, sight));
            }
            _ => {
                count += usize::from(term.log_odds != 0.0);
                together += term.log_odds;
            }
        }
    }
    Reasons {
        base: of(PartKind::Base),
        prior: of(PartKind::Prior),
        up,
        down,
        rest: Rest {
            count,
            log_odds: together,
            points: points(log_odds, together),
        },
        log_odds,
    }
}

/// The feature that moves a score most, of those that have a sentence.
pub fn strongest(terms: &[ScorePart]) -> Option<&ScorePart> {
    let telling = terms.iter().filter(|term| {
        term.kind == PartKind::Feature && term.sentence.is_some() && term.log_odds.abs() >= TELLING
    });
    telling.max_by(|left, right| left.log_odds.abs().total_cmp(&right.log_odds.abs()))
}

/// A term in words for a reader; none without a sentence.
pub fn told(term: &ScorePart, log_odds: f64, sight: &Sight) -> Option<Reason> {
    let sentence = term.sentence.as_deref()?;
    Some(reason(term, sentence, log_odds, sight))
}

/// One term in words.
fn reason(term: &ScorePart, sentence: &str, log_odds: f64, sight: &Sight) -> Reason {
    let view = sight.view(term);
    let hidden = view == View::Nothing;
    let records = term.evidence.iter().filter(|_| !hidden).map(|record| RestsOn {
        object: record.object.clone(),
        id: record.id,
        title: sight.title(record).map(str::to_owned),
    });
    Reason {
        sentence: match view {
            View::Whole => sentence.to_owned(),
            View::Named(label) => without_figures(label, term),
            View::Nothing => UNSEEN.to_owned(),
        },
        feature: term.feature.clone().filter(|_| !hidden),
        log_odds: term.log_odds,
        points: points(log_odds, term.log_odds),
        records: records.take(3).collect(),
        hidden,
    }
}

/// What a term is about: the name of its feature, with the record's own word where it has one.
fn without_figures(label: &str, term: &ScorePart) -> String {
    match term.value.as_str() {
        Some(word) => format!("{label}: {}.", word.replace('_', " ")),
        None => format!("{label}."),
    }
}

impl Reasons {
    /// All parts together: equal to `log_odds` but for rounding.
    pub fn sum(&self) -> f64 {
        let told = self.up.iter().chain(&self.down).map(|reason| reason.log_odds);
        self.base + self.prior + told.sum::<f64>() + self.rest.log_odds
    }
}

#[cfg(test)]
mod tests {
    use crm_store::scores::PartEvidence;
    use proptest::prelude::*;

    use super::*;

    fn term(log_odds: f64, kind: PartKind) -> ScorePart {
        ScorePart {
            kind,
            feature: (kind == PartKind::Feature).then(|| "meetings".to_owned()),
            log_odds,
            value: serde_json::Value::Null,
            sentence: Some("A sentence.".to_owned()),
            rests_on: Vec::new(),
            evidence: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn all_parts_add_up_however_many_there_are(
            base in -3.0..3.0f64, prior in -2.0..2.0f64, own in prop::collection::vec(-1.5..1.5f64, 0..40)
        ) {
            let mut terms = vec![term(base, PartKind::Base)];
            terms.extend(own.iter().map(|log_odds| term(*log_odds, PartKind::Feature)));
            terms.push(term(prior, PartKind::Prior));
            let log_odds: f64 = terms.iter().map(|term| term.log_odds).sum();
            let told = reasons(&terms, log_odds, &Sight::default());
            prop_assert!((told.sum() - log_odds).abs() < 1e-9);
            prop_assert!(told.up.iter().all(|reason| reason.log_odds > 0.0 && reason.points > 0.0));
            prop_assert!(told.down.iter().all(|reason| reason.log_odds < 0.0 && reason.points < 0.0));
            prop_assert!(told.up.is_sorted_by(|left, right| left.log_odds >= right.log_odds));
        }
    }

    #[test]
    fn what_the_reader_may_not_see_keeps_its_amount_and_nothing_else() {
        let mut secret = term(-0.7, PartKind::Feature);
        secret.evidence.push(PartEvidence {
            object: "case".to_owned(),
            id: Uuid::nil(),
        });
        let told = reasons(&[secret], -0.7, &Sight::default());
        let [reason] = told.down.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!((reason.sentence.as_str(), reason.hidden), (UNSEEN, true));
        assert_eq!((&reason.feature, reason.records.len()), (&None, 0));
        assert!((told.sum() + 0.7).abs() < 1e-12);
    }
}
