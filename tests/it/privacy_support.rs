//! A person all over a company, and a walk over everything that the database holds.

use crm_store::privacy::Receipt;
use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};

use crate::http_support::Api;

/// What identifies the person; nobody else has it.
pub(crate) const MAIL: &str = "zebulon.quagmire@marker.example";
pub(crate) const NAME: &str = "Zebulon Quagmire";
pub(crate) const PHONE: &str = "+4930123456789";

/// Every place of a tenant, or of the whole database, where a text stands.
pub(crate) async fn found(owner: &PgPool, tenant: Option<uuid::Uuid>, text: &str) -> Vec<String> {
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id') \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_type y ON y.oid = a.atttypid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
           AND (y.typname IN ('text', 'varchar', 'json', 'jsonb', '_text', 'tsvector', 'bytea', '_jsonb', 'citext', 'name', 'xml', 'bpchar'))",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let mut places = Vec::new();
    for (table, column, has_tenant) in columns {
        if tenant.is_some() && !has_tenant {
            continue;
        }
        let ours = tenant.map_or_else(String::new, |tenant| format!(" AND tenant_id = '{tenant}'"));
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE position(lower($1) IN lower(\"{column}\"::text)) > 0{ours}"
        );
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(text)
            .fetch_one(owner)
            .await
            .unwrap();
        if count > 0 {
            places.push(format!("{table}.{column}"));
        }
    }
    places
}

pub(crate) async fn made(api: &Api, path: &str, body: Value) -> String {
    let response = api.post(path, &body).await;
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{path}: {body}");
    body["id"].as_str().unwrap().to_owned()
}

/// Waits until no job is left to do. One that failed and is tried again in a moment is not done.
pub(crate) async fn quiet(owner: &PgPool) {
    until("the jobs", async || {
        let left: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM jobs WHERE state IN ('ready', 'leased') \
             AND (run_at <= now() OR attempts > 0 AND run_at <= now() + interval '1 minute')",
        )
        .fetch_one(owner)
        .await
        .unwrap();
        (left == 0).then_some(())
    })
    .await;
}

pub(crate) async fn receipt(api: &Api, erasure: &str) -> (Value, Receipt) {
    let path = format!("/v1/privacy/erasures/{erasure}");
    let view: Value = until("the erasure", async || {
        let view: Value = api.get(&path).await.json().await.unwrap();
        assert_ne!(view["state"], "failed", "{view}");
        (view["state"] == "done").then_some(view)
    })
    .await;
    let receipt = serde_json::from_str(view["receipt"].as_str().unwrap()).unwrap();
    (view, receipt)
}

/// A company with the person all over it, and with somebody else who stays.
pub(crate) async fn world(api: &Api) -> (String, String) {
    let contact = made(
        api,
        "/v1/contacts",
        json!({"first_name": "Zebulon", "last_name": "Quagmire", "email": MAIL, "phone": PHONE, "external_id": "z1"}),
    )
    .await;
    made(api, "/v1/leads", json!({"first_name": "Zebulon", "last_name": "Quagmire", "email": MAIL.to_uppercase(), "company": "Marker Works"})).await;
    let case = made(
        api,
        "/v1/cases",
        json!({"subject": "Broken", "description": format!("{NAME} says it broke"), "contact_id": contact}),
    )
    .await;
    let other = made(
        api,
        "/v1/contacts",
        json!({"last_name": "Other", "email": "other@example.com"}),
    )
    .await;
    let others = made(
        api,
        "/v1/cases",
        json!({"subject": "Another", "description": format!("As {MAIL} told me on {PHONE}"), "contact_id": other}),
    )
    .await;
    made(api, "/v1/activities", json!({"type": "call", "subject": format!("Called {NAME}"), "contact_id": contact, "occurred_at": "2026-01-01T00:00:00Z"})).await;
    made(api, "/v1/opportunities", json!({"name": "Deal", "stage": "Prospecting", "contact_id": contact, "description": format!("{NAME} decides")})).await;
    let read = api.get(&format!("/v1/contacts/{contact}")).await;
    let updated = api
        .request(Method::PATCH, &format!("/v1/contacts/{contact}"))
        .header("if-match", read.headers()["etag"].clone())
        .json(&json!({"title": format!("The {NAME}")}))
        .send()
        .await
        .unwrap();
    assert!(updated.status().is_success(), "{}", updated.text().await.unwrap());
    api.article("help").await;
    let question = json!({"input": {"question": format!("May {MAIL} return a parcel?")}, "stream": false});
    let run = api.post("/v1/agents/answer/runs", &question).await;
    assert_eq!(run.status(), StatusCode::CREATED);
    let conversation = made(
        api,
        "/v1/conversations",
        json!({"channel": "email", "subject": format!("From {NAME}")}),
    )
    .await;
    let said = api
        .post(
            &format!("/v1/conversations/{conversation}/messages"),
            &json!({"body": format!("I am {MAIL}"), "direction": "inbound"}),
        )
        .await;
    assert!(said.status().is_success(), "{}", said.text().await.unwrap());
    (case, others)
}

/// How many rows a tenant has, table by table.
pub(crate) async fn rows(owner: &PgPool, tenant: uuid::Uuid) -> Vec<(String, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let mut counts = Vec::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} WHERE tenant_id = '{tenant}'");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(owner)
            .await
            .unwrap();
        if count > 0 {
            counts.push((table, count));
        }
    }
    counts
}
