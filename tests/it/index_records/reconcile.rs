//! Drift is found and repaired, in every kind and page.

use std::sync::Arc;

use crm_rag::{RecordCounts, RecordKind, Repair, TenantIndex, index::Wanted};
use crm_store::{catalog, jobs::Backlog};
use serde_json::json;

use super::{World, case, conversation, create, ids};

#[tokio::test]
async fn the_reconciler_finds_and_repairs_what_drifted() {
    let world = World::new().await;
    let acme = &world.acme;
    let mut cases = Vec::new();
    for at in 0..205 {
        cases.push(case(acme, &format!("Case {at}"), "The machine stands still.").await);
    }
    create(
        acme,
        &catalog::LEAD,
        json!({"last_name": "Reed", "company": "Loom Mills"}),
    )
    .await;
    create(acme, &catalog::OPPORTUNITY, json!({"name": "Looms"})).await;
    let (_, said) = conversation(acme, &["Where is my parcel?"]).await;
    world.work().await;
    let indexer = world.knowledge.indexer();
    let whole = indexer.reconcile(acme).await.unwrap().records;
    let counts = |records, passages, unchanged, repaired, removed| RecordCounts {
        records,
        passages,
        unchanged,
        repaired,
        removed,
    };
    assert_eq!(whole.cases, counts(205, 410, 205, 0, 0));
    assert_eq!(whole.leads, counts(1, 1, 1, 0, 0));
    assert_eq!(whole.messages, counts(1, 1, 1, 0, 0));
    assert_eq!(whole.opportunities, counts(1, 1, 1, 0, 0));
    assert_eq!(whole.drifted(), 0);

    // The index loses a case, keeps one whose row is gone, has half of a third; a message goes from table and counts.
    let index = TenantIndex::new(Arc::clone(world.knowledge.engine()), acme.grant());
    index.delete(Some(Wanted::Document(cases[0].id))).await.unwrap();
    index
        .delete(Some(Wanted::All(vec![
            Wanted::Document(cases[2].id),
            Wanted::Field("description"),
        ])))
        .await
        .unwrap();
    sqlx::query("DELETE FROM cases WHERE id = $1")
        .bind(cases[1].id)
        .execute(&world.owner)
        .await
        .unwrap();
    sqlx::query("DELETE FROM messages")
        .execute(&world.owner)
        .await
        .unwrap();
    index
        .delete(Some(Wanted::Document(said[0].uuid())))
        .await
        .unwrap();

    // As the worker does at its start: the jobs take their turns.
    let found = indexer.reconcile_with(acme, Repair::Later).await.unwrap().records;
    assert_eq!(found.cases, counts(204, 407, 202, 2, 1));
    assert_eq!((found.messages.records, found.messages.removed), (0, 1));
    let mut tx = acme.begin().await.unwrap();
    let Backlog { ready, .. } = tx.jobs().backlog("index_record").await.unwrap();
    assert_eq!(ready, 4);
    tx.commit().await.unwrap();
    // As the command does: at once.
    let found = indexer.reconcile(acme).await.unwrap().records;
    assert_eq!(found.cases, counts(204, 407, 202, 2, 1));
    let found = indexer.reconcile(acme).await.unwrap().records;
    assert_eq!((found.cases, found.drifted()), (counts(204, 408, 204, 0, 0), 0));

    let rebuilt = indexer.rebuild(acme).await.unwrap().records;
    assert_eq!(rebuilt.cases, counts(204, 0, 0, 204, 0));
    assert_eq!(rebuilt.leads, counts(1, 0, 0, 1, 0));
    assert_eq!(indexer.reconcile(acme).await.unwrap().records.drifted(), 0);
    let found = world.find(acme, RecordKind::Lead, "loom mills").await;
    assert_eq!(ids(&found).len(), 1);
}
