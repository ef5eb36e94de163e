//! The demo companies in the store: exact versions, loaded once.

use std::sync::Mutex;

use crm_evals::{DemoTenant, demo, load_demo};
use crm_store::{
    Store,
    articles::{ArticlePatch, ArticleStatus, VersionStatus},
};
use crm_tests::harness::TestDb;

async fn stored_versions(store: &Store, tenant: &DemoTenant) -> Vec<(String, i32, VersionStatus, String)> {
    let grant = store.operate(&tenant.slug, None).await.unwrap().unwrap();
    let mut tx = store.open(&grant).begin().await.unwrap();
    let mut found = Vec::new();
    for article in &tenant.articles {
        let stored = tx
            .articles()
            .by_external_id(&article.external_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.status, article.status, "{}", article.external_id);
        let mut versions = tx.articles().versions(stored.id).await.unwrap();
        versions.sort_by_key(|version| version.number);
        for version in versions {
            let whole = tx.articles().version(version.id).await.unwrap().unwrap();
            found.push((
                article.external_id.clone(),
                version.number,
                version.status,
                whole.body,
            ));
        }
    }
    found
}

fn written_versions(tenant: &DemoTenant) -> Vec<(String, i32, VersionStatus, String)> {
    let mut expected = Vec::new();
    for article in &tenant.articles {
        for (number, version) in (1..).zip(&article.versions) {
            let status = match article.status {
                _ if usize::try_from(number).unwrap() < article.current() => VersionStatus::Superseded,
                ArticleStatus::Published => VersionStatus::Published,
                ArticleStatus::Draft => VersionStatus::Draft,
                ArticleStatus::Withdrawn => VersionStatus::Withdrawn,
            };
            expected.push((article.external_id.clone(), number, status, version.body.clone()));
        }
    }
    expected
}

#[tokio::test]
async fn every_version_has_its_number_and_standing() {
    let db = TestDb::new().await;
    let store = db.store().await;

    let steps = Mutex::new(Vec::new());
    let loaded = load_demo(&store, &|progress| {
        steps
            .lock()
            .unwrap()
            .push((progress.tenant.to_owned(), progress.done, progress.of));
    })
    .await
    .unwrap();

    let tenants = demo().unwrap();
    for (tenant, loaded) in tenants.iter().zip(&loaded) {
        assert_eq!(stored_versions(&store, tenant).await, written_versions(tenant));
        let versions: usize = tenant.articles.iter().map(|article| article.versions.len()).sum();
        assert_eq!(
            (loaded.versions_written, loaded.articles_kept, loaded.created),
            (versions, 0, true)
        );
        let of = tenant.articles.len();
        assert!(steps.lock().unwrap().contains(&(tenant.slug.clone(), of, of)));
    }
    let mut tx = store.system().await.unwrap();
    let first = tx.tenants().by_slug("brightwater").await.unwrap().unwrap();
    assert_eq!((first.locale.as_str(), first.currency.as_str()), ("en-IE", "EUR"));
    assert_eq!(first.timezone, "Europe/Dublin");
}

#[tokio::test]
async fn loading_again_keeps_what_people_changed() {
    let db = TestDb::new().await;
    let store = db.store().await;
    load_demo(&store, &|_| {}).await.unwrap();
    let grant = store
        .operate("brightwater", Some("orla@brightwater.example"))
        .await
        .unwrap()
        .unwrap();
    let tenant = store.open(&grant);
    let mut tx = tenant.begin().await.unwrap();
    let article = tx
        .articles()
        .by_external_id("billing-refunds")
        .await
        .unwrap()
        .unwrap();
    let patch = ArticlePatch {
        body: Some("Ours.".to_owned()),
        ..ArticlePatch::default()
    };
    tx.articles().update(article.id, &patch, None).await.unwrap();
    tx.articles().publish(article.id, None).await.unwrap();
    tx.commit().await.unwrap();

    let loaded = load_demo(&store, &|_| {}).await.unwrap();

    assert!(
        loaded
            .iter()
            .all(|loaded| !loaded.created && loaded.versions_written == 0),
        "{loaded:?}"
    );
    let mut tx = tenant.begin().await.unwrap();
    let body = tx.articles().current_body(article.id).await.unwrap().unwrap();
    assert_eq!((body.body.as_str(), body.number), ("Ours.", 4));
}
