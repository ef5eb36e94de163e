//! Requests that come twice, and the log of who did what.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, TimeZone, Utc};
use crm_store::{Clock, FixedClock, Store, StoreConfig, SystemClock, TenantStore, idempotency::Seen};
use crm_tests::harness::{TestDb, until_one_waits};
use uuid::Uuid;

const PATH: &str = "POST /v1/articles";

async fn begin(store: &TenantStore, key: &str, path: &str, body: &[u8]) -> Seen {
    let mut tx = store.begin().await.unwrap();
    let seen = tx.idempotency().begin(key, path, body).await.unwrap();
    tx.commit().await.unwrap();
    seen
}

#[tokio::test]
async fn a_request_that_comes_twice_is_done_once() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).unwrap()));
    let store = db.store_at(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let made = Uuid::now_v7();

    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::First);
    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::InFlight);
    assert_eq!(begin(&acme, "k", PATH, b"2").await, Seen::Different);
    assert_eq!(begin(&acme, "k", "POST /v1/runs", b"1").await, Seen::Different);
    let mut tx = acme.begin().await.unwrap();
    tx.idempotency().finish("k", 201, Some(made)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        begin(&acme, "k", PATH, b"1").await,
        Seen::Done {
            status: 201,
            resource_id: Some(made)
        }
    );
    clock.advance(TimeDelta::hours(23));
    assert_eq!(
        begin(&acme, "k", PATH, b"1").await,
        Seen::Done {
            status: 201,
            resource_id: Some(made)
        }
    );
    clock.advance(TimeDelta::hours(1));
    assert_eq!(
        begin(&acme, "k", PATH, b"2").await,
        Seen::First,
        "forgotten after a day"
    );
}

#[tokio::test]
async fn a_request_whose_process_died_or_that_failed_may_come_again() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).unwrap()));
    let store = db.store_at(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::First);
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::First);
    let mut tx = acme.begin().await.unwrap();
    tx.idempotency().forget("k").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::First);
    clock.advance(TimeDelta::minutes(6));
    let mut tx = store.system().await.unwrap();
    assert_eq!(tx.purge_idempotency_keys().await.unwrap(), 1);
}

#[tokio::test]
async fn equal_keys_of_two_actors_are_two_keys() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let key = db.key(&acme).await;
    let program = store.open(&store.authenticate(&key.secret).await.unwrap().unwrap().grant);
    assert_eq!(begin(&acme, "k", PATH, b"1").await, Seen::First);
    assert_eq!(begin(&program, "k", PATH, b"2").await, Seen::First);
}

#[tokio::test]
async fn of_two_requests_at_the_same_time_one_is_first() {
    let db = TestDb::new().await;
    let (acme, _) = db.tenant("acme").await;
    let seen = futures::future::join_all((0..8).map(|_| begin(&acme, "k", PATH, b"1"))).await;
    assert_eq!(seen.iter().filter(|seen| **seen == Seen::First).count(), 1);
    assert_eq!(seen.iter().filter(|seen| **seen == Seen::InFlight).count(), 7);
}

#[tokio::test]
async fn the_log_names_actor_and_request_and_cannot_be_rewritten() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, grant) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.for_request("req-7").begin().await.unwrap();
    let record = Uuid::now_v7();
    tx.audit()
        .record("export", "article", Some(record), &["title"])
        .await
        .unwrap();
    tx.audit()
        .record_all("import", "article", &[Some(Uuid::now_v7()), Some(record)], &[])
        .await
        .unwrap();
    let all = tx.audit().list(None, None, 10).await.unwrap().items;
    let one = tx
        .audit()
        .list(Some(("article", record)), None, 10)
        .await
        .unwrap()
        .items;
    tx.commit().await.unwrap();

    assert_eq!((all.len(), one.len()), (3, 2));
    let export = one.iter().find(|entry| entry.action == "export").unwrap();
    assert_eq!(
        (export.actor_kind.as_str(), export.actor_id),
        ("user", grant.actor().id())
    );
    assert_eq!(
        (export.request_id.as_deref(), &export.fields),
        (Some("req-7"), &vec!["title".to_owned()])
    );
    // A tenant's erasure deletes, as a job; access_policies.rs shows that nobody else can.
    let rights: Vec<(String, String)> = sqlx::query_as(
        "SELECT role, may FROM (VALUES ('crm_app'), ('crm_system'), ('crm_login')) AS r (role), \
                (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (may) WHERE has_table_privilege(role, 'audit_log', may)",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap();
    assert_eq!(rights, [("crm_app".to_owned(), "DELETE".to_owned())]);
}

#[tokio::test]
async fn a_database_is_left_though_it_works_on_what_was_given_up() {
    let db = TestDb::new().await;
    let (_, grant) = db.tenant("acme").await;
    let config = StoreConfig {
        statement_timeout: Duration::from_hours(1),
        ..StoreConfig::new(db.login_url())
    };
    let store = Store::connect(&config, Arc::new(SystemClock)).await.unwrap();
    let acme = store.open(&grant);
    let owner = db.owner().await;
    let mut held = owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE idempotency_keys")
        .execute(&mut *held)
        .await
        .unwrap();

    tokio::select! {
        _ = begin(&acme, "k", PATH, b"1") => unreachable!("the table is locked"),
        () = until_one_waits(&owner) => {}
    }

    // Longer than any machine needs: without a bound it is as long as the lock is held.
    let closed = tokio::time::timeout(Duration::from_mins(2), store.close()).await;
    assert!(closed.is_ok(), "it waits for a statement that nobody waits for");
    held.rollback().await.unwrap();
}
