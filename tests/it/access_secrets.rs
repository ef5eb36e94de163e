//! What is sealed: every column is known to rotation, and rotation leaves nothing behind.

use std::collections::BTreeSet;

use crm_store::{
    Secrets, StoreError,
    secrets::{Rotated, SEALED, Sealed},
};
use crm_tests::harness::TestDb;
use uuid::Uuid;

#[tokio::test]
async fn every_sealed_column_is_known_to_rotation() {
    let db = TestDb::new().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND column_name LIKE '%\\_sealed'",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap();
    let found: BTreeSet<_> = columns
        .iter()
        .map(|(table, column)| (table.as_str(), column.as_str()))
        .collect();
    let known: BTreeSet<_> = SEALED
        .iter()
        .map(|sealed| (sealed.table, sealed.column))
        .collect();
    assert_eq!(found, known);
}

#[tokio::test]
async fn after_rotation_the_old_key_opens_nothing_and_is_not_needed() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (old, new) = (Secrets::generate(), Secrets::generate());
    let keys = |texts: &[&str]| Secrets::parse(texts.iter().copied()).unwrap();
    let before = store.clone().with_secrets(keys(&[&old]));
    let owner = db.owner().await;
    let mut rows = Vec::new();
    for slug in ["acme", "globex"] {
        let (_, grant) = db.tenant_in(&store, slug).await;
        let tenant = before.open(&grant);
        // More than one batch.
        for n in 0..if slug == "acme" { 250 } else { 1 } {
            let id = Uuid::now_v7();
            let sealed = tenant.seal("webhook", format!("secret {n}").as_bytes()).unwrap();
            insert(&owner, grant.tenant().uuid(), id, &sealed).await;
            rows.push((grant, id, format!("secret {n}")));
        }
    }

    let both = store.clone().with_secrets(keys(&[&new, &old]));
    let rotated = both.rotate_secrets().await.unwrap();
    assert_eq!(
        rotated,
        Rotated {
            sealed: 251,
            unreadable: 0
        }
    );
    assert_eq!(
        both.rotate_secrets().await.unwrap(),
        Rotated::default(),
        "nothing is left to do"
    );

    let after = store.clone().with_secrets(keys(&[&new]));
    for (grant, id, clear) in rows {
        let sealed: Sealed = sqlx::query_scalar("SELECT secret_sealed FROM webhook_endpoints WHERE id = $1")
            .bind(id)
            .fetch_one(&owner)
            .await
            .unwrap();
        assert_eq!(
            after.open(&grant).unseal("webhook", &sealed).unwrap().expose(),
            clear.as_bytes()
        );
        let refused = before.open(&grant).unseal("webhook", &sealed);
        assert!(matches!(refused, Err(StoreError::Secrets { .. })), "{refused:?}");
    }
    // Without the key that sealed them they stay as they are, and are counted.
    let stranger = store.with_secrets(keys(&[&Secrets::generate()]));
    assert_eq!(
        stranger.rotate_secrets().await.unwrap(),
        Rotated {
            sealed: 0,
            unreadable: 251
        }
    );
}

async fn insert(owner: &sqlx::PgPool, tenant: Uuid, id: Uuid, sealed: &Sealed) {
    sqlx::query(
        "INSERT INTO webhook_endpoints (tenant_id, id, url, events, secret_sealed, created_at, updated_at) \
         VALUES ($1, $2, 'https://hooks.test', '{lead.created}', $3, now(), now())",
    )
    .bind(tenant)
    .bind(id)
    .bind(sealed)
    .execute(owner)
    .await
    .unwrap();
}
