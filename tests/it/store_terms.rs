//! The counts that ranking rests on equal a recount, whatever happened before.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering},
};

use crm_store::{
    TenantStore,
    ids::ArticleVersionId,
    terms::{Frequencies, NewIndexed},
};
use crm_tests::harness::TestDb;
use proptest::prelude::*;
use sqlx::PgPool;
use uuid::Uuid;

fn indexed(language: &str, chunks: i32, tokens: i64, terms: &[(&str, i32)]) -> NewIndexed {
    NewIndexed {
        version_id: ArticleVersionId::new(),
        content_hash: vec![7; 32],
        fingerprint: "test-1".to_owned(),
        language: language.to_owned(),
        chunks,
        tokens,
        terms: terms
            .iter()
            .map(|(term, count)| ((*term).to_owned(), *count))
            .collect(),
    }
}

async fn replace(store: &TenantStore, document: Uuid, new: Option<&NewIndexed>) {
    let mut tx = store.begin().await.unwrap();
    tx.terms().replace("article", document, new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn frequencies(store: &TenantStore, language: &str, terms: &[&str]) -> Frequencies {
    let terms: Vec<String> = terms.iter().map(|term| (*term).to_owned()).collect();
    let mut tx = store.begin().await.unwrap();
    tx.terms().frequencies("article", language, &terms).await.unwrap()
}

#[tokio::test]
async fn a_document_counts_once_however_often_it_is_indexed() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    replace(
        &store,
        one,
        Some(&indexed("en", 3, 120, &[("refund", 2), ("card", 1)])),
    )
    .await;
    replace(&store, two, Some(&indexed("en", 1, 40, &[("refund", 1)]))).await;
    replace(
        &store,
        one,
        Some(&indexed("en", 2, 90, &[("refund", 1), ("invoice", 2)])),
    )
    .await;

    let found = frequencies(&store, "en", &["refund", "card", "invoice", "none"]).await;

    let df = HashMap::from([("refund".to_owned(), 2), ("invoice".to_owned(), 2)]);
    assert_eq!(
        found,
        Frequencies {
            chunks: 3,
            tokens: 130,
            df
        }
    );
    let mut tx = store.begin().await.unwrap();
    let known = tx.terms().get("article", one).await.unwrap().unwrap();
    assert_eq!((known.chunks, known.fingerprint.as_str()), (2, "test-1"));
    let mut listed: Vec<Uuid> = Vec::new();
    while let Some(next) = tx
        .terms()
        .list("article", listed.last().copied(), 1)
        .await
        .unwrap()
        .pop()
    {
        listed.push(next.document_id);
    }
    assert_eq!(listed, [one, two]);
}

#[tokio::test]
async fn a_document_moves_between_languages_and_leaves_nothing_behind() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let one = Uuid::now_v7();
    replace(&store, one, Some(&indexed("en", 3, 120, &[("gift", 2)]))).await;
    replace(&store, one, Some(&indexed("de", 4, 150, &[("gift", 1)]))).await;
    assert_eq!(frequencies(&store, "en", &["gift"]).await, Frequencies::default());
    let mut tx = store.begin().await.unwrap();
    assert_eq!(
        tx.terms().languages("article").await.unwrap(),
        [("de".to_owned(), 4)]
    );
    drop(tx);
    replace(&store, one, None).await;
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM term_stats) + (SELECT count(*) FROM corpus_stats) + (SELECT count(*) FROM indexed_documents)",
    )
    .fetch_one(&db.owner().await)
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn tenants_count_by_themselves() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, _) = db.tenant_in(&store, "acme").await;
    let (other, _) = db.tenant_in(&store, "other").await;
    replace(
        &acme,
        Uuid::now_v7(),
        Some(&indexed("en", 3, 120, &[("refund", 2)])),
    )
    .await;
    replace(
        &other,
        Uuid::now_v7(),
        Some(&indexed("en", 9, 300, &[("refund", 9)])),
    )
    .await;
    let found = frequencies(&acme, "en", &["refund"]).await;
    assert_eq!((found.chunks, found.df["refund"]), (3, 2));
}

#[tokio::test]
async fn documents_with_common_terms_are_indexed_at_the_same_time() {
    let db = TestDb::new().await;
    let (store, _) = db.tenant("acme").await;
    let names: Vec<String> = (0..40).map(|n| format!("term{n}")).collect();
    let work = (0..12_usize).map(|n| {
        let (store, names) = (store.clone(), &names);
        async move {
            // Each in another order, twice: added, then taken out.
            let mut terms: Vec<(&str, i32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
            terms.rotate_left(n * 3);
            let document = Uuid::now_v7();
            replace(&store, document, Some(&indexed("en", 1, 40, &terms))).await;
            if n % 2 == 0 {
                replace(&store, document, None).await;
            }
        }
    });
    futures::future::join_all(work).await;
    assert_eq!(
        frequencies(&store, "en", &["term0", "term39"]).await.df,
        HashMap::from([("term0".to_owned(), 6), ("term39".to_owned(), 6)])
    );
}

/// What to do with one of few documents: put it in one of two languages with these terms, or take it out.
type Step = (usize, Option<(bool, BTreeMap<u8, i32>)>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let terms = prop::collection::btree_map(0_u8..6, 1_i32..4, 0..5);
    prop::collection::vec(
        (0_usize..4, prop::option::weighted(0.7, (any::<bool>(), terms))),
        1..25,
    )
}

#[test]
fn after_any_operations_the_counts_equal_a_recount() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // One database for all cases, each with a tenant of its own.
    let db = runtime.block_on(TestDb::new());
    let (store, owner) = runtime.block_on(async { (db.store().await, db.owner().await) });
    let cases = AtomicUsize::new(0);
    proptest!(ProptestConfig::with_cases(64), |(steps in steps())| {
        let slug = format!("t{}", cases.fetch_add(1, Ordering::Relaxed));
        runtime.block_on(async {
            let (tenant, grant) = db.tenant_in(&store, &slug).await;
            let documents: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
            for (document, content) in &steps {
                let new = content.as_ref().map(|(english, terms)| {
                    let names: Vec<(String, i32)> = terms.iter().map(|(term, n)| (format!("t{term}"), *n)).collect();
                    let terms: Vec<(&str, i32)> = names.iter().map(|(name, n)| (name.as_str(), *n)).collect();
                    indexed(if *english { "en" } else { "de" }, 3, 10, &terms)
                });
                replace(&tenant, documents[*document], new.as_ref()).await;
            }
            let (kept, recount) = counts(&owner, grant.tenant().uuid()).await;
            assert_eq!(kept, recount);
        });
    });
    runtime.block_on(owner.close());
    // The database is dropped inside the runtime that its pools live in.
    runtime.block_on(async { drop(store) });
}

/// Terms and totals of a tenant as they are kept, and as they are counted anew.
async fn counts(owner: &PgPool, tenant: Uuid) -> ([Vec<String>; 2], [Vec<String>; 2]) {
    let list = async |query: &'static str| -> Vec<String> {
        sqlx::query_scalar(query)
            .bind(tenant)
            .fetch_all(owner)
            .await
            .unwrap()
    };
    let kept = [
        list("SELECT concat_ws(' ', language, term, chunks) FROM term_stats WHERE tenant_id = $1 ORDER BY 1").await,
        list("SELECT concat_ws(' ', language, documents, chunks, tokens) FROM corpus_stats WHERE tenant_id = $1 ORDER BY 1")
            .await,
    ];
    let recount = [
        list(
            "SELECT concat_ws(' ', d.language, t.term, sum(t.count)) FROM indexed_documents d, \
             unnest(d.terms, d.counts) AS t (term, count) WHERE d.tenant_id = $1 GROUP BY d.language, t.term ORDER BY 1",
        )
        .await,
        list(
            "SELECT concat_ws(' ', language, count(*), sum(chunks), sum(tokens)) FROM indexed_documents \
             WHERE tenant_id = $1 GROUP BY language ORDER BY 1",
        )
        .await,
    ];
    (kept, recount)
}
