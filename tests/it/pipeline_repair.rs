//! What a model may do wrong, and who answers then: one repair, then the floor; choices that say the same are none.

use crm_tests::fake_openai::{FakeOpenAi, Reply};
use serde_json::{Value, json};

use crate::{
    http_support::{Event, Events},
    pipeline_model::{card, count, run, said, service},
};

fn last(events: &[Event]) -> &Value {
    &events.last().unwrap().data
}

fn cost(events: &[Event]) -> i64 {
    last(events)["usage"]["cost_nano_usd"].as_i64().unwrap()
}

#[tokio::test]
async fn after_one_repair_the_floor_answers_and_nothing_more_is_paid() {
    let fake = FakeOpenAi::start().await;
    let asked = "how many opportunities are there?";
    // Mended at once; then never, in two ways: with other mistakes, and with what is no JSON.
    fake.reply(Reply::call("call_1", "run_query", &count("cuont")))
        .reply(Reply::call("call_2", "run_query", &count("count")))
        .reply(Reply::call("call_1", "run_query", &count("cuont")))
        .reply(Reply::call("call_2", "run_query", &count("cont")))
        .reply(Reply::call("call_1", "run_query", &json!("?")))
        .reply(Reply::call("call_2", "no_such_tool", &json!({})));
    let api = service(&fake).await;

    let mended = run(&api, asked).await;
    assert_eq!(fake.requests().len(), 2);
    assert_eq!(last(&mended)["degraded"], false);
    for (round, requests) in [(1, 4), (2, 6)] {
        let events = run(&api, asked).await;
        assert_eq!(fake.requests().len(), requests, "round {round}");
        assert_eq!(card(&events)["table"]["rows"][0][0], "2");
        let end = last(&events);
        assert_eq!(
            (&end["outcome"], &end["degraded"], &end["degraded_reason"]),
            (&json!("completed"), &json!(true), &json!("model_erred"))
        );
        // Two calls of the model and two of the floor, which costs nothing.
        assert_eq!(end["usage"]["model_calls"], 4, "{end}");
        assert_eq!(cost(&events), cost(&mended));
        let notes = events.iter().filter(|event| event.kind == "note");
        let told: Vec<&str> = notes.map(|event| event.data["text"].as_str().unwrap()).collect();
        assert_eq!(
            told,
            ["The language model came to no answer: this one is made without it."]
        );
    }
    let ledger: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM ledger_entries WHERE kind = 'settle' AND provider = 'openai'",
    )
    .fetch_one(&api.db.owner().await)
    .await
    .unwrap();
    assert_eq!(ledger, 6, "each call is paid once");
    api.end().await;
}

#[tokio::test]
async fn a_model_that_only_looks_things_up_leaves_the_floor_its_turns() {
    let entities = [
        "opportunities",
        "leads",
        "accounts",
        "cases",
        "activities",
        "campaigns",
    ];
    let fake = FakeOpenAi::answering(move |request| {
        let looked = request.tool_results().len();
        let entity = entities[looked % entities.len()];
        let arguments = json!({"entity": entity, "language": "en"});
        Reply::call(&format!("call_{looked}"), "describe_metrics", &arguments)
    })
    .await;
    let api = service(&fake).await;

    let events = run(&api, "how many opportunities are there?").await;

    assert_eq!(card(&events)["table"]["rows"][0][0], "2");
    assert_eq!(last(&events)["outcome"], "completed");
    assert_eq!(fake.requests().len(), 5);
    api.end().await;
}

#[tokio::test]
async fn a_follow_up_edits_the_query_that_the_model_was_told() {
    let fake = FakeOpenAi::start().await;
    let mut edited = count("count");
    edited["query"]["dimensions"] = json!([{"name": "stage"}]);
    fake.reply(Reply::call("call_1", "run_query", &edited));
    let api = service(&fake).await;
    let previous = json!({"entity": "opportunities", "measures": ["count"],
        "filters": [{"dimension": "is_closed", "op": "eq", "value": false}]});
    edited["query"]["filters"] = previous["filters"].clone();

    let body = json!({"input": {"question": "and by stage?", "previous": previous}, "stream": true});
    let events = Events::of(api.post("/v1/agents/pipeline/runs", &body).await)
        .all()
        .await;

    let asked = &fake.requests()[0];
    assert!(
        asked.system().contains("the query of the question before")
            && asked
                .system()
                .contains(r#"{"dimension":"is_closed","op":"eq","value":false}"#),
        "{}",
        asked.system()
    );
    let card = card(&events);
    assert_eq!(card["query"]["dimensions"][0]["name"], "stage");
    assert_eq!(card["table"]["rows"][0][1], "2", "{card}");
    api.end().await;
}

#[tokio::test]
async fn choices_say_what_sets_them_apart_and_those_that_say_the_same_are_refused() {
    let fake = FakeOpenAi::start().await;
    let won = |more: Value| {
        let mut query = json!({"entity": "opportunities", "measures": ["won_amount"]});
        for (key, value) in more.as_object().unwrap() {
            query[key] = value.clone();
        }
        query
    };
    let quarter = |offset: i32| json!({"range": {"kind": "relative", "unit": "quarter", "offset": offset}});
    let apart = json!({"choices": [
        won(json!({"time": quarter(0)})),
        won(json!({"time": quarter(-1)})),
        won(json!({"time": quarter(0), "compare": "previous_year"})),
        won(json!({"time": quarter(0), "dimensions": [{"name": "owner"}], "order": [{"by": "won_amount", "descending": true}], "limit": 5})),
        {"entity": "opportunities", "form": {"kind": "records"}, "measures": ["won_amount"], "time": quarter(0)},
    ], "language": "de"});
    // The same but for words that no asker sees.
    let same = json!({"choices": [
        won(json!({})),
        won(json!({"read_as": [{"words": "revenue", "dimension": "stage", "value": null}]})),
    ], "language": "en"});
    let declined = json!({"reason": "unclear", "language": "en"});
    fake.reply(Reply::call("call_1", "ask_back", &apart))
        .reply(Reply::call("call_1", "ask_back", &same))
        .reply(Reply::call("call_2", "decline", &declined));
    let api = service(&fake).await;

    let events = run(&api, "Umsatz?").await;
    let asked = card(&events);
    let labels: Vec<&str> = asked["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| choice["label"].as_str().unwrap())
        .collect();
    let mut different = labels.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!((labels.len(), different.len()), (5, 5), "{labels:?}");
    for (label, part) in labels.iter().zip(["", "", "Vorjahr", "≤ 5", "Liste"]) {
        assert!(label.contains(part), "{labels:?}");
    }

    let events = run(&api, "revenue?").await;
    assert_eq!(card(&events)["kind"], "declined");
    let heard = fake.requests()[2].lines();
    assert!(heard.contains("say the same to the asker"), "{heard}");
    assert!(!said(&events).contains("/choices"));
    api.end().await;
}
