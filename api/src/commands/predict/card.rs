//! The calibration card as text, with bars.

use std::{collections::BTreeMap, fmt::Write as _};

use crm_store::{
    agreement::{Agreement, Nearer},
    models::{ModelKind, PredictiveModel},
};
use crm_tools::predictions::labels;
use serde_json::Value;

/// Characters of a whole bar.
const BAR: usize = 32;
/// Rows of a list.
const MOST: usize = 10;

/// The card of a model, for a terminal.
pub(super) fn text(model: &PredictiveModel, card: &Value, people: Option<&Agreement>) -> String {
    let mut text = format!(
        "{} model {} ({}), trained {}\n{}\n\n",
        model.kind,
        model.number,
        model.state,
        model.trained_at.format("%Y-%m-%d %H:%M"),
        model.why
    );
    let _ = writeln!(text, "{}", learned(model, card));
    if let Some(days) = card.get("window_days").and_then(Value::as_u64) {
        let _ = writeln!(
            text,
            "good is what was converted within {days} days of the moment"
        );
    }
    for (name, field, base) in [
        ("AUC", "auc", None),
        ("Brier score", "brier", Some("brier_base")),
        ("log loss", "log_loss", Some("log_loss_base")),
        ("ECE", "ece", None),
        ("base rate", "base_rate", None),
    ] {
        let against = base.and_then(|base| number(card, base));
        let against = against.map_or(String::new(), |base| format!("  (base rate alone {base:.4})"));
        let within = if field == "auc" {
            interval(card)
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "  {name:<12} {}{within}{against}",
            shown(number(card, field))
        );
    }
    if let Some(recent) = model.metrics.get("recent").filter(|recent| recent.is_object()) {
        let _ = writeln!(text, "\nsince it became active\n  {}", since(recent));
    }
    let _ = writeln!(
        text,
        "\nreliability: said and happened, equally many records a line"
    );
    for bin in list(card, "reliability") {
        let (said, happened) = (number(bin, "predicted"), number(bin, "observed"));
        let _ = writeln!(
            text,
            "  {} {} {:>5} records",
            line("said", said),
            line("happened", happened),
            whole(bin, "n")
        );
    }
    quarters(&mut text, card);
    let labels = labels(model.kind);
    let factors = list(card, "factors");
    if !factors.is_empty() {
        let _ = writeln!(text, "\nwhat moves it most, in log-odds");
        let strongest = factors.first().and_then(|factor| number(factor, "strength"));
        for factor in factors.iter().take(MOST) {
            let strength = number(factor, "strength").unwrap_or_default();
            let share = strongest
                .filter(|most| *most > 0.0)
                .map_or(0.0, |most| strength / most);
            let _ = writeln!(
                text,
                "  {:<40} {:.2} {}",
                called(&labels, factor),
                strength,
                bar(share)
            );
        }
    }
    let drift: Vec<&Value> = list(card, "drift")
        .iter()
        .filter(|one| number(one, "psi").is_some_and(|psi| psi >= 0.1))
        .take(MOST)
        .collect();
    if !drift.is_empty() {
        let _ = writeln!(
            text,
            "\nwhat has shifted between learning and measuring (PSI, 0.25 is large)"
        );
        for one in drift {
            let _ = writeln!(
                text,
                "  {:<40} {:.2}",
                called(&labels, one),
                number(one, "psi").unwrap_or_default()
            );
        }
    }
    if let Some(people) = people {
        let _ = writeln!(text, "\nwhat people say\n  {}", said(people));
    }
    for warning in list(card, "warnings").iter().filter_map(Value::as_str) {
        let _ = writeln!(text, "\nnote: {warning}");
    }
    text.trim_end().to_owned()
}

/// What it was learned from and measured on. Customers do not end: it is looks at them that count.
fn learned(model: &PredictiveModel, card: &Value) -> String {
    let tested = (whole(card, "groups_test"), whole(card, "n_test"));
    let (of, good) = match model.kind {
        ModelKind::Win | ModelKind::Lead => ("records", "good"),
        ModelKind::Churn => ("looks at customers", "followed by a departure"),
    };
    let mut learned = format!(
        "learned from {} {of} at {} moments, {} of them {good}; measured on {} later ones ({} moments)",
        model.examples, model.rows, model.positives, tested.0, tested.1
    );
    if let Some(subjects) = card.get("subjects") {
        let _ = write!(
            learned,
            "\nthose are looks at {} customers, learned from {}; {} are among both, at different times",
            whole(subjects, "test"),
            whole(subjects, "train"),
            whole(subjects, "both")
        );
    }
    learned
}

/// How people agree with the model, and who was nearer, in one line.
fn said(people: &Agreement) -> String {
    let counted = format!(
        "{} agree, {} do not ({} too high, {} too low); of those {} have ended",
        people.agreed, people.disagreed, people.too_high, people.too_low, people.ended
    );
    let brier = people.brier_model.zip(people.brier_people).map_or(
        format!(", {} as the person thought", people.people_were_right),
        |(model, own)| format!(", Brier score of the model {model:.3}, of people {own:.3}"),
    );
    let nearer = match people.nearer() {
        Nearer::Model => "the model was nearer",
        Nearer::People => "people were nearer",
        Nearer::Neither => "neither was nearer",
        Nearer::TooFew => "too few to tell who was nearer",
    };
    format!("{counted}{brier}: {nearer}")
}

/// The 95 % interval of the area under the curve; nothing where the card has none.
fn interval(card: &Value) -> String {
    let ends: Vec<f64> = list(card, "auc_interval")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    match ends.as_slice() {
        [low, high] => format!("  (95 %: {low:.4} to {high:.4})"),
        _ => String::new(),
    }
}

/// How far the records have shifted since the model spoke first, and how it did on those that ended, in one line.
fn since(recent: &Value) -> String {
    let psi = number(recent, "psi").map_or_else(|| "-".to_owned(), |psi| format!("{psi:.2}"));
    let (records, ended) = (whole(recent, "records"), whole(recent, "ended"));
    let how: Vec<String> = [("log loss", "log_loss"), ("AUC", "auc"), ("Brier score", "brier")]
        .into_iter()
        .filter_map(|(name, field)| Some(format!("{name} {:.4}", number(recent, field)?)))
        .collect();
    let how = if how.is_empty() {
        String::new()
    } else {
        format!(", on those {}", how.join(", "))
    };
    let at = word(recent, "at").get(..10).unwrap_or_default();
    format!("{at}: {records} records scored, shifted by {psi} (PSI, 0.25 is large); {ended} ended{how}")
}

fn quarters(text: &mut String, card: &Value) {
    let quarters = list(card, "backtest");
    if quarters.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nquarter by quarter, with what was known before");
    for quarter in quarters {
        let _ = writeln!(
            text,
            "  {}  {} {}  AUC {}  {:>5} records",
            word(quarter, "period"),
            line("said", number(quarter, "predicted")),
            line("happened", number(quarter, "observed")),
            shown(number(quarter, "auc")),
            whole(quarter, "n")
        );
    }
}

fn number(of: &Value, name: &str) -> Option<f64> {
    of.get(name)?.as_f64()
}

fn whole(of: &Value, name: &str) -> u64 {
    of.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn word<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What people call the feature that a row of the card is about.
fn called<'v>(labels: &BTreeMap<&'static str, &'static str>, of: &'v Value) -> &'v str {
    let name = word(of, "name");
    labels.get(name).copied().unwrap_or(name)
}

fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn shown(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.4}"))
}

/// A probability in percent with its bar.
fn line(what: &str, probability: Option<f64>) -> String {
    let probability = probability.unwrap_or_default();
    format!("{what} {:>5.1} % {}", probability * 100.0, bar(probability))
}

/// A bar of this share of the whole, padded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share between 0 and 1 of a few characters"
)]
fn bar(share: f64) -> String {
    let filled = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    format!("{}{}", "█".repeat(filled), "·".repeat(BAR - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(bar(0.0), "·".repeat(BAR));
        assert_eq!(bar(2.0), "█".repeat(BAR));
        assert_eq!(bar(0.5).matches('█').count(), BAR / 2);
        assert_eq!(bar(f64::NAN).chars().count(), BAR);
    }

    #[test]
    fn what_people_say_is_told_with_who_was_nearer() {
        let mut people = Agreement {
            model_id: None,
            number: Some(1),
            agreed: 3,
            disagreed: 4,
            too_high: 3,
            too_low: 1,
            ended: 2,
            people_were_right: 1,
            compared: 0,
            brier_model: None,
            brier_people: None,
        };
        assert_eq!(
            said(&people),
            "3 agree, 4 do not (3 too high, 1 too low); of those 2 have ended, 1 as the person thought: too few to tell who \
             was nearer"
        );
        (people.ended, people.compared) = (20, 20);
        (people.brier_model, people.brier_people) = (Some(0.25), Some(0.125));
        assert!(
            said(&people).ends_with("Brier score of the model 0.250, of people 0.125: people were nearer"),
            "{}",
            said(&people)
        );
    }

    #[test]
    fn drift_and_what_ended_since_are_one_line() {
        let mut recent = serde_json::json!({
            "at": "2026-11-21T03:04:05Z", "psi": 0.314, "records": 120, "ended": 0, "log_loss": null, "auc": null,
            "brier": null
        });
        assert_eq!(
            since(&recent),
            "2026-11-21: 120 records scored, shifted by 0.31 (PSI, 0.25 is large); 0 ended"
        );
        recent["ended"] = 61.into();
        recent["log_loss"] = 0.5.into();
        recent["auc"] = 0.75.into();
        assert!(
            since(&recent).ends_with("; 61 ended, on those log loss 0.5000, AUC 0.7500"),
            "{}",
            since(&recent)
        );
        assert_eq!(
            interval(&serde_json::json!({"auc_interval": [0.79, 0.871_23]})),
            "  (95 %: 0.7900 to 0.8712)"
        );
    }

    #[test]
    fn what_a_card_lacks_is_left_out() {
        assert_eq!(interval(&serde_json::json!({"auc_interval": null})), "");
        assert_eq!(shown(None), "-");
        assert_eq!(list(&serde_json::json!({}), "factors"), &[] as &[Value]);
        assert_eq!(line("said", Some(0.25)), format!("said  25.0 % {}", bar(0.25)));
    }
}
