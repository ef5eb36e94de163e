//! Records over HTTP: made, read, changed, put away, brought back, by one implementation for every object.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

/// Makes a record and returns it.
pub(crate) async fn make(api: &Api, plural: &str, body: Value) -> Value {
    let made = api.post(&format!("/v1/{plural}"), &body).await;
    let status = made.status();
    let made: Value = made.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

async fn change(api: &Api, path: &str, version: &Value, body: &Value) -> reqwest::Response {
    api.request(Method::PATCH, path)
        .header("if-match", format!("\"{version}\""))
        .json(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_record_is_made_changed_put_away_and_brought_back() {
    let api = Api::new().await;
    let made = api
        .post(
            "/v1/accounts",
            &json!({"name": "Acme Works", "external_id": "a-1"}),
        )
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let (path, tag) = (made.headers()["location"].clone(), made.headers()["etag"].clone());
    let path = path.to_str().unwrap();
    let account: Value = made.json().await.unwrap();
    assert_eq!(path, format!("/v1/accounts/{}", account["id"].as_str().unwrap()));
    assert_eq!(tag.to_str().unwrap(), format!("\"{}\"", account["version"]));

    // As it is in the reader's hands: nothing to tell.
    let same = api
        .request(Method::GET, path)
        .header("if-none-match", &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(same.headers()["etag"], tag);
    assert!(same.bytes().await.unwrap().is_empty());

    let changed = change(&api, path, &account["version"], &json!({"name": "Acme Ltd"})).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["name"], "Acme Ltd");
    assert_eq!(changed["external_id"], "a-1", "what is left out stays");
    let stale = change(&api, path, &account["version"], &json!({"name": "Acme Inc"})).await;
    let stale = problem(stale, 412, "stale").await;
    assert_eq!(stale["current_version"], changed["version"]);
    let untagged = api
        .request(Method::PATCH, path)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    problem(untagged, 428, "precondition-required").await;

    let untagged = api.request(Method::DELETE, path).send().await.unwrap();
    problem(untagged, 428, "precondition-required").await;
    let gone = api
        .request(Method::DELETE, path)
        .header("if-match", format!("\"{}\"", changed["version"]))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    problem(api.get(path).await, 404, "not-found").await;
    let listed: Value = api.get("/v1/accounts").await.json().await.unwrap();
    assert_eq!(listed["data"], json!([]));
    let listed: Value = api.get("/v1/accounts?deleted=true").await.json().await.unwrap();
    assert_eq!(listed["data"][0]["id"], account["id"]);
    assert!(listed["data"][0]["deleted_at"].is_string());

    let back = api.post(&format!("{path}/restore"), &json!({})).await;
    assert_eq!(back.status(), StatusCode::OK);
    let back: Value = back.json().await.unwrap();
    assert_eq!(
        (&back["name"], &back["deleted_at"]),
        (&json!("Acme Ltd"), &Value::Null)
    );
    assert_eq!(api.get(path).await.status(), StatusCode::OK);
    api.end().await;
}

#[tokio::test]
async fn a_repeated_request_makes_one_record() {
    let api = Api::new().await;
    let send = |body: Value| {
        api.request(Method::POST, "/v1/contacts")
            .header("idempotency-key", "once")
            .json(&body)
            .send()
    };
    let new = json!({"last_name": "Lovelace"});
    let first: Value = send(new.clone()).await.unwrap().json().await.unwrap();
    let again = send(new).await.unwrap();
    assert_eq!(again.status(), StatusCode::CREATED);
    assert!(again.headers().contains_key("location"));
    let again: Value = again.json().await.unwrap();
    assert_eq!(first, again);
    problem(
        send(json!({"last_name": "Babbage"})).await.unwrap(),
        422,
        "idempotency-key-reused",
    )
    .await;
    let all: Value = api.get("/v1/contacts").await.json().await.unwrap();
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    api.end().await;
}

#[tokio::test]
async fn bad_bodies_name_every_field_and_what_would_be_right() {
    let api = Api::new().await;
    let refused = api
        .post(
            "/v1/leads",
            &json!({"last_name": "x", "status": "hot", "email": "nonsense", "last_nmae": "y", "version": 3}),
        )
        .await;
    let refused = problem(refused, 422, "invalid").await;
    let errors = refused["errors"].as_array().unwrap();
    let message = |pointer: &str| {
        let error = errors.iter().find(|error| error["pointer"] == pointer);
        error.unwrap_or_else(|| panic!("{pointer}: {refused}"))["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(message("/status").contains("new, working"));
    assert!(message("/email").contains("e-mail"));
    assert!(message("/last_nmae").contains("last_name"));
    assert!(message("/version").contains("service"));
    problem(api.post("/v1/leads", &json!([])).await, 422, "invalid").await;
    let taken = json!({"name": "A", "external_id": "same"});
    make(&api, "accounts", taken.clone()).await;
    problem(api.post("/v1/accounts", &taken).await, 409, "conflict").await;
    let lost = json!({"last_name": "L", "account_id": "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f"});
    let lost = problem(api.post("/v1/contacts", &lost).await, 422, "invalid").await;
    assert_eq!(lost["errors"][0]["pointer"], "/account_id");
    api.end().await;
}

#[tokio::test]
async fn every_served_object_lists_reads_and_refuses_alike() {
    let api = Api::with(Vec::new(), &[("CRM_AI__RATE_LIMIT__BURST", "100000")]).await;
    let missing = "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f";
    let mut served = 0;
    for object in crm_api::routes::records::served() {
        served += 1;
        let at = format!("/v1/{}", object.plural);
        let listed = api.get(&at).await;
        assert_eq!(listed.status(), StatusCode::OK, "{at}");
        let listed: Value = listed.json().await.unwrap();
        assert!(listed["data"].is_array(), "{at}: {listed}");
        problem(api.get(&format!("{at}/{missing}")).await, 404, "not-found").await;
        problem(api.get(&format!("{at}/no-id")).await, 404, "not-found").await;
        let gone = api
            .request(Method::DELETE, &format!("{at}/{missing}"))
            .header("if-match", "\"1\"")
            .send()
            .await
            .unwrap();
        problem(gone, 404, "not-found").await;
        let lost = problem(api.get(&format!("{at}?include=nobody")).await, 422, "invalid").await;
        assert_eq!(lost["errors"][0]["pointer"], "?include");
        for field in object.indexed() {
            for sort in [field.to_owned(), format!("-{field}")] {
                let listed = api.get(&format!("{at}?sort={sort}")).await;
                assert_eq!(listed.status(), StatusCode::OK, "{at} by {sort}");
            }
            let listed = api.get(&format!("{at}?filter[{field}][is_null]=true")).await;
            assert_eq!(listed.status(), StatusCode::OK, "{at} by {field}");
        }
    }
    assert!(served >= 20, "{served}");
    api.end().await;
}
