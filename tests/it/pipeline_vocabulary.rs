//! The organisation's own words for questions, over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

const VOCABULARY: &str = "/v1/pipeline/vocabulary";

async fn put(api: &Api, tokens: &Value, tag: &str, body: &Value) -> reqwest::Response {
    api.as_person(tokens, Method::PUT, VOCABULARY)
        .header("if-match", tag)
        .json(body)
        .send()
        .await
        .unwrap()
}

fn tag(response: &reqwest::Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn administrators_set_it_and_questions_understand_it_at_once() {
    let api = Api::new().await;
    api.member("boss@acme.test", "admin").await;
    api.member("rep@acme.test", "sales").await;
    let boss = login(&api, "boss@acme.test", PASSWORD).await;
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let asked = json!({"question": "how many engagements are there?"});
    let before: Value = api.post("/v1/pipeline/query", &asked).await.json().await.unwrap();
    assert_eq!(before["kind"], "declined", "{before}");

    let read = api.get_as(&boss, VOCABULARY).await;
    let first = tag(&read);
    let empty: Value = read.json().await.unwrap();
    assert_eq!(
        (&empty["vocabulary"], &empty["left_out"]),
        (&json!({}), &json!([]))
    );

    let words = json!({"entities": {"opportunities": {
        "synonyms": {"en": ["engagements"]},
        "measures": {"won_renewals": {"of": "won_amount", "labels": {"en": "Won renewals"},
            "definition": {"en": "The amounts of renewals that were won."},
            "filters": [{"dimension": "type", "op": "eq", "value": "renewal"}]}},
    }}});
    problem(put(&api, &rep, &first, &words).await, 403, "forbidden").await;
    let missing = api
        .as_person(&boss, Method::PUT, VOCABULARY)
        .json(&words)
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), StatusCode::PRECONDITION_REQUIRED);
    let set = put(&api, &boss, &first, &words).await;
    assert_eq!(set.status(), StatusCode::OK, "{}", set.text().await.unwrap());
    let second = tag(&put(&api, &boss, &tag(&api.get_as(&boss, VOCABULARY).await), &words).await);
    problem(put(&api, &boss, &first, &words).await, 412, "stale").await;

    let after: Value = api.post("/v1/pipeline/query", &asked).await.json().await.unwrap();
    assert_eq!(after["kind"], "answer", "{after}");
    let schema: Value = api.get("/v1/pipeline/schema").await.json().await.unwrap();
    let measures = schema["entities"][0]["measures"].as_array().unwrap();
    let new = measures
        .iter()
        .find(|measure| measure["name"] == "won_renewals")
        .unwrap();
    assert_eq!(new["definition"], "The amounts of renewals that were won.");
    assert_eq!(schema["left_out"], json!([]));

    let audit: Value = api.get("/v1/audit?limit=50").await.json().await.unwrap();
    let entries = audit["data"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry.to_string().contains("vocabulary")),
        "{audit}"
    );

    let gone = put(&api, &boss, &second, &json!({})).await;
    assert_eq!(gone.status(), StatusCode::OK);
    let again: Value = api.post("/v1/pipeline/query", &asked).await.json().await.unwrap();
    assert_eq!(again["kind"], "declined", "{again}");
    api.end().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_entry_by_entry() {
    let api = Api::new().await;
    let etag = tag(&api.get(VOCABULARY).await);
    let words = json!({"entities": {
        "oportunities": {},
        "opportunities": {
            "dimensions": {"stage": {"synonyms": {"en": ["Owner"]}}, "salary": {"field": "owner.email", "labels": {"en": "Salary"}}},
            "measures": {"mine": {"of": "won", "filters": []}},
        },
    }});
    let sent = api
        .anonymous(Method::PUT, VOCABULARY)
        .bearer_auth(&api.key)
        .header("if-match", etag)
        .json(&words)
        .send()
        .await
        .unwrap();
    let told = problem(sent, 422, "invalid").await;
    let mut places: Vec<&str> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/entities/oportunities",
            "/entities/opportunities/dimensions/salary/field",
            "/entities/opportunities/dimensions/stage/synonyms/en/0",
            "/entities/opportunities/measures/mine/of",
        ]
    );
    assert!(told.to_string().contains("did you mean opportunities?"), "{told}");
    api.end().await;
}
