//! How what customers write feels.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use crm_store::history::MessageAt;
use uuid::Uuid;

use super::words::{count, mean, since};

/// What they wrote from so many days before a moment to so many, latest first.
pub(super) fn recent(
    messages: impl Iterator<Item = MessageAt>,
    moment: DateTime<Utc>,
    from: f64,
    to: f64,
) -> Vec<MessageAt> {
    let mut wrote: Vec<MessageAt> = messages
        .filter(|message| message.is_inbound && (from..to).contains(&since(message.at, moment)))
        .collect();
    wrote.sort_by_key(|message| Reverse(message.at));
    wrote
}

/// Messages as evidence.
pub(super) fn named(messages: &[MessageAt]) -> Vec<(&'static str, Uuid)> {
    messages.iter().map(|message| ("message", message.id)).collect()
}

fn tones(messages: &[MessageAt]) -> Vec<f64> {
    messages.iter().filter_map(|message| message.sentiment).collect()
}

/// How messages felt, for models: the mean, with one of no tone that nobody has written.
pub(super) fn felt(messages: &[MessageAt]) -> Option<f64> {
    let felt = tones(messages);
    (!felt.is_empty()).then(|| felt.iter().sum::<f64>() / (count(felt.len()) + 1.0))
}

/// How messages felt, for people: the mean.
pub(super) fn plainly(messages: &[MessageAt]) -> Option<f64> {
    mean(&tones(messages))
}

/// How far a tone has changed.
pub(super) fn trend(now: Option<f64>, before: Option<f64>) -> Option<f64> {
    now.zip(before).map(|(now, before)| now - before)
}

/// Why there is no tone of the last 90 days, as a sentence.
pub(super) fn had_no_tone(messages: &[MessageAt]) -> String {
    if messages.is_empty() {
        "They wrote nothing in the last 90 days.".to_owned()
    } else {
        "How what they wrote in the last 90 days felt is not known.".to_owned()
    }
}

/// How the tone of what somebody writes has changed, as a sentence.
pub(super) fn tone(change: Option<f64>) -> String {
    match change {
        Some(better) if better > 0.05 => {
            format!("What they write feels better than before, by {better:.2}.")
        }
        Some(worse) if worse < -0.05 => format!("What they write feels worse than before, by {:.2}.", -worse),
        Some(_) => "What they write feels as before.".to_owned(),
        None => "Too little was written to see a trend.".to_owned(),
    }
}
