//! The agent for questions about the numbers with a model, over the wire of a provider.

use std::sync::Arc;

use crm_agents::model::ChatModel;
use crm_tests::fake_openai::{Captured, FakeOpenAi, Reply};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, Event, Events},
};

/// A service that asks `fake`, with two deals.
pub(crate) async fn service(fake: &FakeOpenAi) -> Api {
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

pub(crate) async fn run(api: &Api, question: &str) -> Vec<Event> {
    let body = json!({"input": {"question": question}, "stream": true});
    Events::of(api.post("/v1/agents/pipeline/runs", &body).await)
        .all()
        .await
}

pub(crate) fn said(events: &[Event]) -> String {
    let words = events.iter().filter(|event| event.kind == "text_delta");
    words.map(|event| event.data["text"].as_str().unwrap()).collect()
}

pub(crate) fn card(events: &[Event]) -> &Value {
    let card = events.iter().find(|event| event.kind == "card");
    &card.unwrap_or_else(|| panic!("{events:?}")).data["card"]
}

pub(crate) fn count(measure: &str) -> Value {
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

/// A run of somebody who is signed in.
async fn run_of(api: &Api, tokens: &Value, question: &str) -> Vec<Event> {
    let started = api
        .as_person(tokens, Method::POST, "/v1/agents/pipeline/runs")
        .json(&json!({"input": {"question": question}, "stream": true}))
        .send()
        .await
        .unwrap();
    Events::of(started).all().await
}

/// Everything that a reader was shown, without what differs from run to run.
fn shown(events: &[Event]) -> String {
    let told = events.iter().map(|event| {
        let mut data = event.data.clone();
        for field in ["run_id", "usage"] {
            data.as_object_mut().unwrap().remove(field);
        }
        if let Some(card) = data.get_mut("card").and_then(Value::as_object_mut) {
            card.remove("as_of");
        }
        format!("{} {data}", event.kind)
    });
    told.collect::<Vec<_>>().join("\n")
}

/// A rep and a colleague who has a customer of this name with a deal worth 70,000.
async fn colleagues(api: &Api, customer: &str) -> Value {
    for email in ["rep@acme.test", "other@acme.test"] {
        api.member(email, "sales").await;
    }
    let other = login(api, "other@acme.test", PASSWORD).await;
    let me: Value = api.get_as(&other, "/v1/me").await.json().await.unwrap();
    let make = async |path: &str, mut body: Value| {
        body["owner_id"] = me["actor"]["id"].clone();
        let made = api
            .as_person(&other, Method::POST, path)
            .json(&body)
            .send()
            .await
            .unwrap();
        let (status, text) = (made.status(), made.text().await.unwrap());
        assert_eq!(status, StatusCode::CREATED, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["id"].clone()
    };
    let account = make("/v1/accounts", json!({"name": customer})).await;
    make(
        "/v1/opportunities",
        json!({"name": "Zephyr fleet", "account_id": account, "close_date": "2030-06-30",
            "amount": {"amount": "70000.00", "currency": "USD"}}),
    )
    .await;
    login(api, "rep@acme.test", PASSWORD).await
}

/// What a model hears and what the reader sees of a name when a colleague's customer is called `theirs`.
async fn told_of(name: &str, theirs: &str) -> (String, String) {
    let fake = FakeOpenAi::start().await;
    // Neither the worth of the deal nor its name may leave.
    fake.forbid("70000.00").forbid("70,000").forbid("Zephyr fleet");
    let by_account = json!({"query": {
        "entity": "opportunities", "measures": ["count", "amount"],
        "filters": [{"dimension": "account", "op": "eq", "value": name}],
    }, "language": "en"});
    let records = json!({"query": {
        "entity": "opportunities", "form": {"kind": "records"},
        "filters": [{"dimension": "account", "op": "eq", "value": name}],
    }, "language": "en"});
    // After the second the floor reads the question, and it hears as little.
    fake.reply(Reply::call("call_1", "run_query", &by_account))
        .reply(Reply::call("call_2", "run_query", &records));
    let api = service(&fake).await;
    let rep = colleagues(&api, theirs).await;
    let events = run_of(&api, &rep, &format!("How much is {name} worth?")).await;
    let wire: Vec<String> = fake.requests().iter().map(Captured::lines).collect();
    let read = shown(&events);
    assert!(!read.contains("70000.00") && !read.contains("70,000"), "{read}");
    api.end().await;
    (wire.join("\n"), read)
}

#[tokio::test]
async fn of_a_colleagues_customer_a_model_and_its_reader_hear_what_they_hear_of_nobody() {
    let name = "Zephyr Freight";
    let (theirs, nobodys) = tokio::join!(told_of(name, name), told_of(name, "Qvarnum Ltd"));
    assert_eq!(theirs.0, nobodys.0, "on the wire");
    assert_eq!(theirs.1, nobodys.1, "to the reader");
}

/// Queries that would tell of amounts, if only by who is above 4,000.
fn about_amounts(at: usize) -> Value {
    let filters = json!([{"dimension": "amount_each", "op": "gt", "value": 4000}]);
    let mut query = match at {
        0 => json!({"measures": ["amount"]}),
        1 => json!({"measures": ["count"], "filters": filters}),
        2 => json!({"form": {"kind": "records"}, "order": [{"by": "amount_each"}]}),
        _ => json!({"form": {"kind": "records"}}),
    };
    query["entity"] = json!("opportunities");
    json!({"query": query, "language": "en"})
}

/// Calls with the query that the question has the number of, and gives up when it has heard what comes of it.
fn ask_by_number(request: &Captured) -> Reply {
    let results = request.tool_results();
    if !results.is_empty() {
        let outside = json!({"reason": "outside", "language": "en"});
        return Reply::call("call_2", "decline", &outside);
    }
    let asked = request.user_texts().concat();
    let at = (0..4).find(|at| asked.contains(&format!("Number {at}")));
    Reply::call("call_1", "run_query", &about_amounts(at.unwrap()))
}

#[tokio::test]
async fn a_hidden_or_masked_field_leaves_neither_for_the_model_nor_for_the_reader() {
    for rule in ["hidden", "masked"] {
        let fake = FakeOpenAi::answering(ask_by_number).await;
        fake.forbid("4711.00").forbid("4,711");
        let api = service(&fake).await;
        let role = json!({"name": "blind", "permissions": {
            "objects": {"opportunity": ["read", "view_all"], "run": ["create", "read"]},
            "fields": {"opportunity": {"amount": rule}},
        }});
        assert_eq!(api.post("/v1/roles", &role).await.status(), StatusCode::CREATED);
        let priced = json!({"name": "Secret price", "close_date": "2030-06-30",
            "amount": {"amount": "4711.00", "currency": "USD"}});
        let made = api.post("/v1/opportunities", &priced).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        api.member("blind@acme.test", "blind").await;
        let blind = login(&api, "blind@acme.test", PASSWORD).await;
        for at in 0..4 {
            let events = run_of(&api, &blind, &format!("Number {at}, please")).await;
            let read = shown(&events);
            assert!(
                !read.contains("4711.00") && !read.contains("4,711"),
                "{rule} {at}: {read}"
            );
            let requests = fake.requests();
            let last = requests.last().unwrap();
            if at < 3 {
                // The reader gets a no that is the same whatever there is, and the model hears nothing of it.
                let card = card(&events);
                assert_eq!(
                    (&card["kind"], &card["sentence"], &card["query"]),
                    (
                        &json!("declined"),
                        &json!("Your role does not include what this asks for."),
                        &Value::Null
                    ),
                    "{rule} {at}: {read}"
                );
                assert!(last.tool_results().is_empty(), "{rule} {at}");
            } else {
                // The records come without the field, and what else the role does not show.
                let card = card(&events);
                let columns = card["table"]["columns"].as_array().expect("a list");
                assert!(
                    columns.len() > 1 && columns.iter().all(|column| column["unit"] != "money"),
                    "{rule}: {read}"
                );
                let rows = card["table"]["rows"].to_string();
                assert!(rows.contains("Secret price"), "{rule}: {read}");
                let told = "Columns that your role does not show are left out.";
                assert!(card["notes"].to_string().contains(told), "{rule}: {read}");
            }
        }
        api.end().await;
    }
}
