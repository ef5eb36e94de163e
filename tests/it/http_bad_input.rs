//! What nobody should send gets a clear answer over HTTP, and what may be sent comes back as it was.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

const LEADS: &str = "/v1/leads";

#[tokio::test]
async fn sql_html_and_rare_characters_are_text_like_any_other() {
    let api = Api::new().await;
    for text in [
        "'; DROP TABLE leads; --",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "{{constructor.constructor('return process')()}} ${7*7} %s %n",
        "zero\u{200b}width \u{202e}turned \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} e\u{301} \u{fdfa}",
        "\u{feff}marked",
        "\u{10ffff}\u{fffd}",
    ] {
        let made = api
            .post(LEADS, &json!({"last_name": "L", "description": text}))
            .await;
        assert_eq!(made.status(), StatusCode::CREATED, "{text:?}");
        let made: Value = made.json().await.unwrap();
        let read = api
            .get(&format!("{LEADS}/{}", made["id"].as_str().unwrap()))
            .await;
        // No browser takes an answer for a page.
        assert_eq!(read.headers()["content-type"], "application/json");
        assert_eq!(read.headers()["x-content-type-options"], "nosniff");
        let read: Value = read.json().await.unwrap();
        assert_eq!(read["description"], text.trim(), "{text:?}");
        let found = api.request(Method::GET, LEADS).query(&[("q", text)]);
        assert_eq!(found.send().await.unwrap().status(), StatusCode::OK, "{text:?}");
    }
    let all: Value = api.get(LEADS).await.json().await.unwrap();
    assert_eq!(all["data"].as_array().unwrap().len(), 6);
    api.end().await;
}

#[tokio::test]
async fn nul_is_refused_where_it_stands_and_never_fails_us() {
    let api = Api::new().await;
    let lead = api
        .post(LEADS, &json!({"last_name": "a\u{0}b", "custom": {"k": "\u{0}"}}))
        .await;
    let refused = problem(lead, 422, "invalid").await;
    assert_eq!(refused["errors"][0]["pointer"], "/last_name", "{refused}");
    let custom = api
        .post(LEADS, &json!({"last_name": "L", "custom": {"k": "\u{0}"}}))
        .await;
    assert_eq!(custom.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for path in [
        "/v1/leads?q=%00",
        "/v1/leads?filter[email][eq]=%00",
        "/v1/leads?cursor=%00",
        "/v1/search?q=a%00b",
        "/v1/leads?sort=%00",
        "/v1/audit?object=%00",
        "/v1/security-events?kind=%00",
    ] {
        let status = api.get(path).await.status();
        assert!(status.as_u16() < 500, "{path}: {status}");
    }
    let file = api
        .request(Method::POST, "/v1/imports?object=leads&file_name=a%00b.csv")
        .header("content-type", "text/csv")
        .body("external_id,last_name\n1,Reed\n");
    assert_eq!(file.send().await.unwrap().status(), StatusCode::ACCEPTED);
    api.end().await;
}

#[tokio::test]
async fn an_amount_keeps_every_digit_or_is_refused() {
    let api = Api::new().await;
    let deal = |amount: &str| {
        json!({"name": "Deal", "stage": "Prospecting", "close_date": "2026-12-31",
            "amount": {"amount": amount, "currency": "EUR"}})
    };
    for amount in [
        "1234567890123456789012345678901234567890".to_owned(),
        "0.1234567890123456789012345678901234567890".to_owned(),
        format!("1{}", "0".repeat(400)),
        "1e40".to_owned(),
        "NaN".to_owned(),
        "1,5".to_owned(),
    ] {
        let refused = problem(
            api.post("/v1/opportunities", &deal(&amount)).await,
            422,
            "invalid",
        )
        .await;
        let at = refused["errors"][0]["pointer"].as_str().unwrap();
        assert!(at.starts_with("/amount"), "{amount}: {refused}");
    }
    let largest = "999999999999999.99";
    let made: Value = api
        .post("/v1/opportunities", &deal(largest))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(made["amount"]["amount"], largest, "{made}");
    api.end().await;
}

#[tokio::test]
async fn a_cursor_of_another_question_is_refused() {
    let api = Api::new().await;
    for name in ["A", "B", "C"] {
        api.post(LEADS, &json!({"last_name": name, "company": "Looms"}))
            .await;
    }
    let page: Value = api
        .get("/v1/leads?limit=1&sort=-created_at")
        .await
        .json()
        .await
        .unwrap();
    let cursor = page["next_cursor"].as_str().unwrap();
    let with = async |path: &str| {
        let request = api.request(Method::GET, path).query(&[("cursor", cursor)]);
        request.send().await.unwrap()
    };
    assert_eq!(
        with("/v1/leads?limit=1&sort=-created_at").await.status(),
        StatusCode::OK
    );
    for path in [
        "/v1/leads?limit=1&sort=created_at",
        "/v1/leads?limit=1&sort=-created_at&filter[status][eq]=new",
        "/v1/leads?limit=1&sort=-created_at&q=looms",
        "/v1/contacts?limit=1&sort=-created_at",
    ] {
        let refused = problem(with(path).await, 422, "invalid").await;
        assert!(refused.to_string().contains("cursor"), "{path}: {refused}");
    }
    api.end().await;
}
