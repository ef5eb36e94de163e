//! No operation of the API shows or changes another tenant's records.
//!
//! The list of operations comes from the `OpenAPI` document: a new one must be
//! attacked here, or stand in the reviewed list of those that take no record.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::http_support::{Api, Events, problem, question, scripted, words};

/// Operations that name no record, so that there is nothing of another tenant
/// to ask for; those that list are read below and must show nothing.
const NAME_NO_RECORD: &[&str] = &[
    "create_api_key",
    "create_article",
    "create_budget",
    "get_health",
    "get_liveness",
    "get_me",
    "get_metrics",
    "get_readiness",
    "list_agents",
    "list_prices",
    "start_run",
];

/// Operations that list; each is read by the other tenant and must be empty.
const LISTS: &[(&str, &str)] = &[
    ("list_articles", "/v1/articles"),
    ("list_runs", "/v1/runs"),
    ("list_ledger", "/v1/usage/ledger"),
    ("list_budgets", "/v1/budgets"),
    ("get_usage", "/v1/usage"),
    ("list_feedback", "/v1/feedback"),
];

/// A tenant with a record of each kind, and another one that tries to reach them.
struct Attack {
    api: Api,
    key: String,
    tried: BTreeSet<&'static str>,
}

impl Attack {
    async fn send(
        &mut self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        self.tried.insert(operation);
        let request = self
            .api
            .anonymous(method, path)
            .bearer_auth(&self.key)
            .header("if-match", "\"1\"");
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }

    async fn finds_nothing(
        &mut self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) {
        let response = self.send(operation, method, path, body).await;
        let refused = problem(response, 404, "not-found").await;
        assert!(!refused.to_string().contains("acme"), "{operation}: {refused}");
    }
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one attack after the other on one pair of tenants"
)]
async fn no_operation_reaches_another_tenants_records() {
    let api = Api::with(scripted([words("Our secret.")]), &[]).await;
    let article = api.article("ours").await["id"].as_str().unwrap().to_owned();
    let started = api.post("/v1/agents/answer/runs", &question(true)).await;
    let run = started.headers()["x-run-id"].to_str().unwrap().to_owned();
    Events::of(started).all().await;
    let budget = json!({"name": "ours", "limit": {"amount": "5", "currency": "USD"}, "period": "day"});
    let budget: Value = api.post("/v1/budgets", &budget).await.json().await.unwrap();
    let budget = budget["id"].as_str().unwrap().to_owned();
    let keys: Value = api.get("/v1/api-keys").await.json().await.unwrap();
    let our_key = keys["data"][0]["id"].as_str().unwrap().to_owned();

    let asked = json!({"query": {"entity": "leads", "measures": ["count"]}});
    let card: Value = api.post("/v1/pipeline/query", &asked).await.json().await.unwrap();
    let ours = json!({"card_id": card["id"], "verdict": "bad", "comment": "Ours."});
    assert_eq!(api.post("/v1/feedback", &ours).await.status(), 201);

    let (other, _) = api.db.tenant("globex").await;
    let key = api.db.key(&other).await.secret;
    let mut attack = Attack {
        api,
        key,
        tried: BTreeSet::new(),
    };

    let at = format!("/v1/articles/{article}");
    let change = Some(json!({"title": "taken over"}));
    attack.finds_nothing("get_article", Method::GET, &at, None).await;
    attack
        .finds_nothing("update_article", Method::PATCH, &at, change)
        .await;
    attack
        .finds_nothing("delete_article", Method::DELETE, &at, None)
        .await;
    attack
        .finds_nothing("publish_article", Method::POST, &format!("{at}/publish"), None)
        .await;
    attack
        .finds_nothing("withdraw_article", Method::POST, &format!("{at}/withdraw"), None)
        .await;
    attack
        .finds_nothing(
            "list_article_versions",
            Method::GET,
            &format!("{at}/versions"),
            None,
        )
        .await;
    attack
        .finds_nothing(
            "get_article_version",
            Method::GET,
            &format!("{at}/versions/1"),
            None,
        )
        .await;
    attack
        .finds_nothing(
            "list_article_answers",
            Method::GET,
            &format!("{at}/answers"),
            None,
        )
        .await;
    let at = format!("/v1/runs/{run}");
    attack.finds_nothing("get_run", Method::GET, &at, None).await;
    attack
        .finds_nothing("follow_run", Method::GET, &format!("{at}/events"), None)
        .await;
    attack
        .finds_nothing("cancel_run", Method::POST, &format!("{at}/cancel"), None)
        .await;
    let approve = Some(json!({"decision": "approve"}));
    attack
        .finds_nothing(
            "decide_approval",
            Method::POST,
            &format!("{at}/approvals/c1"),
            approve,
        )
        .await;
    let judge = Some(json!({"run_id": run, "verdict": "bad"}));
    for about in [judge, Some(ours)] {
        attack
            .finds_nothing("give_feedback", Method::POST, "/v1/feedback", about)
            .await;
    }
    let change = Some(json!({"active": false}));
    attack
        .finds_nothing(
            "update_budget",
            Method::PATCH,
            &format!("/v1/budgets/{budget}"),
            change,
        )
        .await;
    attack
        .finds_nothing(
            "revoke_api_key",
            Method::DELETE,
            &format!("/v1/api-keys/{our_key}"),
            None,
        )
        .await;

    for (operation, path) in LISTS {
        let shown: Value = attack
            .send(operation, Method::GET, path, None)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(shown["data"], json!([]), "{operation}");
    }
    let keys: Value = attack
        .send("list_api_keys", Method::GET, "/v1/api-keys", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(keys["data"].as_array().unwrap().len(), 1, "only its own: {keys}");
    let search = Some(json!({"query": "parcels returned within 30 days"}));
    let found: Value = attack
        .send("search_knowledge", Method::POST, "/v1/knowledge/search", search)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found["data"], json!([]));

    // Nothing of it had an effect.
    let still: Value = attack
        .api
        .get(&format!("/v1/articles/{article}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&still["title"], &still["status"]),
        (&json!("Returns"), &json!("published"))
    );

    let documented = operations();
    let covered: BTreeSet<String> = attack
        .tried
        .iter()
        .chain(NAME_NO_RECORD)
        .map(|operation| (*operation).to_owned())
        .collect();
    // That no operation of the API goes without an attack is for the matrix (access_matrix.rs), which asks every one of
    // them about another tenant's record. Here are the first ones, in depth; none of them may vanish unseen.
    let gone: Vec<&String> = covered.difference(&documented).collect();
    assert!(gone.is_empty(), "no operations of the API any more: {gone:?}");
    attack.api.end().await;
}

/// The id of every operation of the API.
fn operations() -> BTreeSet<String> {
    let document = serde_json::to_value(crm_api::openapi::document()).unwrap();
    let items = document["paths"].as_object().unwrap().values();
    items
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect()
}
