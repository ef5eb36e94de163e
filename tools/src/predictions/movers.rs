//! What moved a probability between two scores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reasons::UNSEEN;

/// A part of the log-odds at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said<'a> {
    /// The feature; none for what the model starts from, and for the prior.
    pub feature: Option<&'a str>,
    /// How far it moves the log-odds.
    pub log_odds: f64,
}

/// How far a probability moved, and what moved it most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Moved {
    /// The probability before.
    pub from: f64,
    /// The probability now.
    pub to: f64,
    /// How many percentage points that is.
    pub points: f64,
    /// Whether another model speaks now: then the features are not compared.
    pub other_model: bool,
    /// The feature that moved it most in that direction; null when the reader may not know it, or none did.
    pub feature: Option<String>,
    /// How far that feature moved the log-odds.
    pub log_odds: f64,
    /// What moved it, in words.
    pub sentence: String,
}

/// The feature that moved most in the direction in which the log-odds moved, and how far.
pub fn mover<'a>(before: &[Said<'a>], now: &[Said<'a>]) -> Option<(&'a str, f64)> {
    let total = |said: &[Said<'_>]| said.iter().map(|one| one.log_odds).sum::<f64>();
    let direction = (total(now) - total(before)).signum();
    let gone = before.iter().enumerate().filter_map(|(at, one)| {
        let feature = one.feature?;
        of(now, at, feature).is_none().then_some((feature, -one.log_odds))
    });
    now.iter()
        .enumerate()
        .filter_map(|(at, one)| {
            let feature = one.feature?;
            let was = of(before, at, feature).map_or(0.0, |was| was.log_odds);
            Some((feature, one.log_odds - was))
        })
        .chain(gone)
        .filter(|(_, moved)| moved * direction > 0.0)
        .max_by(|left, right| left.1.abs().total_cmp(&right.1.abs()))
}

/// What was said of a feature: at this place as a rule, because one model says all in one order.
fn of<'s, 'a>(said: &'s [Said<'a>], at: usize, feature: &str) -> Option<&'s Said<'a>> {
    let is = |one: &&Said<'_>| one.feature == Some(feature);
    said.get(at).filter(is).or_else(|| said.iter().find(is))
}

/// How far a probability moved and why, in words; `sentence` is what the feature says now, unless the reader may not
/// know it.
pub fn moved(
    (from, to): (f64, f64),
    other_model: bool,
    mover: Option<(&str, f64)>,
    sentence: Option<Option<String>>,
) -> Moved {
    let points = (to - from) * 100.0;
    let way = if points < 0.0 { "fell" } else { "rose" };
    let far = format!("{:.0}", points.abs());
    let unit = if far == "1" { "point" } else { "points" };
    let visible = sentence.as_ref().is_some_and(Option::is_some);
    let because = match (other_model, sentence) {
        (true, _) => "Another model speaks now.".to_owned(),
        (false, Some(Some(known))) => known,
        (false, Some(None)) => UNSEEN.to_owned(),
        (false, None) => "No single thing stands out.".to_owned(),
    };
    let mover = mover.filter(|_| !other_model);
    Moved {
        from,
        to,
        points,
        other_model,
        feature: mover.filter(|_| visible).map(|(feature, _)| feature.to_owned()),
        log_odds: mover.map_or(0.0, |(_, moved)| moved),
        sentence: format!("It {way} by {far} {unit}. {because}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(parts: &[(&'a str, f64)]) -> Vec<Said<'a>> {
        let of = |(feature, log_odds): &(&'a str, f64)| Said {
            feature: (!feature.is_empty()).then_some(*feature),
            log_odds: *log_odds,
        };
        parts.iter().map(of).collect()
    }

    #[test]
    fn the_cause_is_what_moved_most_in_the_same_direction() {
        let before = said(&[("", -1.0), ("meetings", 0.5), ("stage", 0.2)]);
        let now = said(&[("", -1.0), ("meetings", -0.4), ("stage", 0.5)]);
        let (feature, far) = mover(&before, &now).unwrap();
        assert_eq!(feature, "meetings");
        assert!((far + 0.9).abs() < 1e-12);
        assert_eq!(mover(&before, &before), None);
        let gone = said(&[("", -1.0), ("stage", 0.2)]);
        assert_eq!(
            mover(&before, &gone).map(|(feature, _)| feature),
            Some("meetings")
        );
    }

    #[test]
    fn a_cause_that_the_reader_may_not_know_is_told_neutrally() {
        let told = moved((0.6, 0.4), false, Some(("cases", -0.9)), Some(None));
        assert_eq!(
            (told.feature, told.sentence),
            (None, format!("It fell by 20 points. {UNSEEN}"))
        );
        let other = moved((0.4, 0.6), true, None, None);
        assert_eq!(other.sentence, "It rose by 20 points. Another model speaks now.");
    }
}
