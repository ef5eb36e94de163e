//! Tenants, members, API keys and widget sites.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, TimeZone, Utc};
use crm_store::{
    Actor, Clock, FixedClock, Store, StoreConfig, StoreError, SystemClock,
    api_keys::NewApiKey,
    ids::{ApiKeyId, VisitorId},
    tenants::{NewTenant, TenantStatus},
};
use crm_tests::harness::TestDb;
use serde_json::json;

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(Utc.with_ymd_and_hms(2026, 3, 1, 9, 0, 0).unwrap()))
}

fn new_key(scopes: &[&str]) -> NewApiKey {
    NewApiKey {
        name: "ci".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        role_id: None,
        expires_at: None,
    }
}

fn new_tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.to_owned(),
        name: "Acme".to_owned(),
        admin_email: "Ada@Acme.test".to_owned(),
        admin_name: None,
    }
}

#[tokio::test]
async fn a_key_opens_its_tenant_and_is_stored_as_a_hash() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, grant) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    let key = tx.keys().create(&new_key(&["articles:read"])).await.unwrap();
    tx.commit().await.unwrap();

    let caller = store.authenticate(&key.secret).await.unwrap().unwrap();

    assert_eq!(
        (caller.grant.tenant(), caller.grant.actor()),
        (grant.tenant(), Actor::ApiKey(key.id))
    );
    assert_eq!(
        (caller.tenant_slug.as_str(), caller.key_name.as_str()),
        ("acme", "ci")
    );
    assert_eq!(caller.scopes, ["articles:read"]);
    assert!(key.secret.starts_with(&key.prefix) && key.secret.len() == 44 && key.prefix.len() == 10);
    let stored: Vec<String> = sqlx::query_scalar("SELECT k::text FROM api_keys k")
        .fetch_all(&db.owner().await)
        .await
        .unwrap();
    assert!(!stored[0].contains(&key.secret[10..]));
    assert!(!format!("{key:?}").contains(&key.secret));
    let mut tx = acme.begin().await.unwrap();
    let listed = tx.keys().list(None, 10).await.unwrap().items;
    assert_eq!(
        (listed[0].id, listed[0].created_by.map(Actor::User)),
        (key.id, Some(grant.actor()))
    );
}

#[tokio::test]
async fn keys_that_are_unknown_revoked_expired_or_of_a_suspended_tenant_open_nothing() {
    let db = TestDb::new().await;
    let clock = clock();
    let store = db.store_at(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let (acme, grant) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    let revoked = tx.keys().create(&new_key(&[])).await.unwrap();
    let expires_at = Some(clock.now() + TimeDelta::hours(1));
    let expiring = tx
        .keys()
        .create(&NewApiKey {
            role_id: None,
            expires_at,
            ..new_key(&[])
        })
        .await
        .unwrap();
    let lasting = tx.keys().create(&new_key(&[])).await.unwrap();
    tx.keys().revoke(revoked.id).await.unwrap();
    let unknown = tx.keys().revoke(ApiKeyId::new()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound { .. })), "{unknown:?}");
    tx.commit().await.unwrap();

    let opens = async |key: &str| store.authenticate(key).await.unwrap().is_some();
    for nonsense in ["", "crm_", "Bearer x", &"x".repeat(100_000), "crm_\0"] {
        assert!(!opens(nonsense).await);
    }
    assert!(!opens(&revoked.secret).await);
    assert!(opens(&expiring.secret).await);
    clock.advance(TimeDelta::hours(1));
    assert!(!opens(&expiring.secret).await);
    assert!(opens(&lasting.secret).await);
    let mut tx = store.system().await.unwrap();
    tx.tenants()
        .set_status(grant.tenant(), TenantStatus::Suspended)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(!opens(&lasting.secret).await);
}

#[tokio::test]
async fn the_time_of_last_use_is_written_once_a_minute() {
    let db = TestDb::new().await;
    let clock = clock();
    let store = db.store_at(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let key = db.key(&acme).await;
    let last_used = async || {
        let mut tx = acme.begin().await.unwrap();
        tx.keys().list(None, 1).await.unwrap().items[0].last_used_at
    };
    let start = clock.now();
    let mut seen = vec![last_used().await];
    for seconds in [0, 59, 1, 30] {
        clock.advance(TimeDelta::seconds(seconds));
        store.authenticate(&key.secret).await.unwrap().unwrap();
        seen.push(last_used().await);
    }
    let minute = start + TimeDelta::minutes(1);
    assert_eq!(seen, [None, Some(start), Some(start), Some(minute), Some(minute)]);
}

#[tokio::test]
async fn a_tenant_starts_with_an_admin_and_its_slug_is_its_own() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let mut tx = store.system().await.unwrap();
    let made = tx.tenants().create(&new_tenant("acme")).await.unwrap();
    let second = tx.tenants().create(&new_tenant("acme-2")).await.unwrap();
    assert_eq!(second.admin, made.admin, "one person, two tenants");
    let first_key = tx.keys().create(made.tenant.id, &new_key(&["*"])).await.unwrap();
    tx.commit().await.unwrap();

    let grant = store
        .authenticate(&first_key.secret)
        .await
        .unwrap()
        .unwrap()
        .grant;
    let mut tx = store.open(&grant).begin().await.unwrap();
    assert_eq!(tx.tenant().await.unwrap(), made.tenant);
    let members = tx.members().list().await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(
        (members[0].email.as_str(), members[0].role.as_str()),
        ("ada@acme.test", "admin")
    );
    drop(tx);

    let as_ada = store
        .operate("acme", Some("ADA@acme.test"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (as_ada.tenant(), as_ada.actor()),
        (made.tenant.id, Actor::User(made.admin))
    );
    assert!(matches!(
        store.operate("acme", None).await.unwrap().unwrap().actor(),
        Actor::Job(_)
    ));
    assert_eq!(store.operate("acme", Some("eve@acme.test")).await.unwrap(), None);
    assert_eq!(store.operate("nobody", None).await.unwrap(), None);

    for (slug, expected) in [("acme", "tenants_slug_key"), ("Acme!", ""), ("", ""), ("-a", "")] {
        let mut tx = store.system().await.unwrap();
        match tx.tenants().create(&new_tenant(slug)).await {
            Err(StoreError::Conflict { constraint, .. }) => assert_eq!(constraint, expected),
            Err(StoreError::Invalid { field, .. }) => assert_eq!((field.as_str(), expected), ("slug", "")),
            other => panic!("{slug}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn settings_change_only_as_they_were_read() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (_, grant) = db.tenant_in(&store, "acme").await;
    let mut tx = store.system().await.unwrap();
    let changed = tx
        .tenants()
        .set_settings(grant.tenant(), &json!({ "a": 1 }), 1)
        .await
        .unwrap();
    assert_eq!((changed.version, &changed.settings), (2, &json!({ "a": 1 })));
    let late = tx.tenants().set_settings(grant.tenant(), &json!({}), 1).await;
    assert!(matches!(late, Err(StoreError::Stale { current: 2 })), "{late:?}");
    assert_eq!(tx.tenants().list(None, 10).await.unwrap(), [changed]);
}

#[tokio::test]
async fn a_site_lets_visitors_in_from_its_own_origins_while_it_is_enabled() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    let site = tx
        .sites()
        .create("Shop", &["https://shop.example".to_owned()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let visit = async |origin: &str| {
        store
            .authenticate_visitor(&site.publishable_key, origin, VisitorId::new())
            .await
            .unwrap()
            .is_some()
    };
    assert!(visit("https://shop.example").await);
    assert!(!visit("https://shop.example.evil.example").await);
    assert!(!visit("null").await);

    let mut off = site.clone();
    off.enabled = false;
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(tx.sites().save(&off).await.unwrap().version, 2);
    let late = tx.sites().save(&off).await;
    assert!(matches!(late, Err(StoreError::Stale { current: 2 })), "{late:?}");
    tx.commit().await.unwrap();
    assert!(!visit("https://shop.example").await);
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_named_as_such() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    assert_eq!(
        db.store().await.schema_version().await.unwrap(),
        Store::expected_schema()
    );
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version > 3")
        .execute(&owner)
        .await
        .unwrap();
    let refused = Store::connect(&StoreConfig::new(db.login_url()), Arc::new(SystemClock)).await;
    assert!(
        matches!(refused, Err(StoreError::Schema { found: 3, .. })),
        "{refused:?}"
    );
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .execute(&owner)
        .await
        .unwrap();
    let refused = Store::connect(&StoreConfig::new(db.login_url()), Arc::new(SystemClock)).await;
    assert!(
        matches!(refused, Err(StoreError::Schema { found: 0, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let db = TestDb::new().await;
    let again = Store::migrate(&db.owner_url()).await.unwrap();
    assert_eq!(
        (again.from, again.to),
        (Store::expected_schema(), Store::expected_schema())
    );
    db.store().await.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let config = StoreConfig {
        acquire_timeout: Duration::from_millis(200),
        ..StoreConfig::new("postgres://nobody@127.0.0.1:1/none")
    };
    let refused = Store::connect(&config, Arc::new(SystemClock)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}
