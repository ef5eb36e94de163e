//! Imports of articles, and what lists and visitors get to see.

use crm_store::{
    Actor, StoreError,
    articles::{
        ArticleFilter, ArticleImport, ArticlePatch, ArticleStatus, Audience, Imported, NewArticle,
        VersionStatus,
    },
    ids::VisitorId,
};
use crm_tests::harness::TestDb;

fn import(external_id: &str) -> ArticleImport {
    ArticleImport {
        external_id: external_id.to_owned(),
        title: "Refunds".to_owned(),
        body: "Within 30 days.".to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        status: ArticleStatus::Published,
        owner_id: None,
    }
}

#[tokio::test]
async fn importing_twice_changes_nothing() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let mut imports: Vec<ArticleImport> = (0..20).map(|n| import(&format!("faq-{n}"))).collect();
    imports[3].status = ArticleStatus::Draft;
    imports[4].status = ArticleStatus::Withdrawn;

    let mut tx = store.begin().await.unwrap();
    let first = tx.articles().import_many(&imports).await.unwrap();
    tx.commit().await.unwrap();
    assert!(first.iter().all(|done| matches!(done, Imported::Created(_))));
    let before = everything(&db).await;

    let mut tx = store.begin().await.unwrap();
    let second = tx.articles().import_many(&imports).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(
        second,
        first
            .iter()
            .map(|done| Imported::Unchanged(done.id()))
            .collect::<Vec<_>>()
    );
    assert_eq!(everything(&db).await, before);
}

/// Every row of the tables that an import may touch, as text.
async fn everything(db: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT to_jsonb(a)::text FROM articles a UNION ALL SELECT to_jsonb(v)::text FROM article_versions v \
         UNION ALL SELECT to_jsonb(j)::text FROM jobs j UNION ALL SELECT to_jsonb(l)::text FROM audit_log l ORDER BY 1",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_import_that_differs_publishes_a_new_version() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let mut tx = store.begin().await.unwrap();
    let id = tx.articles().import(&import("faq-1")).await.unwrap().id();
    let changed = ArticleImport {
        body: "Within 7 days.".to_owned(),
        ..import("faq-1")
    };
    assert_eq!(
        tx.articles().import(&changed).await.unwrap(),
        Imported::Updated(id)
    );
    let gone = ArticleImport {
        status: ArticleStatus::Withdrawn,
        ..changed.clone()
    };
    assert_eq!(tx.articles().import(&gone).await.unwrap(), Imported::Updated(id));
    assert_eq!(
        tx.articles().import(&gone).await.unwrap(),
        Imported::Unchanged(id)
    );
    assert_eq!(
        tx.articles().import(&changed).await.unwrap(),
        Imported::Updated(id)
    );
    // Twice in one batch: the second sees the first.
    let twice = tx
        .articles()
        .import_many(&[import("faq-2"), import("faq-2")])
        .await
        .unwrap();
    assert_eq!(twice[1], Imported::Unchanged(twice[0].id()));
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let versions = tx.articles().versions(id).await.unwrap();
    let statuses: Vec<(i32, VersionStatus)> = versions
        .into_iter()
        .map(|version| (version.number, version.status))
        .collect();
    assert_eq!(
        statuses,
        [(2, VersionStatus::Published), (1, VersionStatus::Superseded)]
    );
}

#[tokio::test]
async fn visitors_read_what_is_public_and_published_and_change_nothing() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    let site = tx
        .sites()
        .create("Shop", &["https://shop.example".to_owned()])
        .await
        .unwrap();
    let public = tx.articles().import(&import("public")).await.unwrap().id();
    let internal = ArticleImport {
        audience: Audience::Internal,
        ..import("internal")
    };
    let internal = tx.articles().import(&internal).await.unwrap().id();
    let draft = ArticleImport {
        status: ArticleStatus::Draft,
        ..import("draft")
    };
    let draft = tx.articles().import(&draft).await.unwrap().id();
    let rewritten = ArticlePatch {
        body: Some("Secret plans.".to_owned()),
        ..ArticlePatch::default()
    };
    tx.articles().update(public, &rewritten, None).await.unwrap();
    tx.commit().await.unwrap();

    let key = &site.publishable_key;
    let visitor = VisitorId::new();
    assert_eq!(
        store
            .authenticate_visitor(key, "https://evil.example", visitor)
            .await
            .unwrap(),
        None
    );
    let grant = store
        .authenticate_visitor(key, "https://shop.example", visitor)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(grant.actor(), Actor::Visitor(visitor));
    let mut tx = store.open(&grant).begin().await.unwrap();
    let seen = tx
        .articles()
        .list(&ArticleFilter::default(), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(
        seen.iter().map(|article| article.id).collect::<Vec<_>>(),
        [public]
    );
    assert_eq!(
        tx.articles().versions(public).await.unwrap().len(),
        1,
        "not the draft"
    );
    for hidden in [internal, draft] {
        assert_eq!(tx.articles().get(hidden).await.unwrap(), None);
        assert_eq!(tx.articles().versions(hidden).await.unwrap(), []);
    }
    let refused = tx.articles().update(public, &ArticlePatch::default(), None).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    let new = NewArticle {
        external_id: None,
        title: "Mine".to_owned(),
        body: "All mine.".to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        owner_id: None,
    };
    let refused = tx.articles().create(&new).await;
    assert!(matches!(refused, Err(StoreError::Forbidden)), "{refused:?}");
}

#[tokio::test]
async fn pages_of_a_list_hold_each_article_once_also_when_times_are_equal() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let mut tx = store.begin().await.unwrap();
    // One transaction, one time: only the id decides.
    for n in 0..25 {
        tx.articles().import(&import(&format!("faq-{n}"))).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = tx
            .articles()
            .list(&ArticleFilter::default(), after, 10)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|article| article.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    let mut sorted = seen.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    assert_eq!(seen, sorted);

    let german = ArticleFilter {
        language: Some("de".to_owned()),
        ..ArticleFilter::default()
    };
    assert_eq!(tx.articles().list(&german, None, 10).await.unwrap().items, []);
    let words = ArticleFilter {
        title_contains: Some("FUND".to_owned()),
        status: Some(ArticleStatus::Published),
        audience: Some(Audience::Public),
        ..ArticleFilter::default()
    };
    assert_eq!(
        tx.articles().list(&words, None, 10).await.unwrap().items.len(),
        10
    );
}
