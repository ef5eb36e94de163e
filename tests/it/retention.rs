//! What a tenant need not keep is forgotten by its own settings, and nothing else is.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, StoreError, TenantStore, catalog,
    conversations::Channel,
    messages::{Author, Direction, MessageKind, NewMessage},
    records::Draft,
    retention::{Forgotten, Retention},
};
use crm_tests::harness::TestDb;

fn noon() -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

/// A conversation with messages, a lead that was changed, a sign-in.
async fn live(db: &TestDb, tenant: &TenantStore, messages: usize) {
    let mut tx = tenant.begin().await.unwrap();
    let id = tx
        .conversations()
        .create(Channel::Email, None, None)
        .await
        .unwrap()
        .id;
    for n in 0..messages {
        let new = NewMessage {
            direction: Direction::Inbound,
            kind: MessageKind::Email,
            author: Author::Actor,
            body: format!("{n}"),
            language: None,
        };
        tx.conversations().say(id, &new).await.unwrap();
    }
    let lead = Draft::new(&catalog::LEAD).with("last_name", "Lovelace");
    tx.records(&catalog::LEAD).create(lead).await.unwrap();
    let (tenant, now) = (tx.grant().tenant().uuid(), tx.now());
    tx.commit().await.unwrap();
    sqlx::query("INSERT INTO login_history (tenant_id, id, user_id, outcome, at) SELECT $1, $2, id, 'succeeded', $3 FROM users LIMIT 1")
        .bind(tenant)
        .bind(uuid::Uuid::now_v7())
        .bind(now)
        .execute(&db.owner().await)
        .await
        .unwrap();
}

async fn forget(store: &Store) -> Vec<Forgotten> {
    let mut all = Vec::new();
    for grant in store.upkeep(None).await.unwrap() {
        all.push(store.open(&grant).forget_old(Duration::ZERO).await.unwrap());
    }
    all
}

#[tokio::test]
async fn each_tenant_forgets_by_its_own_settings() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(noon()));
    let store = db.store_at(clock.clone()).await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let (other, _) = db.tenant_in(&store, "other").await;
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(tx.retention().await.unwrap(), Retention::default());
    let keep = Retention {
        messages: Some(10),
        audit_values: Some(30),
        ..Retention::default()
    };
    tx.set_retention(&keep).await.unwrap();
    assert_eq!(tx.retention().await.unwrap(), keep);
    tx.commit().await.unwrap();
    live(&db, &acme, 1_203).await;
    live(&db, &other, 3).await;
    assert_eq!(forget(&store).await, [Forgotten::default(); 2], "nothing is old");

    clock.advance(TimeDelta::days(8));
    live(&db, &acme, 2).await;
    let forgotten = forget(&store).await;
    // Of acme: a conversation, 1,203 messages, a lead; of the other: a conversation, three messages, a lead.
    assert_eq!((forgotten[0].feed, forgotten[1].feed), (1_205, 5));
    assert_eq!((forgotten[0].messages, forgotten[1].messages), (0, 0));

    clock.advance(TimeDelta::days(3));
    let forgotten = forget(&store).await;
    assert_eq!(
        (forgotten[0].messages, forgotten[1].messages),
        (1_203, 0),
        "in more than one batch"
    );
    let mut tx = acme.begin().await.unwrap();
    let left = tx
        .conversations()
        .list(&crm_store::conversations::ConversationFilter::default(), None, 10)
        .await
        .unwrap();
    let young = tx
        .conversations()
        .messages(left.items[0].id, None, 10)
        .await
        .unwrap();
    assert_eq!(young.items.len(), 2);
    drop(tx);

    // The log's values are judged by the database's clock: what is written today is young, whatever the program says.
    clock.advance(TimeDelta::days(400));
    let forgotten = forget(&store).await;
    assert_eq!((forgotten[0].login_history, forgotten[1].login_history), (2, 1));
    let owner = db.owner().await;
    let values: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_values")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert!(values > 0);
    assert!(forgotten[1].audit_values == 0, "for ever is the default");
    let noted: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE action = 'forget' AND object = 'retention'")
            .fetch_one(&owner)
            .await
            .unwrap();
    assert!(noted >= 4);
}

#[tokio::test]
async fn spans_are_checked_and_only_upkeep_forgets() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    for bad in [
        Retention {
            feed: Some(0),
            ..Retention::default()
        },
        Retention {
            audit_values: Some(29),
            ..Retention::default()
        },
        Retention {
            messages: Some(40_000),
            ..Retention::default()
        },
    ] {
        assert!(matches!(
            tx.set_retention(&bad).await,
            Err(StoreError::Invalid { .. })
        ));
    }
    drop(tx);
    live(&db, &acme, 1).await;
    // A person's transaction finds nothing to delete.
    let mut tx = acme.begin().await.unwrap();
    let later = tx.now() + TimeDelta::days(1);
    assert_eq!(tx.feed().prune(later, 100).await.unwrap(), 0);
}
