//! Verdicts on cards that came straight from a question, and the list that they are worked through by.

use std::time::Duration;

use crm_store::SystemClock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, Events, problem},
};

const QUERY: &str = "/v1/pipeline/query";
const FEEDBACK: &str = "/v1/feedback";

/// Two reps, the manager above them and an administrator.
async fn company(api: &Api) -> [Value; 4] {
    let mut people = Vec::new();
    for (email, role) in [
        ("rep@acme.test", "sales"),
        ("other@acme.test", "sales"),
        ("manager@acme.test", "manager"),
        ("boss@acme.test", "admin"),
    ] {
        api.member(email, role).await;
        people.push(login(api, email, PASSWORD).await);
    }
    people.try_into().unwrap()
}

async fn post(api: &Api, tokens: &Value, path: &str, body: &Value) -> reqwest::Response {
    api.as_person(tokens, Method::POST, path)
        .json(body)
        .send()
        .await
        .unwrap()
}

async fn card(api: &Api, tokens: &Value, question: &str) -> Value {
    let answered = post(api, tokens, QUERY, &json!({"question": question})).await;
    assert_eq!(answered.status(), StatusCode::OK);
    answered.json().await.unwrap()
}

async fn judge(api: &Api, tokens: &Value, about: Value) -> reqwest::Response {
    let mut body = about;
    body["verdict"] = json!(body.get("verdict").cloned().unwrap_or_else(|| json!("bad")));
    post(api, tokens, FEEDBACK, &body).await
}

async fn list(api: &Api, tokens: &Value, query: &str) -> Value {
    let listed = api.get_as(tokens, &format!("{FEEDBACK}{query}")).await;
    let (status, text) = (listed.status(), listed.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_card_without_a_run_is_judged_by_its_id_and_worked_through_by_who_administers_runs() {
    let api = Api::new().await;
    let [rep, other, manager, boss] = company(&api).await;
    let asked = card(&api, &rep, "how many opportunities are there?").await;
    assert_eq!(asked["kind"], "answer", "{asked}");
    let id = &asked["id"];
    let wrong = json!({"card_id": id, "comment": "Leads, I meant."});
    let given = judge(&api, &rep, wrong.clone()).await;
    assert_eq!(given.status(), StatusCode::CREATED);
    let given: Value = given.json().await.unwrap();
    assert_eq!(
        (&given["card_id"], &given["answer_id"]),
        (id, &Value::Null),
        "{given}"
    );
    // A colleague does not see the card; whoever is above does, and has a verdict of their own.
    problem(judge(&api, &other, wrong.clone()).await, 404, "not-found").await;
    let above = judge(&api, &manager, json!({"card_id": id, "verdict": "good"})).await;
    assert_eq!(above.status(), StatusCode::CREATED);
    // A second verdict replaces the first.
    let again = judge(&api, &rep, json!({"card_id": id, "comment": "Leads of mine."})).await;
    assert_eq!(again.json::<Value>().await.unwrap()["id"], given["id"]);
    // What is declined can be judged too.
    let declined = card(&api, &other, "delete all leads").await;
    assert_eq!(declined["kind"], "declined", "{declined}");
    let harsh = judge(&api, &other, json!({"card_id": declined["id"]})).await;
    assert_eq!(harsh.status(), StatusCode::CREATED);
    for body in [
        json!({"card_id": id, "run_id": id}),
        json!({}),
        json!({"answer_id": id, "card_id": id}),
    ] {
        problem(judge(&api, &rep, body).await, 422, "invalid").await;
    }

    for who in [&rep, &other, &manager] {
        problem(api.get_as(who, FEEDBACK).await, 403, "forbidden").await;
    }
    let all = list(&api, &boss, "").await;
    let words: Vec<(&str, &str)> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| {
            (
                each["verdict"].as_str().unwrap(),
                each["question"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        words,
        [
            ("bad", "delete all leads"),
            ("good", "how many opportunities are there?"),
            ("bad", "how many opportunities are there?"),
        ],
        "{all}"
    );
    let first = &all["data"][2];
    assert_eq!(first["comment"], "Leads of mine.");
    assert_eq!(
        (&first["kind"], &first["card_id"], &first["query"]["entity"]),
        (&json!("pipeline"), id, &json!("opportunities"))
    );
    assert_eq!(first["actor_name"], "Some Body");
    assert_eq!(all["data"][0]["query"], Value::Null);
    // What was answered is not kept: whoever asks again gets their own numbers.
    assert_eq!(first["answer"], Value::Null);
    api.end().await;
}

#[tokio::test]
async fn verdicts_are_found_by_kind_verdict_and_time_page_by_page() {
    let api = Api::new().await;
    let [rep, .., boss] = company(&api).await;
    let run = post(
        &api,
        &rep,
        "/v1/agents/pipeline/runs",
        &json!({"input": {"question": "how many leads are there?"}, "stream": true}),
    )
    .await;
    let run = Events::of(run).all().await;
    let run = &run[0].data["run_id"];
    let said = judge(&api, &rep, json!({"run_id": run})).await;
    assert_eq!(
        said.status(),
        StatusCode::CREATED,
        "{}",
        said.text().await.unwrap()
    );
    let between = crm_store::Clock::now(&crm_store::SystemClock);
    for verdict in ["good", "bad"] {
        let asked = card(&api, &rep, "how many opportunities are there?").await;
        let given = judge(&api, &rep, json!({"card_id": asked["id"], "verdict": verdict})).await;
        assert_eq!(given.status(), StatusCode::CREATED);
    }
    let count = async |query: &str| list(&api, &boss, query).await["data"].as_array().unwrap().len();
    assert_eq!(count("").await, 3);
    assert_eq!(count("?verdict=bad").await, 2);
    assert_eq!(count("?kind=pipeline&verdict=good").await, 1);
    assert_eq!(count("?kind=answer").await, 0);
    let time = between.to_rfc3339().replace('+', "%2B");
    assert_eq!(
        (
            count(&format!("?from={time}")).await,
            count(&format!("?to={time}")).await
        ),
        (2, 1)
    );
    // The run's card says how it was read, as the kept one does.
    let of_run = list(&api, &boss, &format!("?to={time}")).await;
    assert_eq!(
        (
            &of_run["data"][0]["run_id"],
            &of_run["data"][0]["query"]["entity"]
        ),
        (run, &json!("leads")),
        "{of_run}"
    );
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&api, &boss, &format!("?limit=2{cursor}")).await;
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|each| each["id"].clone()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
    for query in ["?verdict=awful", "?cursor=x", "?limit=0", "?what=x"] {
        let refused = api.get_as(&boss, &format!("{FEEDBACK}{query}")).await;
        problem(refused, 422, "invalid").await;
    }
    api.end().await;
}

#[tokio::test]
async fn what_nobody_judged_is_forgotten_after_a_month() {
    let api = Api::new().await;
    let [rep, ..] = company(&api).await;
    let judged = card(&api, &rep, "how many opportunities are there?").await;
    assert_eq!(
        judge(&api, &rep, json!({"card_id": judged["id"]})).await.status(),
        StatusCode::CREATED
    );
    card(&api, &rep, "how many leads are there?").await;
    let owner = api.db.owner().await;
    let age = async |days: i32| {
        sqlx::query("UPDATE pipeline_cards SET created_at = now() - make_interval(days => $1)")
            .bind(days)
            .execute(&owner)
            .await
            .unwrap();
        let store = api.db.store_at(std::sync::Arc::new(SystemClock)).await;
        for grant in store.upkeep(None).await.unwrap() {
            store.open(&grant).forget_old(Duration::ZERO).await.unwrap();
        }
        let left: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM pipeline_cards")
            .fetch_all(&owner)
            .await
            .unwrap();
        left.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(age(29).await.len(), 2);
    assert_eq!(age(31).await, [judged["id"].as_str().unwrap()]);
    api.end().await;
}
