//! The life of an article: drafts, versions, publishing, withdrawing.

use crm_store::{
    StoreError, TenantStore,
    articles::{Article, ArticlePatch, ArticleStatus, Audience, INDEX_JOB, NewArticle, VersionStatus},
    ids::ArticleId,
    jobs::Backlog,
};
use crm_tests::harness::TestDb;

fn article(external_id: &str) -> NewArticle {
    NewArticle {
        external_id: Some(external_id.to_owned()),
        title: "Refunds".to_owned(),
        body: "Within 30 days.".to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        owner_id: None,
    }
}

async fn create(store: &TenantStore, new: &NewArticle) -> Article {
    let mut tx = store.begin().await.unwrap();
    let article = tx.articles().create(new).await.unwrap();
    tx.commit().await.unwrap();
    article
}

async fn publish(store: &TenantStore, id: ArticleId) -> Article {
    let mut tx = store.begin().await.unwrap();
    let article = tx.articles().publish(id, None).await.unwrap();
    tx.commit().await.unwrap();
    article
}

async fn update(store: &TenantStore, id: ArticleId, body: &str) -> Article {
    let mut tx = store.begin().await.unwrap();
    let patch = ArticlePatch {
        body: Some(body.to_owned()),
        ..ArticlePatch::default()
    };
    let article = tx.articles().update(id, &patch, None).await.unwrap();
    tx.commit().await.unwrap();
    article
}

async fn statuses(store: &TenantStore, id: ArticleId) -> Vec<(i32, VersionStatus)> {
    let mut tx = store.begin().await.unwrap();
    let versions = tx.articles().versions(id).await.unwrap();
    versions
        .into_iter()
        .map(|version| (version.number, version.status))
        .collect()
}

async fn index_jobs(store: &TenantStore) -> i64 {
    let mut tx = store.begin().await.unwrap();
    let Backlog { ready, .. } = tx.jobs().backlog(INDEX_JOB).await.unwrap();
    ready
}

#[tokio::test]
async fn a_new_article_is_a_draft_that_no_reader_gets() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;

    let made = create(&store, &article("faq-1")).await;

    assert_eq!(
        (made.status, made.latest_number, made.version),
        (ArticleStatus::Draft, 1, 1)
    );
    assert_eq!(made.current_version_id, None);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.articles().current_body(made.id).await.unwrap(), None);
    assert_eq!(tx.articles().published(None, 10).await.unwrap(), []);
    assert_eq!(tx.articles().get(made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(tx.articles().by_external_id("faq-1").await.unwrap(), Some(made));
    drop(tx);
    assert_eq!(
        index_jobs(&store).await,
        0,
        "a draft changes nothing that can be retrieved"
    );
}

#[tokio::test]
async fn publishing_gives_readers_the_draft_and_supersedes_what_they_had() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;
    let first = publish(&store, id).await;
    assert_eq!(index_jobs(&store).await, 1);

    let edited = update(&store, id, "Within 14 days.").await;
    assert_eq!(
        (edited.status, edited.latest_number),
        (ArticleStatus::Published, 2)
    );
    assert_eq!(
        edited.current_version_id, first.current_version_id,
        "readers keep the first version"
    );
    let second = publish(&store, id).await;

    assert_ne!(second.current_version_id, first.current_version_id);
    assert_eq!(
        statuses(&store, id).await,
        [(2, VersionStatus::Published), (1, VersionStatus::Superseded)]
    );
    let mut tx = store.begin().await.unwrap();
    let body = tx.articles().current_body(id).await.unwrap().unwrap();
    assert_eq!((body.number, body.body.as_str()), (2, "Within 14 days."));
    let ids = [
        first.current_version_id.unwrap(),
        second.current_version_id.unwrap(),
    ];
    assert_eq!(
        tx.articles().bodies(&ids).await.unwrap(),
        std::slice::from_ref(&body),
        "what readers get, not what they got"
    );
    assert_eq!(tx.articles().any_bodies(&ids).await.unwrap().len(), 2);
    let published = tx.articles().published(None, 10).await.unwrap();
    assert_eq!(published.len(), 1);
    assert_eq!(
        (published[0].version_id, &published[0].content_hash),
        (ids[1], &body.content_hash)
    );
    let log: Vec<String> = tx
        .audit()
        .list(Some(("article", id.uuid())), None, 10)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|e| e.action)
        .collect();
    assert_eq!(log, ["publish", "update", "publish", "create"]);
}

#[tokio::test]
async fn publishing_without_anything_new_changes_nothing() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;
    let first = publish(&store, id).await;
    assert_eq!(publish(&store, id).await, first);
    assert_eq!(
        update(&store, id, "Within 30 days.").await,
        first,
        "the same text is no change"
    );
}

#[tokio::test]
async fn a_draft_is_rewritten_in_place_and_hides_behind_what_is_published() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;
    update(&store, id, "Within 20 days.").await;
    assert_eq!(statuses(&store, id).await, [(1, VersionStatus::Draft)]);
    publish(&store, id).await;

    let mut tx = store.begin().await.unwrap();
    let patch = ArticlePatch {
        title: Some("Refunds, internal".to_owned()),
        audience: Some(Audience::Internal),
        ..ArticlePatch::default()
    };
    let shown = tx.articles().update(id, &patch, None).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(
        (shown.title.as_str(), shown.audience),
        ("Refunds", Audience::Public)
    );
    let shown = publish(&store, id).await;
    assert_eq!(
        (shown.title.as_str(), shown.audience),
        ("Refunds, internal", Audience::Internal)
    );
}

#[tokio::test]
async fn a_withdrawn_article_is_not_found_and_can_come_back() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;

    let mut tx = store.begin().await.unwrap();
    let refused = tx.articles().withdraw(id, None).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid { ref field, .. }) if field == "status"),
        "{refused:?}"
    );
    drop(tx);

    publish(&store, id).await;
    let mut tx = store.begin().await.unwrap();
    let withdrawn = tx.articles().withdraw(id, None).await.unwrap();
    assert_eq!(
        tx.articles().withdraw(id, None).await.unwrap(),
        withdrawn,
        "twice is once"
    );
    tx.commit().await.unwrap();

    assert_eq!(
        (withdrawn.status, withdrawn.current_version_id),
        (ArticleStatus::Withdrawn, None)
    );
    assert_eq!(statuses(&store, id).await, [(1, VersionStatus::Withdrawn)]);
    let back = publish(&store, id).await;
    assert_eq!((back.status, back.withdrawn_at), (ArticleStatus::Published, None));
    assert_eq!(statuses(&store, id).await, [(1, VersionStatus::Published)]);
}

#[tokio::test]
async fn a_stale_version_is_refused_and_told_the_current_one() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let made = create(&store, &article("faq-1")).await;
    let current = update(&store, made.id, "Within 14 days.").await.version;

    let mut tx = store.begin().await.unwrap();
    let late = ArticlePatch {
        body: Some("Never.".to_owned()),
        ..ArticlePatch::default()
    };
    for refused in [
        tx.articles()
            .update(made.id, &late, Some(made.version))
            .await
            .map(|_| ()),
        tx.articles()
            .publish(made.id, Some(made.version))
            .await
            .map(|_| ()),
        tx.articles()
            .withdraw(made.id, Some(made.version))
            .await
            .map(|_| ()),
        tx.articles().delete(made.id, Some(made.version)).await,
    ] {
        assert!(
            matches!(refused, Err(StoreError::Stale { current: is }) if is == current),
            "{refused:?}"
        );
    }
    let nowhere = tx.articles().publish(ArticleId::new(), None).await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { what: "article" })),
        "{nowhere:?}"
    );
}

#[tokio::test]
async fn a_second_article_with_the_same_external_id_is_a_conflict() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let (other, _) = db.tenant_in(&store, "other").await;
    create(&acme, &article("faq-1")).await;
    create(&other, &article("faq-1")).await;

    let mut tx = acme.begin().await.unwrap();
    let second = tx.articles().create(&article("faq-1")).await;
    assert!(
        matches!(second, Err(StoreError::Conflict { ref constraint, .. }) if constraint == "articles_external_id_key"),
        "{second:?}"
    );
}

#[tokio::test]
async fn values_that_cannot_be_stored_name_their_field() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let new = article("faq-1");
    let cases = [
        (
            "title",
            NewArticle {
                title: String::new(),
                ..new.clone()
            },
        ),
        (
            "title",
            NewArticle {
                title: "x".repeat(301),
                ..new.clone()
            },
        ),
        (
            "body",
            NewArticle {
                body: String::new(),
                ..new.clone()
            },
        ),
        (
            "body",
            NewArticle {
                body: "x".repeat(2_000_001),
                ..new.clone()
            },
        ),
        (
            "language",
            NewArticle {
                language: "English".to_owned(),
                ..new.clone()
            },
        ),
        (
            "external_id",
            NewArticle {
                external_id: Some(String::new()),
                ..new.clone()
            },
        ),
        (
            "owner_id",
            NewArticle {
                owner_id: Some(crm_store::ids::UserId::new()),
                ..new.clone()
            },
        ),
        (
            "text",
            NewArticle {
                body: "a\0b".to_owned(),
                ..new
            },
        ),
    ];
    for (field, bad) in cases {
        let mut tx = store.begin().await.unwrap();
        let refused = tx.articles().create(&bad).await;
        assert!(
            matches!(refused, Err(StoreError::Invalid { field: ref is, .. }) if is == field),
            "{field}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn the_text_of_a_published_version_cannot_change() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;
    let version = publish(&store, id).await.current_version_id.unwrap();

    let changed = sqlx::query("UPDATE article_versions SET body = 'other' WHERE id = $1")
        .bind(version.uuid())
        .execute(&db.owner().await)
        .await;
    assert!(changed.unwrap_err().to_string().contains("does not change"));
}

#[tokio::test]
async fn a_deleted_article_is_gone_and_leaves_the_index() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let id = create(&store, &article("faq-1")).await.id;
    let mut tx = store.begin().await.unwrap();
    tx.articles().delete(id, None).await.unwrap();
    assert_eq!(tx.articles().get(id).await.unwrap(), None);
    assert_eq!(tx.articles().versions(id).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(index_jobs(&store).await, 1);
}
