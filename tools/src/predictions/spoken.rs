//! What moved the probability of a deal between two scores, as its reader may know it.

use crm_predict::features::DEAL_FEATURES;
use crm_store::{
    movers,
    scores::{PartKind, Score, ScorePart},
};
use uuid::Uuid;

use super::{
    movers::{Moved, Said, moved, mover},
    sight::{Sight, View},
};

/// What was said of a deal, for comparing.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// The model; none where the prior spoke.
    pub model: Option<Uuid>,
    /// The probability.
    pub probability: f64,
    /// The parts that add up to its log-odds.
    pub terms: &'a [ScorePart],
}

impl<'a> From<&'a Score> for Spoken<'a> {
    fn from(score: &'a Score) -> Self {
        Self {
            model: score.model_id,
            probability: score.probability,
            terms: &score.terms,
        }
    }
}

impl<'a> Spoken<'a> {
    fn said(self) -> Vec<Said<'a>> {
        let of = |part: &'a ScorePart| Said {
            feature: part.feature.as_deref().filter(|_| part.kind == PartKind::Feature),
            log_odds: part.log_odds,
        };
        self.terms.iter().map(of).collect()
    }

    fn told(self, feature: &str) -> Option<(&'a ScorePart, &'a str)> {
        let part = self
            .terms
            .iter()
            .find(|part| part.feature.as_deref() == Some(feature))?;
        Some((part, part.sentence.as_deref()?))
    }
}

/// How far the probability of a deal moved between two scores, and why, as far as the reader may know it. The sight has
/// to know the parts of both, and what the features of deals rest on. What compares the deal with all others is named without its
/// figures to who may not know them.
pub fn moves(before: Spoken<'_>, now: Spoken<'_>, sight: &Sight) -> Moved {
    let most = mover(&before.said(), &now.said());
    let told = |part: &ScorePart, sentence: String| match sight.view(part) {
        View::Whole => Some(sentence),
        View::Named(label) => Some(format!("{label} changed.")),
        View::Nothing => None,
    };
    let sentence = most.map(|(feature, _)| match (now.told(feature), before.told(feature)) {
        (Some((part, sentence)), _) => told(part, sentence.to_owned()),
        (None, Some((part, sentence))) => told(part, format!("No longer so: {sentence}")),
        (None, None) => {
            let known = DEAL_FEATURES.iter().find(|known| known.name == feature);
            known
                .filter(|known| sight.opens(known.rests_on))
                .map(|known| format!("{} changed.", known.label))
        }
    });
    moved(
        (before.probability, now.probability),
        before.model != now.model,
        most,
        sentence,
    )
}

impl<'a> From<&'a movers::Said> for Spoken<'a> {
    fn from(said: &'a movers::Said) -> Self {
        Self {
            model: said.model,
            probability: said.probability,
            terms: &said.terms,
        }
    }
}
