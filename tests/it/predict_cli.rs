//! `crm-ai predict` as a process: the card of a model that was learned, as text and as JSON, and which model is active.

use crm_store::models::{ModelKind, PredictiveModel};
use crm_tools::predictions::{Occasion, Outcome, Predictor, train};
use serde_json::{Value, json};

use crate::{import_support::Desk, win_support::Past};

/// What is said where nothing was learned.
const NO_MODEL: &str = "no model was trained yet; crm-ai predict train trains one";

/// A desk whose tenant has learned from its ended deals, and what it learned.
async fn learned() -> (Desk, Box<PredictiveModel>) {
    let past = Past::new().await;
    past.ended(160).await;
    let job = past.tenant.predicting();
    let outcome = train(&Predictor::default(), &job, ModelKind::Win, Occasion::Turn)
        .await
        .unwrap();
    let Outcome::Activated(model) = outcome else {
        panic!("the rule is plain")
    };
    past.store.close().await;
    (Desk::on(past.db).await, model)
}

fn number(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn whole(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn says(text: &str, expected: &str) {
    assert!(text.contains(expected), "{expected:?} is not in\n{text}");
}

/// The lines below a heading.
fn table<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    text.lines()
        .skip_while(|line| !line.starts_with(heading))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect()
}

#[tokio::test]
async fn the_card_has_the_same_figures_in_text_and_as_json() {
    let (desk, model) = learned().await;
    let ran = desk
        .run(&["predict", "card", "--tenant", "acme", "--kind", "win", "--json"])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json.as_array().map(Vec::len), Some(1), "{}", ran.json);
    let one = &ran.json[0];
    assert_eq!(one["model"]["id"], json!(model.id));
    assert_eq!(one["people"], Value::Null, "nobody has said anything");
    let card = &one["card"];
    for figure in ["auc", "brier", "brier_base", "log_loss", "ece", "base_rate"] {
        let (shown, learned) = (number(card, figure), number(&model.metrics, figure));
        assert!((shown - learned).abs() < 1e-9, "{figure}: {shown} {learned}");
    }

    let ran = desk
        .run(&["predict", "card", "--tenant", "acme", "--kind", "win"])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = ran.stdout.as_str();
    says(text, &format!("win model {} (active), trained ", model.number));
    says(text, &model.why);
    says(
        text,
        &format!(
            "learned from {} records at {} moments, {} of them good; measured on {} later ones ({} moments)",
            model.examples,
            model.rows,
            model.positives,
            whole(card, "groups_test"),
            whole(card, "n_test")
        ),
    );
    for (name, figure) in [
        ("AUC", "auc"),
        ("Brier score", "brier"),
        ("log loss", "log_loss"),
        ("ECE", "ece"),
        ("base rate", "base_rate"),
    ] {
        says(text, &format!("\n  {name:<12} {:.4}", number(card, figure)));
    }
    says(
        text,
        &format!("(base rate alone {:.4})", number(card, "brier_base")),
    );
    for (heading, list) in [
        ("reliability: ", "reliability"),
        ("quarter by quarter", "backtest"),
    ] {
        let (lines, rows) = (table(text, heading), card[list].as_array().unwrap());
        assert!(!rows.is_empty(), "{list}: {card}");
        assert_eq!(lines.len(), rows.len(), "{list} in\n{text}");
        for (line, row) in lines.into_iter().zip(rows) {
            for (what, share) in [("said", "predicted"), ("happened", "observed")] {
                says(line, &format!("{what} {:>5.1} % ", number(row, share) * 100.0));
            }
            assert!(
                line.ends_with(&format!(" {:>5} records", whole(row, "n"))),
                "{line}"
            );
            if list == "backtest" {
                says(line, &format!("  {}  said ", row["period"].as_str().unwrap()));
            }
        }
    }
    let bins = card["reliability"].as_array().unwrap();
    let measured: u64 = bins.iter().map(|bin| whole(bin, "n")).sum();
    assert_eq!(measured, whole(card, "n_test"));

    let ran = desk.run(&["predict", "status", "--tenant", "acme"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let (kind, state) = ("win", "active");
    let active = format!("{kind:<5} {:>3}  {state:<9} ", model.number);
    let line = ran.stdout.lines().find(|line| line.starts_with(&active));
    let line = line.unwrap_or_else(|| panic!("{active:?} is not in\n{}", ran.stdout));
    says(line, &format!("  AUC {:.3}  {}", number(card, "auc"), model.why));
    let ran = desk
        .run(&["predict", "status", "--tenant", "acme", "--json"])
        .await;
    let first = &ran.json["models"][0];
    assert_eq!(
        (&first["id"], &first["state"], &first["kind"]),
        (&json!(model.id), &json!("active"), &json!("win")),
        "{}",
        ran.json
    );
}

#[tokio::test]
async fn without_a_model_there_is_no_card_and_it_says_so() {
    let desk = Desk::new().await;
    let ran = desk.run(&["predict", "card", "--tenant", "acme"]).await;
    assert_eq!((ran.code, ran.stdout.trim_end()), (1, NO_MODEL), "{ran:?}");
    let ran = desk.run(&["predict", "card", "--tenant", "acme", "--json"]).await;
    assert_eq!((ran.code, &ran.json), (1, &json!([])), "{ran:?}");
    let ran = desk.run(&["predict", "status", "--tenant", "acme"]).await;
    assert_eq!((ran.code, ran.stdout.trim_end()), (0, NO_MODEL), "{ran:?}");
    for (arguments, because) in [
        (
            ["--tenant", "acme", "--kind", "sales"],
            "there is no kind sales; there are win, lead and churn",
        ),
        (
            ["--tenant", "nobody", "--kind", "win"],
            "there is no tenant nobody",
        ),
    ] {
        let ran = desk
            .run(&[["predict", "card"].as_slice(), arguments.as_slice()].concat())
            .await;
        assert_eq!(ran.code, 1, "{ran:?}");
        says(&ran.stderr, because);
    }
}
