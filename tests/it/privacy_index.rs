//! What was erased is in no passage, no vector and no answer of a search any more. With the real index and the worker.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use crm_rag::{
    TenantIndex, Wanted,
    index::{Candidate, Point, Search, Sparse},
};
use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    http_support::Api,
    privacy_support::{MAIL, NAME, made, quiet, receipt, world},
};

/// More points than these worlds have.
const ALL: usize = 1_000;

fn index(api: &Api, store: &crm_store::TenantStore) -> TenantIndex {
    TenantIndex::new(
        Arc::clone(api.app.state().services.knowledge.engine()),
        store.grant(),
    )
}

/// Every point with its vectors, by id.
async fn points(index: &TenantIndex) -> BTreeMap<Uuid, Candidate> {
    let mut dense = vec![0.0; 64];
    dense[0] = 1.0;
    let everything = Search {
        dense,
        text: Sparse::default(),
        candidates: ALL,
    };
    let found = index.search(everything, None).await.unwrap();
    let listed = index.scroll(None, ALL, None).await.unwrap();
    assert_eq!(listed.next, None);
    assert_eq!(listed.points.len(), found.len());
    assert_eq!(index.count(None).await.unwrap(), found.len());
    found.into_iter().map(|point| (point.id, point)).collect()
}

fn of(points: &BTreeMap<Uuid, Candidate>, document: &str) -> Vec<Uuid> {
    points
        .values()
        .filter(|point| point.payload.document.to_string() == document)
        .map(|point| point.id)
        .collect()
}

/// Everything that searches of all kinds say about the person.
async fn searched(api: &Api, like: &str) -> String {
    let mut said = String::new();
    for query in [NAME, MAIL] {
        let body = json!({"query": query, "kinds": ["article", "case", "lead", "message", "opportunity"], "limit": 20});
        let found = api.post("/v1/knowledge/search", &body).await;
        assert_eq!(found.status(), StatusCode::OK);
        let found: Value = found.json().await.unwrap();
        said += &found["data"].to_string();
        said += &found["records"].to_string();
        let found = api
            .request(Method::GET, "/v1/search")
            .query(&[("q", query)])
            .send()
            .await
            .unwrap();
        assert_eq!(found.status(), StatusCode::OK);
        let found: Value = found.json().await.unwrap();
        said += &found["data"].to_string();
    }
    let similar = api.get(&format!("/v1/cases/{like}/similar?limit=20")).await;
    assert_eq!(similar.status(), StatusCode::OK);
    said += &similar.text().await.unwrap();
    said.to_lowercase()
}

async fn reconciled(api: &Api, rebuild: bool) -> Value {
    let request = json!({"tenant": "acme", "rebuild": rebuild});
    let control = api
        .anonymous(Method::POST, "/control/v1/index")
        .bearer_auth(api.control_token())
        .json(&request);
    let response = control.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn erase(api: &Api, body: &Value) -> crm_store::privacy::Receipt {
    let response = api.post("/v1/privacy/erasures", body).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let asked: Value = response.json().await.unwrap();
    receipt(api, asked["id"].as_str().unwrap()).await.1
}

async fn article_about(api: &Api) -> String {
    let body = format!("# {NAME}\n\nOur first customer.\n\n# Parcels\n\nWrite to {MAIL} to return one.");
    let new =
        json!({"external_id": "about", "title": format!("About {NAME}"), "body": body, "publish": true});
    made(api, "/v1/articles", new).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_nothing_of_a_person_who_was_erased() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    let (case, others) = world(&api).await;
    let article = article_about(&api).await;
    quiet(&owner).await;
    let index = index(&api, &api.tenant);
    let before = points(&index).await;
    assert!(!of(&before, &case).is_empty() && !of(&before, &article).is_empty());
    let said = searched(&api, &others).await;
    for word in [
        "quagmire",
        "marker.example",
        "our first customer",
        "says it broke",
    ] {
        assert!(said.contains(word), "{word} is found before: {said}");
    }

    let receipt = erase(&api, &json!({"email": MAIL})).await;
    quiet(&owner).await;

    let after = points(&index).await;
    assert_eq!(of(&after, &case), [] as [Uuid; 0]);
    let said = searched(&api, &others).await;
    for word in ["zebulon", "quagmire", "marker.example", "says it broke"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    assert!(said.contains("our first customer"), "the article itself stays");
    let headings: Vec<&String> = after.values().flat_map(|point| &point.payload.headings).collect();
    assert!(
        headings
            .iter()
            .all(|heading| !heading.to_lowercase().contains("quagmire")),
        "{headings:?}"
    );
    // What was made of a text that had the person in it is made of another one now: no vector, no hash of before.
    let hashes: HashSet<&String> = before
        .values()
        .filter(|point| {
            [others.as_str(), article.as_str()].contains(&point.payload.document.to_string().as_str())
        })
        .map(|point| &point.payload.content_hash)
        .collect();
    assert!(
        after
            .values()
            .all(|point| !hashes.contains(&point.payload.content_hash))
    );
    let vectors = receipt.places.iter().find(|place| place.place == "vectors");
    assert!(vectors.unwrap().deleted >= 5, "{receipt:#?}");
    // The database has nothing of the person (privacy_erasure.rs); the index is what would be built of it anew.
    let report = reconciled(&api, false).await;
    for kind in ["cases", "leads", "messages", "opportunities"] {
        let kind = &report["records"][kind];
        assert_eq!(
            (&kind["repaired"], &kind["removed"]),
            (&json!(0), &json!(0)),
            "{report}"
        );
    }
    index.delete(None).await.unwrap();
    reconciled(&api, true).await;
    quiet(&owner).await;
    assert_eq!(points(&index).await, after);
    api.end().await;
}

/// Gives a job to a worker that never comes back by itself.
async fn taken(owner: &PgPool, tenant: Uuid, kind: &str, key: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO jobs (tenant_id, id, kind, key, state, attempts, run_at, lease_until, leased_by, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 'leased', 1, now(), now() + interval '1 hour', 'slow', now(), now())",
    )
    .bind(tenant)
    .bind(id)
    .bind(kind)
    .bind(key)
    .execute(owner)
    .await
    .unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_slow_worker_writes_after_the_erasure_goes_too() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    let (case, _) = world(&api).await;
    quiet(&owner).await;
    let index = index(&api, &api.tenant);
    let ours = api.tenant.grant().tenant().uuid();
    let late: Vec<Point> = points(&index)
        .await
        .into_values()
        .filter(|point| point.payload.document.to_string() == case)
        .map(|point| Point {
            id: point.id,
            dense: point.dense,
            text: point.text,
            payload: point.payload,
        })
        .collect();
    assert!(!late.is_empty());
    // It has read the case, and embeds it still.
    let slow = taken(&owner, ours, "index_record", &format!("case:{case}")).await;
    erase(&api, &json!({"email": MAIL})).await;
    let wanted = || Some(Wanted::Document(case.parse().unwrap()));
    assert_eq!(index.count(wanted()).await.unwrap(), 0);
    index.upsert(late).await.unwrap();
    assert!(index.count(wanted()).await.unwrap() > 0);
    sqlx::query("UPDATE jobs SET state = 'done', lease_until = NULL, leased_by = NULL WHERE id = $1")
        .bind(slow)
        .execute(&owner)
        .await
        .unwrap();
    until("the passages go", async || {
        (index.count(wanted()).await.unwrap() == 0).then_some(())
    })
    .await;
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_tenant_in_the_index() {
    let api = Api::new().await;
    let owner = api.db.owner().await;
    world(&api).await;
    let (neighbour, _) = api.db.tenant("neighbour").await;
    let key = api.db.key(&neighbour).await.secret;
    let new = json!({"external_id": "theirs", "title": "Theirs", "body": "What is another company's stays.", "publish": true});
    let theirs = api
        .anonymous(Method::POST, "/v1/articles")
        .bearer_auth(key)
        .json(&new);
    assert_eq!(theirs.send().await.unwrap().status(), StatusCode::CREATED);
    quiet(&owner).await;
    let (ours, theirs) = (index(&api, &api.tenant), index(&api, &neighbour));
    let (before, kept) = (points(&ours).await, points(&theirs).await);
    assert!(before.len() > 5 && !kept.is_empty());

    let response = api.post("/v1/privacy/erasures", &json!({"tenant": "acme"})).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    until("the tenant's erasure", async || {
        let slug: String = sqlx::query_scalar("SELECT slug FROM tenants WHERE id = $1")
            .bind(api.tenant.grant().tenant().uuid())
            .fetch_one(&owner)
            .await
            .unwrap();
        slug.starts_with("erased-").then_some(())
    })
    .await;
    assert!(points(&ours).await.is_empty());
    assert_eq!(points(&theirs).await, kept);

    // A worker that had a record in hand writes it now; the aftermath takes it out.
    let late = before.into_values().take(3).map(|point| Point {
        id: point.id,
        dense: point.dense,
        text: point.text,
        payload: point.payload,
    });
    ours.upsert(late.collect()).await.unwrap();
    let due = sqlx::query(
        "UPDATE jobs SET run_at = now() WHERE kind = 'erase' AND state = 'ready' AND run_at > now()",
    )
    .execute(&owner)
    .await
    .unwrap();
    assert_eq!(due.rows_affected(), 1, "the aftermath waits");
    until("the aftermath", async || {
        (ours.count(None).await.unwrap() == 0).then_some(())
    })
    .await;
    assert_eq!(points(&theirs).await, kept);
    api.end().await;
}
