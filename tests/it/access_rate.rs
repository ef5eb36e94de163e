//! Limits hold across replicas.

use crm_store::{
    StoreError,
    rate::{Ask, BucketKey},
};
use crm_tests::harness::{TestDb, until};
use reqwest::StatusCode;
use serde_json::Value;

use crate::http_support::Api;

#[tokio::test]
async fn replicas_that_lease_at_once_never_lease_more_than_there_is() {
    let db = TestDb::new().await;
    let (one, two) = (db.store().await, db.store().await);
    let (_, grant) = db.tenant_in(&one, "acme").await;
    let ask = Ask {
        bucket: BucketKey::of_actor(&grant),
        tokens: 7.0,
        per_second: 0.000_001,
        burst: 100.0,
    };
    let lease = async |store: &crm_store::Store| -> Result<f64, StoreError> {
        let mut sum = 0.0;
        for _ in 0..10 {
            sum += store.lease_tokens(&[ask]).await?[0].tokens;
        }
        Ok(sum)
    };
    let (first, second) = tokio::join!(lease(&one), lease(&two));
    let total = first.unwrap() + second.unwrap();
    assert!((total - 100.0).abs() < 1e-9, "{total}");

    // What comes back can be leased again, and never more than a bucket holds.
    let back = Ask { tokens: -30.0, ..ask };
    assert!((one.lease_tokens(&[back]).await.unwrap()[0].left - 30.0).abs() < 0.01);
    let back = Ask {
        tokens: -500.0,
        ..ask
    };
    assert!((two.lease_tokens(&[back]).await.unwrap()[0].left - 100.0).abs() < 0.01);
    // Another actor's bucket is full.
    let (_, other) = db.tenant_in(&one, "globex").await;
    let other = Ask {
        bucket: BucketKey::of_actor(&other),
        ..ask
    };
    assert!((one.lease_tokens(&[other]).await.unwrap()[0].left - 93.0).abs() < 0.01);
}

#[tokio::test]
async fn a_burst_is_one_burst_and_most_requests_ask_no_bucket() {
    let limits = [
        ("CRM_AI__RATE_LIMIT__PER_SECOND", "1"),
        ("CRM_AI__RATE_LIMIT__BURST", "100"),
    ];
    let api = Api::with(Vec::new(), &limits).await;
    let mut served = 0;
    let started = std::time::Instant::now();
    loop {
        let response = api.get("/v1/me").await;
        match response.status() {
            StatusCode::OK => served += 1,
            StatusCode::TOO_MANY_REQUESTS => break,
            other => panic!("{other}"),
        }
    }
    let refilled = started.elapsed().as_secs() + 2;
    assert!(
        (100..=100 + refilled).contains(&served),
        "{served} after {:?}",
        started.elapsed()
    );
    // Leased by the ten, so about ten times, and not a hundred.
    let owner = api.db.owner().await;
    let count = "SELECT sum(n_tup_upd)::bigint FROM pg_stat_user_tables WHERE relname = 'rate_buckets'";
    // Postgres tells its counts a moment later.
    let writes = until("the counts", async || {
        let writes: Option<i64> = sqlx::query_scalar(count).fetch_one(&owner).await.unwrap();
        writes.filter(|writes| *writes > 0)
    })
    .await;
    assert!(writes < 60, "{writes} writes for {served} requests");
    let health: Value = api.get("/health").await.json().await.unwrap();
    assert!(health.is_object());
    api.end().await;
}
