//! Words around numbers.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use crm_store::history::ActivityAt;

use crate::Value;

/// The number of a value.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// The word of a value.
pub(super) fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Category(word) => Some(word),
        _ => None,
    }
}

/// Whether a value says yes; none when it says nothing.
pub(super) fn yes(value: &Value) -> Option<bool> {
    number(value).map(|number| number > 0.5)
}

/// How many there are.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything")]
pub(super) const fn count(of: usize) -> f64 {
    of as f64
}

/// `no meeting`, `1 meeting`, `3 meetings`.
pub(super) fn some(of: f64, one: &str) -> String {
    let many = match one.strip_suffix('y') {
        Some(stem) if !one.ends_with("day") => format!("{stem}ies"),
        _ => format!("{one}s"),
    };
    match of.round() {
        none if none < 0.5 => format!("no {one}"),
        single if single < 1.5 => format!("1 {one}"),
        more => format!("{more:.0} {many}"),
    }
}

/// `less than a day`, `1 day`, `12 days`.
pub(super) fn days(of: f64) -> String {
    if of < 1.0 {
        "less than a day".to_owned()
    } else {
        some(of.floor(), "day")
    }
}

/// `40 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A word of the catalogue as people write it.
pub(super) fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// A sentence begins with a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether something that was done came to one of these outcomes, as systems write them (`no_answer`) or people ("No answer").
pub(super) fn came_to(activity: &ActivityAt<'_>, outcomes: &[&str]) -> bool {
    let Some(said) = activity.outcome else {
        return false;
    };
    let letters = said.trim().chars().map(|letter| match letter {
        ' ' | '-' => '_',
        other => other.to_ascii_lowercase(),
    });
    outcomes.iter().any(|outcome| outcome.chars().eq(letters.clone()))
}

/// `twice what is usual`, in words that fit any ratio given as its logarithm.
pub(super) fn against(log_ratio: f64) -> String {
    let ratio = log_ratio.exp();
    if (0.9..1.1).contains(&ratio) {
        "about what is usual".to_owned()
    } else if ratio > 1.0 {
        format!("{ratio:.1} times what is usual")
    } else {
        format!("{} of what is usual", percent(ratio))
    }
}

/// `6 percentage points more often`, of a record against what was to be expected.
pub(super) fn more_often(points: f64) -> String {
    let points = points * 100.0;
    if points.abs() < 0.5 {
        "about as often as others".to_owned()
    } else {
        format!(
            "{} percentage points {} often than others",
            format_args!("{:.0}", points.abs()),
            if points > 0.0 { "more" } else { "less" }
        )
    }
}

/// Days from a moment to another, never less than nothing.
pub(super) fn since(then: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    ((now - then).as_seconds_f64() / 86_400.0).max(0.0)
}

/// The quarter of the year that a day is in.
pub(super) fn quarter(day: NaiveDate) -> &'static str {
    match day.month0() / 3 {
        0 => "first",
        1 => "second",
        2 => "third",
        _ => "fourth",
    }
}

/// How many weeks a thing has had, to count by; at least a third of one.
pub(super) fn weeks(days: f64) -> f64 {
    (days / 7.0).max(0.3)
}

/// How many people work somewhere, as a sentence.
pub(super) fn people(of: Option<f64>) -> String {
    match of {
        None => "Its size is not known.".to_owned(),
        Some(one) if one < 1.5 => "1 person works there.".to_owned(),
        Some(more) => format!("{more:.0} people work there."),
    }
}

/// The mean of some numbers.
pub(super) fn mean(of: &[f64]) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().sum::<f64>() / count(of.len()))
}

/// The mean of some stars, with two at 4 that nobody has given: so that a single bad one says little. For models; people
/// are told the mean itself.
pub(super) fn steadied(stars: &[f64]) -> Option<f64> {
    (!stars.is_empty()).then(|| (stars.iter().sum::<f64>() + 8.0) / (count(stars.len()) + 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well_in_sentences() {
        assert_eq!(
            [0.0, 1.0, 3.0].map(|of| some(of, "activity")),
            ["no activity", "1 activity", "3 activities"]
        );
        assert_eq!(
            [0.2, 1.9, 21.3].map(days),
            ["less than a day", "1 day", "21 days"]
        );
        assert_eq!(
            [0.0, 2.0_f64.ln(), 0.5_f64.ln()].map(against),
            [
                "about what is usual",
                "2.0 times what is usual",
                "50 % of what is usual"
            ]
        );
        assert_eq!(more_often(-0.123), "12 percentage points less often than others");
    }
}
