//! Articles over HTTP: versions, tags, keys of repeated requests, pages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

#[tokio::test]
async fn an_article_goes_from_draft_to_readers_and_away() {
    let api = Api::new().await;
    let made = api
        .post("/v1/articles", &json!({"title": "Returns", "body": "30 days."}))
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let (location, tag) = (made.headers()["location"].clone(), made.headers()["etag"].clone());
    let path = location.to_str().unwrap();
    let article: Value = made.json().await.unwrap();
    assert_eq!(
        (&article["status"], &article["latest_number"]),
        (&json!("draft"), &json!(1))
    );

    let published: Value = api
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(published["status"], "published");

    // Read before it was published: no longer what it is.
    let change = json!({"body": "60 days."});
    let stale = api
        .request(Method::PATCH, path)
        .header("if-match", tag)
        .json(&change)
        .send()
        .await
        .unwrap();
    let refused = problem(stale, 412, "stale").await;
    assert_eq!(refused["current_version"], published["version"]);
    let untagged = api
        .request(Method::PATCH, path)
        .json(&change)
        .send()
        .await
        .unwrap();
    problem(untagged, 428, "precondition-required").await;

    let tag = api.get(path).await.headers()["etag"].clone();
    let changed = api
        .request(Method::PATCH, path)
        .header("if-match", tag)
        .json(&change)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    let read: Value = api.get(path).await.json().await.unwrap();
    assert_eq!(
        (&read["status"], &read["latest"]["status"]),
        (&json!("published"), &json!("draft"))
    );
    assert_eq!(read["latest"]["body"], "60 days.");
    let first: Value = api.get(&format!("{path}/versions/1")).await.json().await.unwrap();
    assert_eq!(
        (&first["body"], &first["status"]),
        (&json!("30 days."), &json!("published"))
    );
    let versions: Value = api.get(&format!("{path}/versions")).await.json().await.unwrap();
    assert_eq!(versions["data"].as_array().unwrap().len(), 2);

    let withdrawn: Value = api
        .post(&format!("{path}/withdraw"), &json!({}))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&withdrawn["status"], &withdrawn["current_version_id"]),
        (&json!("withdrawn"), &Value::Null)
    );
    let answers: Value = api.get(&format!("{path}/answers")).await.json().await.unwrap();
    assert_eq!(answers["data"], json!([]));
    let gone = api
        .request(Method::DELETE, path)
        .header("if-match", "*nonsense*")
        .send()
        .await
        .unwrap();
    problem(gone, 412, "stale").await;
    let tag = api.get(path).await.headers()["etag"].clone();
    let gone = api
        .request(Method::DELETE, path)
        .header("if-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    problem(api.get(path).await, 404, "not-found").await;
    api.end().await;
}

#[tokio::test]
async fn a_taken_external_id_is_a_conflict() {
    let api = Api::new().await;
    api.article("kb-1").await;
    let again = api
        .post(
            "/v1/articles",
            &json!({"external_id": "kb-1", "title": "t", "body": "b"}),
        )
        .await;
    let refused = problem(again, 409, "conflict").await;
    assert!(
        refused["detail"].as_str().unwrap().contains("external_id"),
        "{refused}"
    );
    let empty = api.post("/v1/articles", &json!({"title": "", "body": "b"})).await;
    assert_eq!(
        problem(empty, 422, "invalid").await["errors"][0]["pointer"],
        "/title"
    );
    let empty = api.post("/v1/articles", &json!({"title": "t", "body": ""})).await;
    assert_eq!(
        problem(empty, 422, "invalid").await["errors"][0]["pointer"],
        "/body"
    );
    api.end().await;
}

#[tokio::test]
async fn a_repeated_request_has_one_effect() {
    let api = Api::new().await;
    let send = |body: Value, key: &'static str| {
        api.request(Method::POST, "/v1/articles")
            .header("idempotency-key", key)
            .json(&body)
            .send()
    };
    let body = json!({"title": "Returns", "body": "30 days."});
    // Both at once: one makes it, the other gets it, or is told to wait.
    let (one, two) = tokio::join!(send(body.clone(), "k1"), send(body.clone(), "k1"));
    let three = send(body.clone(), "k1").await.unwrap();
    assert_eq!(three.status(), StatusCode::CREATED);
    let made: Value = three.json().await.unwrap();
    for response in [one.unwrap(), two.unwrap()] {
        match response.status() {
            StatusCode::CREATED => {
                let same: Value = response.json().await.unwrap();
                assert_eq!(same["id"], made["id"]);
            }
            _ => drop(problem(response, 409, "request-in-flight").await),
        }
    }
    let listed: Value = api.get("/v1/articles").await.json().await.unwrap();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);

    let other = send(json!({"title": "Other", "body": "b"}), "k1").await.unwrap();
    problem(other, 422, "idempotency-key-reused").await;
    // A request that failed may be repeated with the same key.
    problem(
        send(json!({"title": "", "body": "b"}), "k2").await.unwrap(),
        422,
        "invalid",
    )
    .await;
    problem(
        send(json!({"title": "", "body": "b"}), "k2").await.unwrap(),
        422,
        "invalid",
    )
    .await;
    let endless = api
        .request(Method::POST, "/v1/articles")
        .header("idempotency-key", "k".repeat(300))
        .json(&body);
    problem(endless.send().await.unwrap(), 422, "invalid").await;
    api.end().await;
}

#[tokio::test]
async fn pages_cover_a_list_once() {
    let api = Api::new().await;
    for n in 0..5 {
        api.article(&format!("kb-{n}")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/articles?limit=2".to_owned();
    loop {
        let page: Value = api.get(&path).await.json().await.unwrap();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|article| article["external_id"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/articles?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["kb-4", "kb-3", "kb-2", "kb-1", "kb-0"]);
    api.end().await;
}

#[tokio::test]
async fn budgets_are_set_and_changed_by_tag() {
    let api = Api::new().await;
    let new = json!({"name": "monthly", "limit": {"amount": "25.00", "currency": "USD"}, "period": "month"});
    let made = api.post("/v1/budgets", &new).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let tag = made.headers()["etag"].clone();
    let budget: Value = made.json().await.unwrap();
    assert_eq!(budget["limit"], json!({"amount": "25.00", "currency": "USD"}));
    let path = format!("/v1/budgets/{}", budget["id"].as_str().unwrap());
    let lower = json!({"limit": {"amount": "0.5", "currency": "USD"}});
    let changed = api
        .request(Method::PATCH, &path)
        .header("if-match", &tag)
        .json(&lower)
        .send()
        .await
        .unwrap();
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["limit"]["amount"], "0.50");
    let stale = api
        .request(Method::PATCH, &path)
        .header("if-match", &tag)
        .json(&lower)
        .send()
        .await
        .unwrap();
    problem(stale, 412, "stale").await;
    let euros = json!({"name": "x", "limit": {"amount": "1", "currency": "EUR"}, "period": "day"});
    assert_eq!(
        problem(api.post("/v1/budgets", &euros).await, 422, "invalid").await["errors"][0]["pointer"],
        "/limit"
    );
    api.end().await;
}
