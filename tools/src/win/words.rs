//! The sentence of a card.

use std::fmt::Write as _;

use crm_store::scores::{Score, ScoreState};

use super::WinCard;
use crate::predictions::{reasons::Reasons, terms::percent};

/// The answer in words: the probability, that it rests on few deals where it does, and the strongest reason each way.
pub(super) fn sentence(score: &Score, missing: Option<&str>, few: Option<&str>, told: &Reasons) -> String {
    let mut words = match score.state {
        ScoreState::Model => format!(
            "The chance that this deal is won is {} (between {} and {}).",
            percent(score.probability),
            percent(score.low),
            percent(score.high)
        ),
        ScoreState::Prior | ScoreState::Points => format!(
            "No model speaks of this deal yet{}. This is how deals at this stage usually end: {} (between {} and {}).",
            missing.map_or_else(String::new, |missing| format!(
                " ({})",
                missing.trim_end_matches('.')
            )),
            percent(score.probability),
            percent(score.low),
            percent(score.high)
        ),
    };
    if let Some(few) = few {
        let _ = write!(words, " {few}");
    }
    if let Some(up) = told.up.first() {
        let _ = write!(words, " For it speaks most: {}", up.sentence);
    }
    if let Some(down) = told.down.first() {
        let _ = write!(words, " Against it speaks most: {}", down.sentence);
    }
    words
}

/// The chance in one sentence, before something else.
fn chance(card: &WinCard) -> String {
    card.score.as_ref().map_or_else(String::new, |score| {
        format!(
            "The chance that this deal is won is {}. ",
            percent(score.probability)
        )
    })
}

/// The chance, and how deals that were like it ended.
pub(super) fn with_similar(card: &WinCard) -> String {
    let similar = card
        .similar
        .as_ref()
        .map_or("", |similar| similar.sentence.as_str());
    format!("{}{similar}", chance(card))
}

/// The chance, and what to do.
pub(super) fn with_steps(card: &WinCard) -> String {
    match card.next_steps.as_slice() {
        [] => format!(
            "{}Nothing is known to be missing that won deals had at this stage.",
            chance(card)
        ),
        [one] => format!("{}Next: {}.", chance(card), one.task),
        [first, rest @ ..] => {
            let rest: Vec<&str> = rest.iter().map(|step| step.task.as_str()).collect();
            format!("{}Next: {}. Then: {}.", chance(card), first.task, rest.join("; "))
        }
    }
}
