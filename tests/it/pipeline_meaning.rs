//! Words of questions that nobody put into the layer, read by their meaning.

use std::collections::BTreeMap;

use crm_tests::knowledge::mini_lm;
use crm_tools::{
    card::{AnswerCard, CardKind},
    pipeline::{Question, ask},
    question::Embedder,
};
use serde::Deserialize;
use serde_json::Value;

use crate::analytics_support::{Deal, World};

#[derive(Deserialize)]
struct Words {
    means: Vec<Means>,
    nothing: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Means {
    lang: String,
    word: String,
    value: String,
}

const SOURCES: &[&str] = &[
    "Web",
    "Phone Inquiry",
    "Partner Referral",
    "Purchased List",
    "Trade Show",
    "Employee Referral",
    "Advertisement",
    "Email",
    "Webinar",
    "Other",
];

/// A tenant with the default stages and a deal of each source.
async fn world(sources: &[&str]) -> World {
    let world = World::new().await;
    let deals: Vec<Deal> = sources
        .iter()
        .map(|_| Deal::new("Qualification", 10_000))
        .collect();
    world.deals(&deals).await;
    for (deal, source) in deals.iter().zip(sources) {
        sqlx::query("UPDATE opportunities SET lead_source = $2 WHERE id = $1")
            .bind(deal.id)
            .bind(source)
            .execute(&world.owner)
            .await
            .unwrap();
    }
    world
}

async fn asked(world: &World, embedder: Option<&dyn Embedder>, text: &str) -> AnswerCard {
    let question = Question {
        text,
        previous: None,
        language: None,
    };
    ask(&world.admin, embedder, &question).await.unwrap()
}

fn question(language: &str, word: &str) -> String {
    match language {
        "de" => format!("Wie viele Verkaufschancen in {word}?"),
        "es" => format!("¿Cuántas oportunidades en {word}?"),
        "fr" => format!("Combien d'opportunités en {word} ?"),
        _ => format!("How many deals in {word}?"),
    }
}

fn values(card: &AnswerCard) -> Vec<Value> {
    let query = card.query.iter();
    query
        .flat_map(|query| query.filters.iter().map(|filter| filter.value.clone()))
        .collect()
}

#[tokio::test]
async fn words_near_to_a_value_are_read_as_it_and_others_are_declined() {
    let words: Words = serde_norway::from_str(include_str!("pipeline_meaning.yaml")).unwrap();
    let world = world(SOURCES).await;
    let model = mini_lm();
    let mut wrong = Vec::new();
    for Means { lang, word, value } in &words.means {
        let card = asked(&world, Some(&model), &question(lang, word)).await;
        let told = card.notes.iter().any(|note| note.contains(word.as_str()));
        if values(&card) != [Value::from(value.clone())] || !told {
            wrong.push(format!(
                "{word}: {} {:?} {:?}",
                card.sentence,
                values(&card),
                card.notes
            ));
        }
    }
    for (lang, others) in &words.nothing {
        for word in others {
            let card = asked(&world, Some(&model), &question(lang, word)).await;
            if card.kind != CardKind::Declined {
                wrong.push(format!("{word}: {} {:?}", card.sentence, values(&card)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_near_tie_is_asked_back_and_a_group_is_found_only_after_by() {
    let world = world(&["Negotiation", "Web"]).await;
    let model = mini_lm();

    let tie = asked(&world, Some(&model), "How many deals in bargaining?").await;
    let choices: Vec<&str> = tie.choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(tie.kind, CardKind::Clarification, "{tie:?}");
    assert!(
        choices
            .iter()
            .any(|label| label.contains("Stage: Negotiation/Review"))
            && choices
                .iter()
                .any(|label| label.contains("Lead source: Negotiation")),
        "{choices:?}"
    );

    let grouped = asked(&world, Some(&model), "Won amount by salesman").await;
    assert_eq!(
        grouped.query.as_ref().unwrap().dimensions[0].name,
        "owner",
        "{grouped:?}"
    );
    assert!(
        grouped
            .notes
            .iter()
            .any(|note| note == "“salesman” was read as Owner."),
        "{:?}",
        grouped.notes
    );
    // The words nearest to a measure are those of other numbers.
    let other = asked(&world, Some(&model), "Profit by owner").await;
    assert_eq!(other.kind, CardKind::Declined, "{other:?}");
}

#[tokio::test]
async fn without_a_model_the_glossary_finds_names_and_nothing_is_guessed() {
    let world = world(SOURCES).await;
    let german = asked(&world, None, &question("de", "Fachmesse")).await;
    assert_eq!(values(&german), ["Trade Show"], "{german:?}");
    assert!(
        german
            .notes
            .iter()
            .any(|note| note.contains("Fachmesse") && note.contains("Trade Show")),
        "{:?}",
        german.notes
    );
    let declined = asked(&world, None, &question("en", "haggling")).await;
    assert_eq!(declined.kind, CardKind::Declined, "{declined:?}");
}
