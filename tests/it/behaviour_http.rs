//! What records can do, over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_records::make,
    http_support::{Api, problem},
};

async fn ok(response: reqwest::Response) -> Value {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

async fn put(api: &Api, path: &str, body: &Value) -> reqwest::Response {
    api.request(Method::PUT, path).json(body).send().await.unwrap()
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_lead_is_converted_once() {
    let api = Api::new().await;
    let lead = make(
        &api,
        "leads",
        json!({"last_name": "Lovelace", "company": "Engines Ltd", "email": "ada@engines.example"}),
    )
    .await;
    let path = format!("/v1/leads/{}/convert", id(&lead));
    let bad = problem(
        api.post(&path, &json!({"opportunity": {"stage": "Dreaming"}}))
            .await,
        422,
        "invalid",
    )
    .await;
    assert_eq!(bad["errors"][0]["pointer"], "/opportunity/stage", "{bad}");
    problem(api.post(&path, &json!({"surprise": 1})).await, 422, "invalid").await;

    let once = |key: &'static str| {
        api.request(Method::POST, &path)
            .header("idempotency-key", key)
            .json(&json!({"opportunity": {"amount": {"amount": "1200.00", "currency": "EUR"}}}))
            .send()
    };
    let done = ok(once("a").await.unwrap()).await;
    assert_eq!(done["lead"]["status"], "converted");
    assert_eq!(done["account"]["name"], "Engines Ltd");
    assert_eq!(done["contact"]["email"], "ada@engines.example");
    assert_eq!(
        done["opportunity"]["amount"],
        json!({"amount": "1200.00", "currency": "EUR"})
    );
    assert_eq!(done["opportunity"]["account_id"], done["account"]["id"]);
    assert_eq!(done["account_created"], true);
    let again = ok(once("a").await.unwrap()).await;
    assert_eq!(again["contact"]["id"], done["contact"]["id"], "the same request");
    assert!(again["account_created"].is_null());
    problem(api.post(&path, &json!({})).await, 409, "conflict").await;
    let nobody = "/v1/leads/01890000-0000-7000-8000-000000000000/convert";
    problem(api.post(nobody, &json!({})).await, 404, "not-found").await;
    api.end().await;
}

#[tokio::test]
async fn cases_move_are_assigned_and_tell_what_happened() {
    let api = Api::new().await;
    let queue = make(&api, "queues", json!({"name": "Billing"})).await;
    let case = make(
        &api,
        "cases",
        json!({"subject": "Export fails", "priority": "urgent"}),
    )
    .await;
    let path = format!("/v1/cases/{}", id(&case));
    let moved = api
        .request(Method::PATCH, &path)
        .header("if-match", format!("\"{}\"", case["version"]))
        .json(&json!({"status": "closed"}))
        .send()
        .await
        .unwrap();
    let bad = problem(moved, 422, "invalid").await;
    assert_eq!(
        bad["errors"][0],
        json!({"pointer": "/status", "message": "cannot go from new to closed; from new it can go to open or pending or resolved"})
    );

    let assign = format!("{path}/assign");
    let waiting = ok(put(&api, &assign, &json!({"queue_id": queue["id"]})).await).await;
    assert_eq!(waiting["queue_id"], queue["id"]);
    let both = put(
        &api,
        &assign,
        &json!({"queue_id": queue["id"], "owner_id": queue["id"]}),
    )
    .await;
    problem(both, 422, "invalid").await;
    problem(
        put(&api, &assign, &json!({"owner_id": queue["id"]})).await,
        422,
        "invalid",
    )
    .await;

    let timeline = ok(api.get(&format!("{path}/timeline?limit=1")).await).await;
    assert_eq!(timeline["data"].as_array().unwrap().len(), 1);
    let cursor = timeline["next_cursor"].as_str().unwrap();
    let next = ok(api
        .get(&format!("{path}/timeline?limit=50&cursor={cursor}"))
        .await)
    .await;
    assert!(
        next["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["id"] != timeline["data"][0]["id"])
    );
    assert!(next["data"].to_string().contains("created"), "{next}");
    problem(
        api.get(&format!("{path}/timeline?cursor=nonsense")).await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn duplicates_are_shown_and_merged() {
    let api = Api::new().await;
    let one = make(
        &api,
        "contacts",
        json!({"last_name": "Lovelace", "email": "ada@x.example"}),
    )
    .await;
    let two = make(
        &api,
        "contacts",
        json!({"first_name": "Ada", "last_name": "L", "email": "ada@x.example"}),
    )
    .await;
    let path = format!("/v1/contacts/{}", id(&one));
    let found = ok(api.get(&format!("{path}/duplicates")).await).await;
    assert_eq!(found["data"][0]["record"]["id"], two["id"]);
    assert_eq!(found["data"][0]["because"], json!([["email"]]));
    let merged = ok(api
        .post(
            &format!("{path}/merge"),
            &json!({"with": [two["id"]], "fields": {"title": "Countess"}}),
        )
        .await)
    .await;
    assert_eq!(merged["first_name"], "Ada");
    assert_eq!(merged["title"], "Countess");
    problem(
        api.get(&format!("/v1/contacts/{}", id(&two))).await,
        404,
        "not-found",
    )
    .await;
    problem(
        api.post(&format!("{path}/merge"), &json!({"with": []})).await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn an_account_is_seen_from_all_sides() {
    let api = Api::new().await;
    let account = make(&api, "accounts", json!({"name": "Acme"})).await;
    make(
        &api,
        "contacts",
        json!({"last_name": "A", "account_id": account["id"]}),
    )
    .await;
    let seen = ok(api.get(&format!("/v1/accounts/{}/overview", id(&account))).await).await;
    assert_eq!(seen["account"]["name"], "Acme");
    assert_eq!(seen["totals"]["contacts"], 1);
    assert_eq!(seen["contacts"][0]["last_name"], "A");
    problem(
        api.get("/v1/accounts/01890000-0000-7000-8000-000000000000/overview")
            .await,
        404,
        "not-found",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn views_are_saved_changed_and_removed() {
    let api = Api::new().await;
    let new = json!({"object": "lead", "name": "Hot", "filters": {"rating": {"eq": "hot"}}, "sort": "-created_at", "fields": ["name"]});
    let made = api.post("/v1/views", &new).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let view: Value = made.json().await.unwrap();
    let path = format!("/v1/views/{}", id(&view));
    let mut other = new.clone();
    other["is_shared"] = json!(true);
    problem(put(&api, &path, &other).await, 428, "precondition-required").await;
    let changed = api
        .request(Method::PUT, &path)
        .header("if-match", "\"1\"")
        .json(&other)
        .send()
        .await
        .unwrap();
    assert_eq!(ok(changed).await["is_shared"], true);
    let listed = ok(api.get("/v1/views?object=lead").await).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    problem(
        api.post(
            "/v1/views",
            &json!({"object": "lead", "name": "x", "fields": ["shoe"]}),
        )
        .await,
        422,
        "invalid",
    )
    .await;
    let gone = api.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    problem(api.get(&path).await, 404, "not-found").await;
    api.end().await;
}

#[tokio::test]
async fn a_text_is_analysed_without_a_model() {
    let api = Api::new().await;
    let body = json!({"text": "This is terrible. The system is down and we need it fixed immediately!!!"});
    let said = ok(api.post("/v1/analyze", &body).await).await;
    assert_eq!(
        (&said["language"], &said["sentiment_label"]),
        (&json!("en"), &json!("negative"))
    );
    assert!(said["urgency"].as_i64().unwrap() >= 60, "{said}");
    assert!(said["sentiment"].as_str().unwrap().starts_with("-0."), "{said}");
    problem(
        api.post("/v1/analyze", &json!({"text": " "})).await,
        422,
        "invalid",
    )
    .await;
    problem(
        api.post("/v1/analyze", &json!({"text": "x", "language": "English"}))
            .await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn what_a_member_owns_goes_to_another_one() {
    let api = Api::new().await;
    let members = ok(api.get("/v1/members").await).await;
    let me = members["data"][0]["user_id"].as_str().unwrap().to_owned();
    let lead = make(&api, "leads", json!({"last_name": "A", "owner_id": me})).await;
    let path = format!("/v1/members/{me}/transfer");
    problem(api.post(&path, &json!({"to": me})).await, 422, "invalid").await;
    let done = ok(api.post(&path, &json!({"to": null})).await).await;
    assert_eq!(done, json!({"moved": {"leads": 1}, "more": false}));
    let lead = ok(api.get(&format!("/v1/leads/{}", id(&lead))).await).await;
    assert!(lead["owner_id"].is_null());
    problem(
        api.post(
            "/v1/members/01890000-0000-7000-8000-000000000000/transfer",
            &json!({"to": null}),
        )
        .await,
        404,
        "not-found",
    )
    .await;
    api.end().await;
}
