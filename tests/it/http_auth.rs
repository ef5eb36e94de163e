//! Who may ask: keys, scopes, organisations, rates, and the operator's token.

use crm_store::api_keys::NewApiKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

#[tokio::test]
async fn without_a_valid_key_nothing_is_told() {
    let api = Api::new().await;
    let unknown = format!("crm_{}", "x".repeat(40));
    let long = "k".repeat(5_000);
    let requests = [
        api.anonymous(Method::GET, "/v1/me"),
        api.anonymous(Method::GET, "/v1/me").bearer_auth(&unknown),
        api.anonymous(Method::GET, "/v1/me").bearer_auth(&long),
        api.anonymous(Method::GET, "/v1/me")
            .header("authorization", format!("Basic {}", api.key)),
        api.anonymous(Method::GET, "/v1/me")
            .header("authorization", "Bearer "),
    ];
    for request in requests {
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("www-authenticate"));
        problem(response, 401, "unauthenticated").await;
    }
    api.end().await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let api = Api::new().await;
    let made: Value = api
        .post(
            "/v1/api-keys",
            &json!({"name": "website", "scopes": ["articles:read"]}),
        )
        .await
        .json()
        .await
        .unwrap();
    let key = made["key"].as_str().unwrap();
    let read = || api.anonymous(Method::GET, "/v1/articles").bearer_auth(key).send();
    assert_eq!(read().await.unwrap().status(), 200);

    let revoke = api.request(
        Method::DELETE,
        &format!("/v1/api-keys/{}", made["id"].as_str().unwrap()),
    );
    assert_eq!(revoke.send().await.unwrap().status(), 204);

    problem(read().await.unwrap(), 401, "unauthenticated").await;
    let listed = api.get("/v1/api-keys").await.text().await.unwrap();
    assert!(!listed.contains(key), "a list must not tell a secret");
    api.end().await;
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_gives_no_more() {
    let api = Api::new().await;
    let mut tx = api.tenant.begin().await.unwrap();
    let scopes = vec!["articles:read".to_owned(), "keys:manage".to_owned()];
    let key = tx
        .keys()
        .create(&NewApiKey {
            name: "few".to_owned(),
            scopes,
            role_id: None,
            expires_at: None,
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let ask = |method, path: &str| api.anonymous(method, path).bearer_auth(&key.secret);

    assert_eq!(
        ask(Method::GET, "/v1/articles").send().await.unwrap().status(),
        200
    );
    let refused = ask(Method::POST, "/v1/articles")
        .json(&json!({"title": "t", "body": "b"}))
        .send()
        .await
        .unwrap();
    let body = problem(refused, 403, "forbidden").await;
    assert_eq!(body["scope"], "articles:write");

    let more = ask(Method::POST, "/v1/api-keys").json(&json!({"name": "more", "scopes": ["*"]}));
    problem(more.send().await.unwrap(), 403, "forbidden").await;
    let unknown =
        ask(Method::POST, "/v1/api-keys").json(&json!({"name": "n", "scopes": ["articles:read", "all"]}));
    let body = problem(unknown.send().await.unwrap(), 422, "invalid").await;
    assert_eq!(body["errors"][0]["pointer"], "/scopes/1");
    api.end().await;
}

#[tokio::test]
async fn another_organisation_in_the_header_is_refused_and_written_down() {
    let api = Api::new().await;
    let with = |organisation: &str| {
        api.request(Method::GET, "/v1/me")
            .header("x-org-id", organisation)
            .send()
    };
    let me: Value = with("acme").await.unwrap().json().await.unwrap();
    let id = me["tenant"]["id"].as_str().unwrap().to_owned();
    assert_eq!(with(&id).await.unwrap().status(), 200);

    problem(with("globex").await.unwrap(), 403, "wrong-organisation").await;

    let mut tx = api.tenant.begin().await.unwrap();
    let events = tx
        .security()
        .events(Some("wrong_organisation"), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail, json!({"named": "globex"}));
    assert_eq!(events[0].ip.as_deref(), Some("127.0.0.1"));
    drop(tx);
    api.end().await;
}

#[tokio::test]
async fn a_key_that_asks_too_fast_is_told_when_to_come_back() {
    let slow = [
        ("CRM_AI__RATE_LIMIT__PER_SECOND", "1"),
        ("CRM_AI__RATE_LIMIT__BURST", "2"),
    ];
    let api = Api::with(Vec::new(), &slow).await;
    let first = api.get("/v1/me").await;
    assert_eq!(first.headers()["ratelimit-limit"], "2");
    assert_eq!(first.headers()["ratelimit-remaining"], "1");
    let mut refused = None;
    // A slow machine refills a token meanwhile, so a few more are asked.
    for _ in 0..20 {
        let response = api.get("/v1/me").await;
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("one of the requests is too fast");
    assert_eq!(refused.headers()["retry-after"], "1");
    problem(refused, 429, "rate-limited").await;
    // What tells how the service is, needs no key and has no limit.
    assert_eq!(
        api.anonymous(Method::GET, "/health/live")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    api.end().await;
}

#[tokio::test]
async fn the_operators_routes_open_with_the_token_of_the_data_folder_alone() {
    let api = Api::new().await;
    api.article("returns").await;
    let ask =
        json!({"agent": "answer", "text": "May I return a parcel?", "tenant": "acme", "as_email": null});
    let index = json!({"tenant": "acme", "rebuild": false});
    for (path, body) in [("/control/v1/ask", &ask), ("/control/v1/index", &index)] {
        // Neither nobody nor the most powerful key of a tenant learns that they exist.
        let nobody = api.anonymous(Method::POST, path).json(body).send().await.unwrap();
        problem(nobody, 404, "not-found").await;
        problem(api.post(path, body).await, 404, "not-found").await;
    }
    let token = api.control_token();
    let with = |path: &str, body: &Value| {
        api.anonymous(Method::POST, path)
            .bearer_auth(&token)
            .json(body)
            .send()
    };
    let report: Value = with("/control/v1/index", &index)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(report["articles"], 1, "{report}");
    let answer: Value = with("/control/v1/ask", &ask).await.unwrap().json().await.unwrap();
    assert_eq!(answer["degraded"], true, "{answer}");
    assert!(
        answer["run_id"].is_string() && answer["outcome"].is_string(),
        "{answer}"
    );
    let wrong = with(
        "/control/v1/ask",
        &json!({"agent": "answer", "text": "x", "tenant": "nope", "as_email": null}),
    );
    let refused = problem(wrong.await.unwrap(), 422, "invalid").await;
    assert!(
        refused["detail"].as_str().unwrap().contains("no tenant nope"),
        "{refused}"
    );
    api.end().await;
}
