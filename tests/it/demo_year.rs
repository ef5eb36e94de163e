//! The made-up years of the demo companies in the store: whole, once, with their past, and behind the same walls as
//! everything else.

use crm_evals::{default_today, demo, load_demo, load_years};
use crm_store::{Store, changes::INDEX_RECORD};
use crm_tests::harness::TestDb;
use sqlx::PgPool;

async fn count(owner: &PgPool, sql: &str, slug: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT count(*) FROM {sql} x JOIN tenants t ON t.id = x.tenant_id WHERE t.slug = $1"
    )))
    .bind(slug)
    .fetch_one(owner)
    .await
    .unwrap()
}

/// One test, because loading is what takes the time.
#[tokio::test]
async fn a_year_is_loaded_once_indexed_slowly_and_seen_by_whom_it_concerns() {
    let db = TestDb::new().await;
    let store = db.store().await;
    load_demo(&store, &|_| {}).await.unwrap();

    whole_and_once_however_often_one_tries(&db, &store).await;
    its_texts_are_indexed_later_and_slowly(&db).await;
    a_seller_sees_their_own_deals_and_a_manager_all(&db, &store).await;
}

async fn whole_and_once_however_often_one_tries(db: &TestDb, store: &Store) {
    let (first, second) = tokio::join!(
        load_years(store, default_today()),
        load_years(store, default_today())
    );

    let (first, second) = (first.unwrap(), second.unwrap());
    let again = load_years(store, default_today() + chrono::Days::new(7))
        .await
        .unwrap();
    let owner = db.owner().await;
    for (at, tenant) in demo().unwrap().iter().enumerate() {
        let slug = tenant.slug.as_str();
        // Whoever came second found it there, and another day changes nothing.
        assert_eq!(
            usize::from(first[at].written.is_empty()) + usize::from(second[at].written.is_empty()),
            1
        );
        assert!(again[at].written.is_empty());
        assert!(
            again[at].edition.ends_with(&default_today().to_string()),
            "{:?}",
            again[at]
        );
        let written = if first[at].written.is_empty() {
            &second[at]
        } else {
            &first[at]
        };
        for (object, rows) in &written.written {
            let object = crm_store::catalog::object(object).unwrap();
            let stored = match object.name {
                "queue" => count(&owner, "(SELECT * FROM queues WHERE deleted_at IS NULL)", slug).await,
                _ => count(&owner, object.table, slug).await,
            };
            // A tenant has a promise of its own from the start.
            let own = i64::from(object.name == "sla_policy");
            assert_eq!(
                stored,
                i64::try_from(*rows).unwrap() + own,
                "{slug} {}",
                object.name
            );
        }
        assert_eq!(
            count(&owner, "memberships", slug).await,
            i64::try_from(tenant.users.len()).unwrap()
        );
        // No ninth queue that nobody uses: one of the eight takes what belongs nowhere else.
        let default = "(SELECT * FROM queues WHERE deleted_at IS NULL AND is_default AND name <> 'General')";
        assert_eq!(count(&owner, default, slug).await, 1, "{slug}");
        let served = "(SELECT DISTINCT tenant_id, queue_id FROM cases)";
        assert_eq!(count(&owner, served, slug).await, 8, "{slug}");
        let linked = "(SELECT * FROM cases WHERE conversation_id IS NOT NULL)";
        let talked = "(SELECT * FROM conversations WHERE case_id IS NOT NULL)";
        assert_eq!(
            count(&owner, linked, slug).await,
            count(&owner, talked, slug).await
        );
    }
}

async fn its_texts_are_indexed_later_and_slowly(db: &TestDb) {
    let owner = db.owner().await;
    let slug = "brightwater";
    let jobs = |what: &str| format!("(SELECT * FROM jobs WHERE kind = '{INDEX_RECORD}'{what})");
    let texts = count(&owner, "cases", slug).await
        + count(&owner, "messages", slug).await
        + count(&owner, "leads", slug).await
        + count(&owner, "opportunities", slug).await;
    assert_eq!(count(&owner, &jobs(""), slug).await, texts);
    assert_eq!(count(&owner, &jobs(" AND run_at <= created_at"), slug).await, 0);
    // Cases first; the last message minutes later.
    let soon = jobs(" AND run_at < created_at + interval '2 minutes'");
    let soon_cases = jobs(" AND run_at < created_at + interval '2 minutes' AND key LIKE 'case:%'");
    assert_eq!(
        count(&owner, &soon, slug).await,
        count(&owner, &soon_cases, slug).await
    );
    assert!(
        count(
            &owner,
            &jobs(" AND run_at > created_at + interval '5 minutes'"),
            slug
        )
        .await
            > 1000
    );
}

async fn a_seller_sees_their_own_deals_and_a_manager_all(db: &TestDb, store: &Store) {
    let owner = db.owner().await;
    let all = count(&owner, "opportunities", "harborline").await;

    let mut seen = Vec::new();
    for email in [
        "winston@harborline.example",
        "naomi@harborline.example",
        "chidi@harborline.example",
    ] {
        let grant = store.operate("harborline", Some(email)).await.unwrap().unwrap();
        let mut tx = store.open(&grant).begin().await.unwrap();
        let mut found = 0;
        let mut query = crm_store::records::ListQuery {
            limit: Some(200),
            ..crm_store::records::ListQuery::default()
        };
        loop {
            let page = tx
                .records(&crm_store::catalog::OPPORTUNITY)
                .list(&query)
                .await
                .unwrap();
            found += i64::try_from(page.records.len()).unwrap();
            let Some(next) = page.next_cursor else { break };
            query.cursor = Some(next);
        }
        seen.push(found);
    }

    assert_eq!(seen[0], all);
    let of_sellers = "(SELECT o.* FROM opportunities o JOIN users u ON u.id = o.owner_id WHERE u.email IN \
        ('naomi@harborline.example', 'chidi@harborline.example'))";
    assert_eq!(seen[1] + seen[2], count(&owner, of_sellers, "harborline").await);
    assert!(seen[1] > 50 && seen[2] > 50, "{seen:?}");
}
