//! Everything that leaves the house is a security event, and what was written for it does not lie about for ever.

use serde_json::{Value, json};

use crm_store::catalog;
use crm_tests::harness::until;

use crate::{
    http_support::Api,
    privacy_support::{MAIL, made},
};

async fn exports(api: &Api) -> Vec<Value> {
    let events: Value = api
        .get("/v1/security-events?kind=bulk_export")
        .await
        .json()
        .await
        .unwrap();
    let events = events["data"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["detail"]["object"].clone())
        .collect()
}

#[tokio::test]
async fn a_bulk_export_is_a_security_event_once() {
    let api = Api::new().await;
    for _ in 0..3 {
        made(&api, "/v1/leads", json!({"last_name": "Reed"})).await;
    }
    assert!(exports(&api).await.is_empty());
    let mut tx = api.tenant.begin().await.unwrap();
    let page = tx.exports().page(&catalog::LEAD, None).await.unwrap();
    assert_eq!(page.lines.len(), 3);
    // A later page belongs to the same export.
    let last = page.lines[2]["id"].as_str().unwrap().parse().unwrap();
    tx.exports().page(&catalog::LEAD, Some(last)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(exports(&api).await, [json!("lead")]);
    let asked = api.post("/v1/privacy/exports", &json!({"email": MAIL})).await;
    assert_eq!(asked.status(), 202);
    assert_eq!(exports(&api).await, [json!("person"), json!("lead")]);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_an_export_goes_when_its_time_is_over() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    made(&api, "/v1/contacts", json!({"last_name": "Q", "email": MAIL})).await;
    let mut files = Vec::new();
    for _ in 0..2 {
        let asked: Value = api
            .post("/v1/privacy/exports", &json!({"email": MAIL}))
            .await
            .json()
            .await
            .unwrap();
        let path = format!("/v1/privacy/exports/{}", asked["id"].as_str().unwrap());
        let view: Value = until("the export", async || {
            let view: Value = api.get(&path).await.json().await.unwrap();
            (view["state"] == "done").then_some(view)
        })
        .await;
        files.push((path, view["url"].as_str().unwrap().to_owned()));
    }
    let on_disk = |api: &Api| std::fs::read_dir(api.data().join("exports")).unwrap().count();
    assert_eq!(on_disk(&api), 2);
    sqlx::query("UPDATE privacy_exports SET expires_at = now() - interval '1 minute' WHERE id = $1::uuid")
        .bind(files[0].0.rsplit('/').next().unwrap())
        .execute(&owner)
        .await
        .unwrap();
    // The round of upkeep comes with the start, and every few hours.
    let api = api.restart(Vec::new()).await;
    until("the file goes", async || {
        let view: Value = api.get(&files[0].0).await.json().await.unwrap();
        (view["state"] == "expired").then_some(())
    })
    .await;
    assert_eq!(on_disk(&api), 1);
    assert!(api.get(&files[0].1).await.status().is_client_error());
    assert_eq!(
        api.get(&files[1].1).await.status(),
        200,
        "the other one's time is not over"
    );
    api.end().await;
}
