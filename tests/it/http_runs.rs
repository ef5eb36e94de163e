//! Runs over HTTP: streamed, resumed, cancelled, cut off and found again.

use crm_agents::model::scripted::{Gate, Step};
use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, Event, Events, problem, question, scripted, words};

/// The text that the deltas of a log add up to.
fn text(events: &[Event]) -> String {
    events
        .iter()
        .filter(|event| event.kind == "text_delta")
        .map(|event| event.data["text"].as_str().unwrap())
        .collect()
}

/// Parts of one turn.
fn joined<const N: usize>(parts: [Vec<Step>; N]) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

fn ids(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

#[tokio::test]
async fn a_run_is_streamed_in_the_answer_to_its_start() {
    let api = Api::with(scripted([words("One two three.")]), &[]).await;
    let response = api.post("/v1/agents/answer/runs", &question(true)).await;
    let run = response.headers()["x-run-id"].to_str().unwrap().to_owned();
    assert!(
        !response.headers().contains_key("content-encoding"),
        "a stream is not compressed"
    );
    let events = Events::of(response).all().await;

    assert_eq!(events.first().unwrap().kind, "run_started");
    assert_eq!(events.last().unwrap().kind, "run_finished");
    assert_eq!(
        events.iter().filter(|event| event.kind == "run_finished").count(),
        1
    );
    assert_eq!(text(&events), "One two three.");
    assert_eq!(ids(&events), (1..=events.len() as u64).collect::<Vec<_>>());
    assert!(
        events
            .iter()
            .all(|event| event.data["type"] == event.kind.as_str())
    );

    let read: Value = api.get(&format!("/v1/runs/{run}")).await.json().await.unwrap();
    assert_eq!(
        (&read["state"], &read["agent"]),
        (&json!("finished"), &json!("answer"))
    );
    assert_eq!(read["usage"]["input_tokens"], 10);
    let listed: Value = api.get("/v1/runs").await.json().await.unwrap();
    assert_eq!(listed["data"][0]["id"], run.as_str());
    let usage: Value = api.get("/v1/usage").await.json().await.unwrap();
    assert_eq!(usage["total"]["calls"], 1);
    let ledger: Value = api.get("/v1/usage/ledger").await.json().await.unwrap();
    let settled = ledger["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["kind"] == "settle")
        .count();
    assert_eq!(settled, 1, "{ledger}");
    api.end().await;
}

#[tokio::test]
async fn a_reader_that_comes_back_gets_every_later_event_once() {
    let gate = Gate::new();
    let turn = joined([
        vec![Step::text("One "), Step::Wait(gate.clone())],
        words("two three."),
    ]);
    let api = Api::with(scripted([turn]), &[]).await;
    let response = api.post("/v1/agents/answer/runs", &question(true)).await;
    let run = response.headers()["x-run-id"].to_str().unwrap().to_owned();
    let mut reader = Events::of(response);
    let mut seen = Vec::new();
    while seen.last().is_none_or(|event: &Event| event.kind != "text_delta") {
        seen.push(reader.next().await.unwrap());
    }
    // The connection is lost; the run goes on without it.
    drop(reader);
    gate.open();
    let last = seen.last().unwrap().id.to_string();
    let path = format!("/v1/runs/{run}/events");
    let resumed = api
        .request(Method::GET, &path)
        .header("last-event-id", &last)
        .send()
        .await
        .unwrap();
    let later = Events::of(resumed).all().await;
    let by_query = Events::of(api.get(&format!("{path}?after={last}")).await)
        .all()
        .await;

    let whole: Vec<Event> = seen.iter().chain(&later).cloned().collect();
    assert_eq!(ids(&whole), (1..=whole.len() as u64).collect::<Vec<_>>());
    assert_eq!(text(&whole), "One two three.");
    assert_eq!(by_query, later);
    assert_eq!(
        Events::of(api.get(&path).await).all().await,
        whole,
        "from the start it is the same log"
    );
    problem(
        api.request(Method::GET, &path)
            .header("last-event-id", "x")
            .send()
            .await
            .unwrap(),
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn a_quiet_stream_sends_comments() {
    let gate = Gate::new();
    let turn = joined([vec![Step::Wait(gate.clone())], words("Done.")]);
    let api = Api::with(scripted([turn]), &[("CRM_AI__HTTP__KEEP_ALIVE", "100ms")]).await;
    let mut response = api.post("/v1/agents/answer/runs", &question(true)).await;
    let mut seen = String::new();
    while !seen.contains(": keep-alive\n\n") {
        seen.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
    }
    gate.open();
    while let Some(chunk) = response.chunk().await.unwrap() {
        seen.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(seen.contains("event: run_finished"));
    api.end().await;
}

#[tokio::test]
async fn only_a_cancel_stops_a_run() {
    let gate = Gate::new();
    let api = Api::with(
        scripted([joined([vec![Step::Wait(gate.clone())], words("Never.")])]),
        &[],
    )
    .await;
    let run = api.run().await;
    gate.reached().await;
    let cancel = api.post(&format!("/v1/runs/{run}/cancel"), &json!({})).await;
    assert_eq!(cancel.status(), StatusCode::ACCEPTED);
    let events = Events::of(api.get(&format!("/v1/runs/{run}/events")).await)
        .all()
        .await;
    assert_eq!(events.last().unwrap().data["outcome"], "cancelled");
    assert_eq!(text(&events), "");
    // A second cancel of a run that has ended changes nothing.
    let again = api.post(&format!("/v1/runs/{run}/cancel"), &json!({})).await;
    assert!(
        again.status().is_success() || again.status() == StatusCode::CONFLICT,
        "{}",
        again.status()
    );
    let decide = api
        .post(
            &format!("/v1/runs/{run}/approvals/c1"),
            &json!({"decision": "approve"}),
        )
        .await;
    assert!(
        matches!(decide.status().as_u16(), 404 | 409),
        "{}",
        decide.status()
    );
    let maybe = api
        .post(
            &format!("/v1/runs/{run}/approvals/c1"),
            &json!({"decision": "maybe"}),
        )
        .await;
    assert_eq!(
        problem(maybe, 422, "invalid").await["errors"][0]["pointer"],
        "/decision"
    );
    api.end().await;
}

#[tokio::test]
async fn a_stop_in_mid_stream_ends_the_run_and_the_reader_finds_it_again() {
    let gate = Gate::new();
    let turn = joined([vec![Step::text("One "), Step::Wait(gate.clone())], words("two.")]);
    let api = Api::with(scripted([turn]), &[("CRM_AI__SHUTDOWN__GRACE", "0s")]).await;
    let response = api.post("/v1/agents/answer/runs", &question(true)).await;
    let run = response.headers()["x-run-id"].to_str().unwrap().to_owned();
    let mut reader = Events::of(response);
    let mut last = 0;
    while let Some(event) = reader.next().await {
        last = event.id;
        if event.kind == "text_delta" {
            break;
        }
    }
    drop(reader);
    let api = api.restart(scripted([])).await;

    let resumed = api
        .request(Method::GET, &format!("/v1/runs/{run}/events"))
        .header("last-event-id", last.to_string());
    let later = Events::of(resumed.send().await.unwrap()).all().await;
    assert_eq!(later.last().unwrap().data["outcome"], "interrupted");
    assert!(later.iter().all(|event| event.id > last));
    let ledger: Value = api.get("/v1/usage/ledger").await.json().await.unwrap();
    let kinds: Vec<_> = ledger["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "settle").count(),
        1,
        "{kinds:?}"
    );
    api.end().await;
}

#[tokio::test]
async fn a_stop_lets_runs_finish_and_turns_new_ones_away() {
    let gate = Gate::new();
    let turn = joined([vec![Step::Wait(gate.clone())], words("Done.")]);
    let api = Api::with(scripted([turn]), &[]).await;
    let response = api.post("/v1/agents/answer/runs", &question(true)).await;
    gate.reached().await;
    let state = api.app.state().clone();
    let reading = async {
        while state.is_ready() {
            tokio::task::yield_now().await;
        }
        gate.open();
        Events::of(response).all().await
    };
    let (stopped, events) = tokio::join!(api.app.shutdown(), reading);
    stopped.unwrap();
    assert_eq!(text(&events), "Done.");
    assert_eq!(events.last().unwrap().kind, "run_finished");
}

#[tokio::test]
async fn the_same_start_twice_is_one_run() {
    let api = Api::with(scripted([words("Once.")]), &[]).await;
    let start = |stream| {
        api.request(Method::POST, "/v1/agents/answer/runs")
            .header("idempotency-key", "k")
            .json(&question(stream))
            .send()
    };
    let first: Value = start(false).await.unwrap().json().await.unwrap();
    let second: Value = start(false).await.unwrap().json().await.unwrap();
    assert_eq!(first, second);
    problem(start(true).await.unwrap(), 422, "idempotency-key-reused").await;
    let listed: Value = api.get("/v1/runs").await.json().await.unwrap();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    api.end().await;
}

#[tokio::test]
async fn a_spent_budget_says_which_and_when_it_renews() {
    let api = Api::with(scripted([words("Dear.")]), &[]).await;
    let none = json!({"name": "tiny", "limit": {"amount": "0.00", "currency": "USD"}, "period": "day"});
    let made = api.post("/v1/budgets", &none).await;
    assert_eq!(
        made.status(),
        StatusCode::CREATED,
        "{}",
        made.text().await.unwrap()
    );
    let refused = problem(
        api.post("/v1/agents/answer/runs", &question(false)).await,
        402,
        "budget-spent",
    )
    .await;
    assert_eq!(refused["budget"]["name"], "tiny");
    assert!(refused["budget"]["renews_at"].is_string(), "{refused}");
    api.end().await;
}

#[tokio::test]
async fn the_offline_model_cites_an_article_and_feedback_reaches_its_answer() {
    let api = Api::new().await;
    let article = api.article("returns").await;
    // Indexed as soon as the search finds it; the service works on jobs by itself.
    let query = json!({"query": "parcels returned within days"});
    let passage = until("the passage", async || {
        let found = api.post("/v1/knowledge/search", &query).await;
        let body: Value = found.json().await.unwrap();
        body["data"].get(0).cloned()
    })
    .await;
    assert_eq!(passage["article_id"], article["id"]);
    assert!(crate::http_support::BODY.contains(passage["text"].as_str().unwrap().trim()));
    let response = api.post("/v1/agents/answer/runs", &question(true)).await;
    let run = response.headers()["x-run-id"].to_str().unwrap().to_owned();
    let end = Events::of(response).all().await.pop().unwrap();
    assert_eq!(
        (&end.data["degraded"], &end.data["degraded_reason"]),
        (&json!(true), &json!("no_model"))
    );
    let judged = api
        .post("/v1/feedback", &json!({"run_id": run, "verdict": "good"}))
        .await;
    assert_eq!(judged.status(), StatusCode::CREATED);
    problem(
        api.post("/v1/feedback", &json!({"verdict": "good"})).await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}
