//! What a key's scopes and a person's role open to questions: the same whichever way a question comes, and said truly.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, Events, problem},
};

const QUERY: &str = "/v1/pipeline/query";

/// An entity, a measure of it, words that ask for it, and the scope that a key needs beside the one to read records.
const ASKED: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "opportunities",
        "count",
        "how many opportunities are there?",
        None,
    ),
    ("leads", "count", "how many leads are there?", None),
    ("accounts", "count", "how many accounts are there?", None),
    ("activities", "count", "how many activities are there?", None),
    ("cases", "count", "how many cases are there?", None),
    ("campaigns", "count", "how many campaigns are there?", None),
    (
        "campaign_members",
        "count",
        "how many campaign members are there?",
        None,
    ),
    (
        "conversations",
        "count",
        "how many conversations are there?",
        Some("conversations:read"),
    ),
    (
        "runs",
        "count",
        "how many agent runs are there?",
        Some("runs:read"),
    ),
    ("usage", "cost", "model cost this year", Some("usage:read")),
];

async fn key(api: &Api, scopes: &[&str]) -> String {
    let made = api
        .post(
            "/v1/api-keys",
            &json!({"name": scopes.join(" "), "scopes": scopes}),
        )
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    made["key"].as_str().unwrap().to_owned()
}

/// The card of a run of the agent.
async fn by_agent(api: &Api, key: &str, question: &str) -> Value {
    let started = api
        .anonymous(Method::POST, "/v1/agents/pipeline/runs")
        .bearer_auth(key)
        .json(&json!({"input": {"question": question}, "stream": true}))
        .send()
        .await
        .unwrap();
    assert_eq!(started.status(), StatusCode::OK);
    let events = Events::of(started).all().await;
    let card = events.into_iter().find(|event| event.kind == "card").unwrap();
    card.data["card"].clone()
}

/// What a typed query is answered with.
async fn typed(api: &Api, key: &str, entity: &str, measure: &str) -> reqwest::Response {
    api.anonymous(Method::POST, QUERY)
        .bearer_auth(key)
        .json(&json!({"query": {"entity": entity, "measures": [measure]}}))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_key_asks_about_what_its_scopes_reach_by_query_and_by_agent() {
    let api = Api::new().await;
    let runner = key(&api, &["agents:run"]).await;
    let reader = key(&api, &["agents:run", "records:read"]).await;
    let entities = crm_tools::semantic::SemanticModel::embedded().unwrap();
    assert_eq!(entities.entities.len(), ASKED.len());
    for (entity, measure, words, scope) in ASKED {
        problem(typed(&api, &runner, entity, measure).await, 403, "forbidden").await;
        let card = by_agent(&api, &runner, words).await;
        assert_eq!(card["kind"], "declined", "{entity}: {card}");
        assert!(card["table"].is_null() && card["query"].is_null(), "{card}");
        let mut reaching = reader.clone();
        if let Some(scope) = scope {
            let told = problem(typed(&api, &reader, entity, measure).await, 403, "forbidden").await;
            assert_eq!(told["scope"], *scope, "{told}");
            let card = by_agent(&api, &reader, words).await;
            assert_eq!(card["kind"], "declined", "{entity}: {card}");
            // Neither is enough without the scope to read records.
            let alone = key(&api, &["agents:run", scope]).await;
            let card = by_agent(&api, &alone, words).await;
            assert_eq!(card["kind"], "declined", "{entity}: {card}");
            reaching = key(&api, &["agents:run", "records:read", scope]).await;
        }
        let answered = typed(&api, &reaching, entity, measure).await;
        assert_eq!(answered.status(), StatusCode::OK, "{entity}");
        let card = by_agent(&api, &reaching, words).await;
        assert_eq!(card["kind"], "answer", "{entity}: {card}");
        assert_eq!(card["query"]["entity"], *entity, "{card}");
    }
    // What cannot be asked is not told either.
    let told = api
        .anonymous(Method::GET, "/v1/pipeline/schema")
        .bearer_auth(&reader)
        .send()
        .await
        .unwrap();
    let told: Value = told.json().await.unwrap();
    let open = ASKED.iter().filter(|asked| asked.3.is_none()).count();
    assert_eq!(told["entities"].as_array().unwrap().len(), open, "{told}");
    api.end().await;
}

#[tokio::test]
async fn a_key_that_reads_no_records_learns_of_no_deal_from_an_agent() {
    let api = Api::new().await;
    let deal = json!({"name": "Zephyrion", "close_date": "2030-06-30"});
    let made = api.post("/v1/opportunities", &deal).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    for (scopes, told) in [
        (&["agents:run"][..], false),
        (&["agents:run", "records:read"], true),
    ] {
        let key = key(&api, scopes).await;
        let started = api
            .anonymous(Method::POST, "/v1/agents/win/runs")
            .bearer_auth(&key)
            .json(&json!({
                "input": {"question": "How likely is it won?"},
                "record": format!("opportunity:{}", made["id"].as_str().unwrap()), "stream": true,
            }))
            .send()
            .await
            .unwrap();
        let events = Events::of(started).all().await;
        let said: Vec<String> = events.iter().map(|event| event.data.to_string()).collect();
        assert_eq!(
            said.iter().any(|said| said.contains("Zephyrion")),
            told,
            "{said:?}"
        );
    }
    api.end().await;
}

#[tokio::test]
async fn what_the_organisation_spends_is_for_those_who_administer_budgets() {
    let api = Api::new().await;
    let query = json!({"query": {"entity": "usage", "measures": ["cost"]}});
    let words = json!({"question": "model cost this year"});
    for role in ["manager", "viewer", "sales", "support"] {
        let email = format!("{role}@acme.test");
        api.member(&email, role).await;
        let who = login(&api, &email, PASSWORD).await;
        problem(api.get_as(&who, "/v1/usage").await, 403, "forbidden").await;
        let post = |body: &Value| api.as_person(&who, Method::POST, QUERY).json(body).send();
        problem(post(&query).await.unwrap(), 403, "forbidden").await;
        let card: Value = post(&words).await.unwrap().json().await.unwrap();
        assert_eq!(card["kind"], "declined", "{role}: {card}");
        let schema: Value = api
            .get_as(&who, "/v1/pipeline/schema")
            .await
            .json()
            .await
            .unwrap();
        let lists = |name: &str| {
            let entities = schema["entities"].as_array().unwrap();
            entities.iter().any(|entity| entity["name"] == name)
        };
        assert!(lists("opportunities") && !lists("usage"), "{role}: {schema}");
    }
    let role = json!({"name": "finance", "permissions": {"objects": {"*": ["read"]}, "manage": ["budgets"]}});
    assert_eq!(api.post("/v1/roles", &role).await.status(), StatusCode::CREATED);
    api.member("finance@acme.test", "finance").await;
    let finance = login(&api, "finance@acme.test", PASSWORD).await;
    let card = api
        .as_person(&finance, Method::POST, QUERY)
        .json(&query)
        .send()
        .await
        .unwrap();
    let card: Value = card.json().await.unwrap();
    assert_eq!(card["kind"], "answer", "{card}");
    assert_eq!(card["rights"], "You see all usage.", "{card}");
    api.end().await;
}

#[tokio::test]
async fn a_card_says_truly_whose_runs_and_conversations_it_counts() {
    let api = Api::new().await;
    for role in ["admin", "manager", "viewer", "sales", "support"] {
        api.member(&format!("{role}@acme.test"), role).await;
    }
    let mut said = Vec::new();
    for role in ["admin", "manager", "viewer", "sales"] {
        let who = login(&api, &format!("{role}@acme.test"), PASSWORD).await;
        for entity in ["runs", "conversations"] {
            let card = api
                .as_person(&who, Method::POST, QUERY)
                .json(&json!({"query": {"entity": entity, "measures": ["count"]}}))
                .send()
                .await
                .unwrap();
            let card: Value = card.json().await.unwrap();
            said.push(format!("{role}: {}", card["rights"].as_str().unwrap()));
        }
    }
    assert_eq!(
        said,
        [
            "admin: You see all agent runs.",
            "admin: You see all conversations.",
            "manager: You see agent runs that you started, those of your team, those of visitors, those that answer from \
             articles.",
            "manager: You see all conversations.",
            // To view all is no right to the runs of others.
            "viewer: You see agent runs that you started, those of visitors.",
            "viewer: You see all conversations.",
            "sales: You see agent runs that you started, those of visitors.",
            "sales: You see your own conversations, those of nobody, and what is shared with you.",
        ]
    );
    api.end().await;
}
