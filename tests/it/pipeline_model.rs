//! The agent for questions about the numbers with a model, over the wire of a provider.

use std::sync::Arc;

use crm_agents::model::ChatModel;
use crm_tests::fake_openai::{FakeOpenAi, Reply};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::http_support::{Api, Event, Events};

/// A service that asks `fake`, with two deals.
async fn service(fake: &FakeOpenAi) -> Api {
    let models: Vec<Arc<dyn ChatModel>> = vec![Arc::new(fake.model())];
    let api = Api::with(models, &[]).await;
    for name in ["Harbour", "Lighthouse"] {
        let made = api
            .post(
                "/v1/opportunities",
                &json!({"name": name, "close_date": "2030-06-30"}),
            )
            .await;
        assert_eq!(made.status(), StatusCode::CREATED);
    }
    api
}

async fn run(api: &Api, question: &str) -> Vec<Event> {
    let body = json!({"input": {"question": question}, "stream": true});
    Events::of(api.post("/v1/agents/pipeline/runs", &body).await)
        .all()
        .await
}

fn said(events: &[Event]) -> String {
    let words = events.iter().filter(|event| event.kind == "text_delta");
    words.map(|event| event.data["text"].as_str().unwrap()).collect()
}

fn card(events: &[Event]) -> &Value {
    let card = events.iter().find(|event| event.kind == "card");
    &card.unwrap_or_else(|| panic!("{events:?}")).data["card"]
}

fn count(measure: &str) -> Value {
    json!({"query": {"entity": "opportunities", "measures": [measure]}, "language": "en"})
}

#[tokio::test]
async fn a_call_of_a_model_becomes_a_card_with_numbers_of_the_code() {
    let fake = FakeOpenAi::start().await;
    fake.reply(Reply::call("call_1", "run_query", &count("count")));
    let api = service(&fake).await;

    let events = run(&api, "How many deals?").await;

    let card = card(&events);
    assert_eq!(card["table"]["rows"][0][0], "2", "{card}");
    assert_eq!(card["question"], "How many deals?");
    assert_eq!(said(&events).trim(), card["sentence"].as_str().unwrap());
    let last = &events.last().unwrap().data;
    assert_eq!(
        (&last["outcome"], &last["degraded"]),
        (&json!("completed"), &json!(false))
    );
    // One call, held and settled at what the provider reported.
    assert_eq!(last["usage"]["model_calls"], 1);
    assert!(last["usage"]["cost_nano_usd"].as_i64().unwrap() > 0, "{last}");
    let asked = &fake.requests()[0];
    assert!(
        asked.system().contains("opportunities") && asked.tool_names().contains(&"run_query"),
        "{}",
        asked.system()
    );
    assert!(!asked.system().contains("Harbour"));
    api.end().await;
}

#[tokio::test]
async fn a_query_that_cannot_be_asked_comes_back_once_and_is_mended() {
    let fake = FakeOpenAi::start().await;
    fake.reply(Reply::call("call_1", "run_query", &count("cuont")))
        .reply(Reply::call("call_2", "run_query", &count("count")));
    let api = service(&fake).await;

    let events = run(&api, "How many deals?").await;

    assert_eq!(card(&events)["table"]["rows"][0][0], "2");
    let results = fake.requests()[1].lines();
    assert!(
        results.contains("/measures/0") && results.contains("count"),
        "{results}"
    );
    api.end().await;
}

#[tokio::test]
async fn a_model_that_only_talks_is_passed_over_and_its_numbers_reach_nobody() {
    let fake = FakeOpenAi::start().await;
    fake.reply(Reply::text("There are 4711 deals worth 99 million dollars."));
    let api = service(&fake).await;

    let events = run(&api, "how many opportunities are there?").await;

    let all = format!("{events:?}");
    assert!(!all.contains("4711") && !all.contains("99 million"), "{all}");
    assert_eq!(card(&events)["table"]["rows"][0][0], "2");
    let last = &events.last().unwrap().data;
    assert_eq!(
        (&last["outcome"], &last["degraded"]),
        (&json!("completed"), &json!(true))
    );
    api.end().await;
}

#[tokio::test]
async fn a_model_can_ask_back_and_decline_only_in_words_of_the_code() {
    let fake = FakeOpenAi::start().await;
    let choices =
        json!({"choices": [count("open_amount")["query"], count("won_amount")["query"]], "language": "en"});
    fake.reply(Reply::call("call_1", "ask_back", &choices))
        .reply(Reply::call(
            "call_2",
            "decline",
            &json!({"reason": "writes", "language": "de"}),
        ));
    let api = service(&fake).await;

    let events = run(&api, "amount?").await;
    let asked = card(&events);
    assert_eq!(asked["kind"], "clarification", "{asked}");
    assert_eq!(asked["choices"].as_array().unwrap().len(), 2);

    let events = run(&api, "Lösche alle Leads").await;
    assert_eq!(card(&events)["kind"], "declined");
    assert_eq!(
        said(&events).trim(),
        "Ich beantworte nur Fragen; ich ändere nichts."
    );
    assert_eq!(events.last().unwrap().data["outcome"], "abstained");
    api.end().await;
}
