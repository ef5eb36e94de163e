//! What the API and agents get of it.

use crm_store::catalog;
use crm_tools::{PassageRefs, Tool, ToolCtx, ToolError, ToolRegistry, records::SimilarRecords};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{World, case, create};
use crate::http_support::{Api, problem};

#[expect(clippy::too_many_lines, reason = "one world, asked step by step")]
#[tokio::test]
async fn the_api_serves_similar_records_and_searches_kinds() {
    let api = Api::new().await;
    let made = async |plural: &str, body: Value| -> String {
        let response = api.post(&format!("/v1/{plural}"), &body).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        response.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    api.article("returns").await;
    let one = made(
        "cases",
        json!({"subject": "Printer on fire", "description": "Smoke comes out."}),
    )
    .await;
    let two = made(
        "cases",
        json!({"subject": "Printer smokes", "description": "Smoke everywhere."}),
    )
    .await;
    made("leads", json!({"last_name": "Reed", "company": "Smoke & Sons"})).await;
    // The worker of the service does it; `index reconcile` is what waits for it.
    let request = json!({"tenant": "acme", "rebuild": false});
    let control = api
        .anonymous(Method::POST, "/control/v1/index")
        .bearer_auth(api.control_token())
        .json(&request);
    let response = control.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let report: Value = response.json().await.unwrap();
    assert_eq!(report["records"]["cases"]["records"], 2, "{report}");

    let found: Value = api
        .get(&format!("/v1/cases/{one}/similar?limit=3"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found["data"][0]["id"], two.as_str(), "{found}");
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(found["data"][0]["record"]["subject"], "Printer smokes");
    let none: Value = api
        .get(&format!("/v1/cases/{one}/similar?resolved=true"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(none["data"], json!([]));

    let body = json!({"query": "smoke of the printer", "kinds": ["case", "lead"], "limit": 2});
    let found: Value = api
        .post("/v1/knowledge/search", &body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found["data"], json!([]));
    assert_eq!(found["records"].as_array().unwrap().len(), 2, "{found}");
    let plain: Value = api
        .post(
            "/v1/knowledge/search",
            &json!({"query": "parcels returned within 30 days"}),
        )
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(plain["data"][0]["title"], "Returns");
    assert_eq!(plain.get("records"), None);

    // Scopes and bad input.
    let key = api
        .post(
            "/v1/api-keys",
            &json!({"name": "search", "scopes": ["knowledge:search", "leads:read"]}),
        )
        .await;
    let key: Value = key.json().await.unwrap();
    let key = key["secret"].as_str().or(key["key"].as_str()).unwrap().to_owned();
    let with = |method, path: &str| api.anonymous(method, path).bearer_auth(&key);
    let refused = with(Method::GET, &format!("/v1/cases/{one}/similar"))
        .send()
        .await
        .unwrap();
    problem(refused, 403, "forbidden").await;
    let refused = with(Method::POST, "/v1/knowledge/search")
        .json(&body)
        .send()
        .await
        .unwrap();
    problem(refused, 403, "forbidden").await;
    let leads = json!({"query": "smoke", "kinds": ["lead"]});
    let allowed = with(Method::POST, "/v1/knowledge/search")
        .json(&leads)
        .send()
        .await
        .unwrap();
    assert_eq!(allowed.status(), StatusCode::OK);
    for path in ["limit=0", "limit=51", "what=1"] {
        let answer = api.get(&format!("/v1/cases/{one}/similar?{path}")).await;
        assert!(answer.status().is_client_error(), "{path}");
    }
    let lead = made("leads", json!({"last_name": "Reed"})).await;
    problem(
        api.get(&format!("/v1/leads/{lead}/similar?resolved=true")).await,
        422,
        "invalid",
    )
    .await;
    problem(
        api.get(&format!("/v1/messages/{}/similar", uuid::Uuid::now_v7()))
            .await,
        404,
        "not-found",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn agents_find_similar_records_as_the_one_they_act_for() {
    let world = World::new().await;
    let one = case(&world.acme, "Printer on fire", "Smoke comes out of the tray.").await;
    let two = case(&world.acme, "Printer smokes", "Smoke again, from the fan.").await;
    let lead = create(
        &world.acme,
        &catalog::LEAD,
        json!({"last_name": "Reed", "company": "Loom Mills"}),
    )
    .await;
    world.work().await;
    let tools = ToolRegistry::new().with(SimilarRecords).unwrap();
    let ctx = |store: &crm_store::TenantStore| ToolCtx {
        store: store.clone(),
        retriever: Arc::new(world.knowledge.retriever(store.clone())),
        refs: PassageRefs::default(),
        question: String::new(),
    };
    let arguments = |record: Option<uuid::Uuid>, text: Option<&str>| {
        json!({"kind": "case", "record_id": record, "text": text, "resolved_only": null, "limit": null})
            .to_string()
    };
    let call =
        async |store, arguments: String| tools.call(&ctx(store), SimilarRecords::NAME, &arguments).await;

    let called = call(&world.acme, arguments(Some(one.id), None)).await.unwrap();
    assert_eq!(called.summary, "1 record");
    assert_eq!(called.output["records"][0]["id"], json!(two.id));
    assert_eq!(called.output["records"][0]["facts"]["status"], "new");
    let called = call(&world.acme, arguments(None, Some("smoke from the printer")))
        .await
        .unwrap();
    assert_eq!(called.output["records"].as_array().unwrap().len(), 2);

    let (_, nobody) = world
        .member("nobody", json!({"objects": {"lead": ["read"]}}))
        .await;
    let told = async |store, arguments| match call(store, arguments).await {
        Err(ToolError::Correctable(words)) => words,
        other => panic!("{other:?}"),
    };
    assert!(
        told(&nobody, arguments(None, Some("smoke")))
            .await
            .contains("may not read cases")
    );
    assert!(
        told(&world.acme, arguments(Some(lead.id), None))
            .await
            .contains("no such case")
    );
    assert!(
        told(&world.acme, arguments(None, None))
            .await
            .contains("either record_id or text")
    );
    assert!(
        told(&world.acme, arguments(Some(one.id), Some("x")))
            .await
            .contains("either")
    );
}
