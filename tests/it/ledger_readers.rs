//! Who sees entries of the ledger, and who settles them.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_store::{
    FixedClock,
    auth::MemberToBe,
    ids::RunId,
    ledger::{NewHold, Settled},
    prices::NanoUsd,
    runs::{Lease, NewRun},
};
use crm_tests::harness::TestDb;

use crate::ledger::{hold, hold_of, settle, start};

/// What the organisation spends is hidden from who administers no budgets; a run is settled as the one who started it.
#[tokio::test]
async fn who_started_a_run_settles_it_and_sees_nothing_else_that_was_spent() {
    let db = TestDb::new().await;
    let store = db.store_at(Arc::new(FixedClock::at(start()))).await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let mut sellers = Vec::new();
    for email in ["rep@acme.test", "other@acme.test"] {
        let member = MemberToBe {
            email,
            name: "Some Body",
            role: "sales",
            password: None,
        };
        store.ensure_member("acme", &member).await.unwrap();
        let grant = store.operate("acme", Some(email)).await.unwrap().unwrap();
        sellers.push(store.open(&grant));
    }
    let run = RunId::new();
    let of_run = NewHold {
        run: Some(run),
        ..hold_of("pipeline", 10, start())
    };
    let mut tx = sellers[0].begin().await.unwrap();
    tx.runs()
        .create(&NewRun {
            id: run,
            agent: "pipeline".to_owned(),
            input: serde_json::json!({}),
            conversation_id: None,
            queued: false,
            lease: Lease {
                worker: "one".to_owned(),
                until: start() + TimeDelta::minutes(5),
            },
        })
        .await
        .unwrap();
    tx.ledger().hold(&of_run).await.unwrap();
    tx.commit().await.unwrap();
    let of_nobody = hold_of("pipeline", 20, start());
    hold(&admin, &of_nobody).await.unwrap();
    assert_eq!(settle(&sellers[0], of_run.attempt, 10).await, Settled::Now);
    assert_eq!(settle(&sellers[0], of_nobody.attempt, 20).await, Settled::Already);
    assert_eq!(settle(&admin, of_nobody.attempt, 20).await, Settled::Now);
    for (who, entries) in [(&sellers[0], 2), (&sellers[1], 0), (&admin, 4)] {
        let mut tx = who.begin().await.unwrap();
        assert_eq!(tx.usage().entries(None, 10).await.unwrap().len(), entries);
        let spent = tx.usage().of_run(run).await.unwrap().cost;
        assert_eq!(spent, NanoUsd(if entries == 0 { 0 } else { 10 }));
        tx.commit().await.unwrap();
    }
}
