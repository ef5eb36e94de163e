//! Thousands of jobs in batches, of which none is lost and none keeps another.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_rag::{Knowledge, RecordKind, Worked};
use crm_store::catalog;
use crm_tests::knowledge::{Folder, WordEmbedder, shard};
use serde_json::json;
use tokio::sync::Notify;

use super::{Probe, World, case, create, ids};

#[tokio::test]
async fn many_records_share_a_call_and_tenants_take_turns() {
    let world = World::new().await;
    let zenith = world.db.tenant_in(&world.store, "zenith").await.0;
    for at in 0..200 {
        case(&world.acme, &format!("Case {at}"), "The machine stands still.").await;
    }
    let single = case(&zenith, "Only one", "The oven is cold.").await;
    let turn = world
        .knowledge
        .indexer()
        .work_records(&world.store, "test", 96)
        .await
        .unwrap();
    // Half of the turn is the other tenant's, who has one job only.
    assert_eq!(turn, Worked { done: 49, failed: 0 });
    let (calls, texts) = world.probe.asked();
    assert!(calls <= 4, "{calls} calls for {texts} passages");
    assert_eq!(
        ids(&world.find(&zenith, RecordKind::Case, "cold oven").await),
        [single.id],
        "one job does not wait behind two hundred"
    );
    assert_eq!(world.work().await.done, 152);
}

#[tokio::test]
async fn a_record_that_cannot_be_indexed_keeps_no_other() {
    let world = World::new().await;
    let good = case(&world.acme, "Good", "The machine stands still.").await;
    let bad = case(&world.acme, "Bad", "This is poison.").await;
    let worked = world.work().await;
    assert_eq!((worked.done, worked.failed), (1, 1));
    assert_eq!(
        ids(&world.find(&world.acme, RecordKind::Case, "machine").await),
        [good.id]
    );
    let mut tx = world.acme.begin().await.unwrap();
    let backlog = tx.jobs().backlog("index_record").await.unwrap();
    assert_eq!(
        (backlog.ready, backlog.dead),
        (1, 0),
        "it waits for its next attempt"
    );
    tx.commit().await.unwrap();
    super::update(&world.acme, &bad, json!({"description": "This is fine."})).await;
    world.clock.advance(TimeDelta::seconds(120));
    assert_eq!(world.work().await.done, 1);
    assert_eq!(world.passages(bad.id).await, 2);
}

#[tokio::test]
async fn a_worker_that_is_killed_in_the_middle_loses_nothing() {
    let world = World::new().await;
    let one = case(&world.acme, "Printer", "Smoke comes out of the tray.").await;
    create(
        &world.acme,
        &catalog::LEAD,
        json!({"last_name": "Reed", "company": "Loom Mills"}),
    )
    .await;

    // One that dies while it embeds: nothing of it is written.
    let begun = Arc::new(Notify::new());
    let folder = Folder::new();
    let stuck = Probe::new(Some(Arc::clone(&begun)));
    let engine = Arc::new(shard(&folder, stuck.as_ref()));
    let dying = Knowledge::new(engine, stuck).await.unwrap().indexer();
    tokio::select! {
        worked = dying.work_records(&world.store, "dying", 96) => panic!("{worked:?}"),
        () = begun.notified() => {}
    }
    assert_eq!(world.work().await.done, 0, "the jobs are still leased");

    // One that cannot flush: what was embedded is not there, and the job says so.
    world.clock.advance(TimeDelta::seconds(301));
    let folder = Folder::new();
    let embedder = Arc::new(WordEmbedder::named("words"));
    let full = Arc::new(shard(&folder, embedder.as_ref()).with_reserve(u64::MAX));
    let full = Knowledge::new(full, embedder).await.unwrap().indexer();
    let worked = full.work_records(&world.store, "full", 96).await.unwrap();
    assert_eq!(worked, Worked { done: 0, failed: 2 });
    let mut tx = world.acme.begin().await.unwrap();
    assert!(
        tx.terms().languages("case").await.unwrap().is_empty(),
        "nothing is counted that is not in the index"
    );
    tx.commit().await.unwrap();

    world.clock.advance(TimeDelta::seconds(120));
    assert_eq!(world.work().await, Worked { done: 2, failed: 0 });
    assert_eq!(
        ids(&world.find(&world.acme, RecordKind::Case, "smoke tray").await),
        [one.id]
    );
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_counts_nothing_twice() {
    let world = World::new().await;
    case(&world.acme, "Printer", "Smoke comes out of the tray.").await;
    let begun = Arc::new(Notify::new());
    let folder = Folder::new();
    let stuck = Probe::new(Some(Arc::clone(&begun)));
    let engine = Arc::new(shard(&folder, stuck.as_ref()));
    let slow = Knowledge::new(engine, stuck).await.unwrap().indexer();
    let slow = slow.work_records(&world.store, "slow", 96);
    futures::pin_mut!(slow);
    tokio::select! {
        worked = &mut slow => panic!("{worked:?}"),
        () = begun.notified() => {}
    }
    world.clock.advance(TimeDelta::seconds(301));
    assert_eq!(world.work().await.done, 1);
    // A malformed key is nobody's record; its job ends.
    let mut tx = world.acme.begin().await.unwrap();
    let keys = ["account:1".to_owned(), "case".to_owned()];
    tx.jobs().enqueue_all("index_record", &keys).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.work().await.done, 2);
    let counted: i64 = sqlx::query_scalar("SELECT documents FROM corpus_stats WHERE kind = 'case'")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(counted, 1);
}
