//! A person who is forgotten is found nowhere any more, and nobody else is.

use crm_store::{
    Secrets,
    privacy::{Signed, Verdict, verify},
};
use crm_tests::harness::until;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    http_support::Api,
    privacy_support::{MAIL, NAME, PHONE, found, quiet, receipt, rows, world},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_forgotten_everywhere_and_the_receipt_says_where() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    let ours = api.tenant.grant().tenant().uuid();
    let (_, others) = world(&api).await;
    // Another tenant knows the same person.
    let (neighbour, _) = api.db.tenant("neighbour").await;
    sqlx::query("INSERT INTO contacts (tenant_id, id, last_name, email, created_at, updated_at) VALUES ($1, $2, 'Quagmire', $3, now(), now())")
        .bind(neighbour.grant().tenant().uuid())
        .bind(uuid::Uuid::now_v7())
        .bind(MAIL)
        .execute(&owner)
        .await
        .unwrap();
    quiet(&owner).await;
    let before = found(&owner, Some(ours), MAIL).await;
    for place in [
        "contacts.email",
        "leads.email",
        "cases.description",
        "audit_values.new",
        "runs.input",
        "messages.body",
    ] {
        assert!(
            before.iter().any(|found| found == place),
            "{place} is not in {before:?}"
        );
    }

    let response = api.post("/v1/privacy/erasures", &json!({"email": MAIL})).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let asked: Value = response.json().await.unwrap();
    let (view, receipt) = receipt(&api, asked["id"].as_str().unwrap()).await;
    quiet(&owner).await;

    for text in [MAIL, NAME, PHONE, "zebulon", "quagmire"] {
        assert_eq!(
            found(&owner, Some(ours), text).await,
            Vec::<String>::new(),
            "{text}"
        );
    }
    assert_eq!(
        found(&owner, None, MAIL).await,
        ["contacts.email"],
        "the neighbour's stays"
    );
    let deleted = |place: &str| {
        receipt
            .places
            .iter()
            .find(|known| known.place == place)
            .map_or(0, |place| place.deleted)
    };
    assert_eq!(
        [
            deleted("contacts"),
            deleted("leads"),
            deleted("cases"),
            deleted("activities")
        ],
        [1, 1, 1, 1],
        "{receipt:#?}"
    );
    assert!(
        deleted("audit_values") > 5 && deleted("runs") == 1,
        "{receipt:#?}"
    );
    let kept: Value = api
        .get(&format!("/v1/cases/{others}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(kept["description"], "As [erased] told me on [erased]");
    assert!(!view.to_string().contains("quagmire"));

    let keys = std::fs::read_to_string(api.data().join("secrets.key")).unwrap();
    let secrets = Secrets::parse(keys.split_whitespace()).unwrap();
    let mut signed = Signed {
        receipt: view["receipt"].as_str().unwrap().to_owned(),
        signature: view["signature"].as_str().unwrap().to_owned(),
    };
    assert!(matches!(verify(&secrets, &signed), Verdict::Genuine(_)));
    signed.receipt = signed.receipt.replace("\"person\"", "\"tenant\"");
    assert_eq!(verify(&secrets, &signed), Verdict::Forged);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_erased_to_its_receipt_and_its_ledger() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    let ours = api.tenant.grant().tenant().uuid();
    world(&api).await;
    let (neighbour, _) = api.db.tenant("neighbour").await;
    let neighbour = neighbour.grant().tenant().uuid();
    quiet(&owner).await;
    let theirs = rows(&owner, neighbour).await;

    let wrong = api
        .post("/v1/privacy/erasures", &json!({"tenant": "neighbour"}))
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let response = api.post("/v1/privacy/erasures", &json!({"tenant": "acme"})).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    until("the erasure", async || {
        let state: String = sqlx::query_scalar("SELECT state FROM erasures")
            .fetch_one(&owner)
            .await
            .unwrap();
        let slug: String = sqlx::query_scalar("SELECT slug FROM tenants WHERE id = $1")
            .bind(ours)
            .fetch_one(&owner)
            .await
            .unwrap();
        assert_ne!(state, "failed");
        (state == "done" && slug.starts_with("erased-")).then_some(())
    })
    .await;

    for text in [MAIL, NAME, "acme", "Returns"] {
        assert_eq!(found(&owner, None, text).await, Vec::<String>::new(), "{text}");
    }
    let left: Vec<String> = rows(&owner, ours)
        .await
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    for table in &left {
        assert!(
            ["budget_periods", "erasures", "jobs", "ledger_entries"].contains(&table.as_str()),
            "{left:?}"
        );
    }
    assert_eq!(rows(&owner, neighbour).await, theirs);
    assert_eq!(api.get("/v1/me").await.status(), StatusCode::UNAUTHORIZED);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_gets_what_is_stored_about_them() {
    let api = Api::new().await;
    let (case, others) = world(&api).await;
    let several = api
        .post("/v1/privacy/exports", &json!({"email": MAIL, "tenant": "acme"}))
        .await;
    assert_eq!(several.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let asked: Value = api
        .post("/v1/privacy/exports", &json!({"email": MAIL}))
        .await
        .json()
        .await
        .unwrap();
    let path = format!("/v1/privacy/exports/{}", asked["id"].as_str().unwrap());
    let done: Value = until("the export", async || {
        let view: Value = api.get(&path).await.json().await.unwrap();
        (view["state"] == "done").then_some(view)
    })
    .await;
    let file = api.get(done["url"].as_str().unwrap()).await;
    assert_eq!(file.headers()["content-type"], "application/x-ndjson");
    let text = file.text().await.unwrap();
    assert_eq!(i64::try_from(text.len()).ok(), done["bytes"].as_i64());
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(i64::try_from(lines.len()).ok(), done["rows"].as_i64());
    let has = |table: &str, id: &str| {
        lines
            .iter()
            .any(|line| line["table"] == table && line["row"]["id"] == id)
    };
    assert!(
        has("cases", &case) && has("cases", &others),
        "one is about the person, one mentions the person"
    );
    assert!(
        lines.iter().any(|line| line["table"] == "runs") && lines.iter().any(|line| line["table"] == "leads")
    );
    assert!(!text.contains("other@example.com"), "nobody else's address");
    api.end().await;
}

#[tokio::test]
async fn every_table_of_tenants_is_open_to_erasing_jobs_alone() {
    let db = crm_tests::harness::TestDb::new().await;
    let owner = db.owner().await;
    let bare: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (\
             SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'erase' AND p.cmd = 'ALL' \
               AND p.roles = '{crm_app}' AND p.permissive = 'PERMISSIVE' \
               AND p.qual = '( SELECT app_erasing() AS app_erasing)' AND p.with_check = p.qual) ORDER BY 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert_eq!(bare, ["budget_periods", "erasures", "ledger_entries"]);

    // A job of another kind, or one that nobody works on, erases nothing.
    let (tenant, _) = db.tenant("acme").await;
    let id = uuid::Uuid::now_v7();
    let ours = tenant.grant().tenant().uuid();
    sqlx::query("INSERT INTO audit_log (tenant_id, id, actor_kind, actor_id, action, object, at) VALUES ($1, $2, 'job', $2, 'x', 'x', now())")
        .bind(ours)
        .bind(id)
        .execute(&owner)
        .await
        .unwrap();
    for (kind, state, gone) in [
        ("erase", "ready", 0),
        ("index_article", "leased", 0),
        ("erase", "leased", 1),
    ] {
        let job = uuid::Uuid::now_v7();
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, state, run_at, lease_until, leased_by, created_at, updated_at) \
             VALUES ($1, $2, $3, $2::text, $4, now(), CASE WHEN $4 = 'leased' THEN now() + interval '1 hour' END, 'test', now(), now())",
        )
        .bind(ours)
        .bind(job)
        .bind(kind)
        .bind(state)
        .execute(&owner)
        .await
        .unwrap();
        let mut tx = owner.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!(
            "SET LOCAL ROLE crm_app; SELECT set_config('app.tenant_id', '{ours}', true), set_config('app.actor_kind', 'job', true), \
             set_config('app.actor_id', '{job}', true)"
        )))
        .execute(&mut *tx)
        .await
        .unwrap();
        let deleted = sqlx::query("DELETE FROM audit_log WHERE id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        assert_eq!(deleted.rows_affected(), gone, "{kind} {state}");
        tx.rollback().await.unwrap();
    }
}
