//! The weekly digest of deals that moved, and the job that tells of it.

use chrono::{DateTime, Utc};
use crm_store::{
    Actor,
    jobs::NewJob,
    movers::{DIGEST_JOB, WEEK},
};
use crm_tests::harness::until;
use crm_tools::predictions::tell_movers;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::win_office::{Office, now};

/// The deal, what is told of it, and what kind of actor tells.
type Told = (Uuid, Value, String);

#[tokio::test]
async fn the_job_tells_once_of_what_moved_in_the_week_and_plans_the_next_one() {
    let office = Box::pin(Office::new()).await;
    office.score(0.9, 0.2).await;
    let owner = office.api.db.owner().await;
    // What was said a week and a day ago.
    sqlx::query(
        "UPDATE win_scores SET scored_at = scored_at - interval '8 days', as_of = as_of - interval '8 days'",
    )
    .execute(&owner)
    .await
    .unwrap();
    office.score(-0.9, 0.2).await;
    office.by_a_model().await;
    let mut tx = office.tenant.predicting().begin().await.unwrap();
    tx.plan_win_digest().await.unwrap();
    tx.plan_win_digest().await.unwrap();
    tx.commit().await.unwrap();
    let planned = async || -> Vec<DateTime<Utc>> {
        sqlx::query_scalar("SELECT run_at FROM jobs WHERE kind = $1 AND state = 'ready' ORDER BY run_at")
            .bind(DIGEST_JOB)
            .fetch_all(&owner)
            .await
            .unwrap()
    };
    let before = planned().await;
    assert_eq!(before.len(), 1, "planned twice is planned once");
    // Monday comes.
    let mut tx = office.tenant.predicting().begin().await.unwrap();
    tx.jobs().enqueue(&NewJob::new(DIGEST_JOB, "all")).await.unwrap();
    tx.commit().await.unwrap();
    let told: Vec<Told> = until("the digest", async || {
        let rows: Vec<Told> = sqlx::query_as(
            "SELECT record_id, refs, actor_kind FROM feed_events WHERE object = 'opportunity' AND action = 'win_moved'",
        )
        .fetch_all(&owner)
        .await
        .unwrap();
        (!rows.is_empty()).then_some(rows)
    })
    .await;
    let [(deal, refs, actor)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((deal, actor.as_str()), (&office.deal, "job"));
    let (from, to) = (refs["from"].as_f64().unwrap(), refs["to"].as_f64().unwrap());
    assert!(from > to && from - to > 0.05, "{refs}");
    let since: DateTime<Utc> = refs["since"].as_str().unwrap().parse().unwrap();
    assert!(now() - since >= WEEK);
    // The same transaction planned the next one, for a Monday to come.
    let after = planned().await;
    assert_eq!(after.len(), 1);
    assert!(after[0] > now());
    assert_eq!(told.len(), 1);
    office.api.end().await;
}

#[tokio::test]
async fn a_week_in_which_nothing_moved_tells_nothing() {
    let office = Box::pin(Office::new()).await;
    office.score(0.9, 0.2).await;
    let owner = office.api.db.owner().await;
    sqlx::query("UPDATE win_scores SET scored_at = scored_at - interval '8 days'")
        .execute(&owner)
        .await
        .unwrap();
    office.score(0.89, 0.2).await;
    office.by_a_model().await;
    let mut tx = office.tenant.predicting().begin().await.unwrap();
    assert!(matches!(tx.grant().actor(), Actor::Job(_)));
    let since = tx.now() - WEEK;
    let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
    assert_eq!(movers, []);
    tell_movers(&mut tx, &movers).await.unwrap();
    tx.commit().await.unwrap();
    let told: Vec<Value> = sqlx::query_scalar("SELECT refs FROM feed_events WHERE action = 'win_moved'")
        .fetch_all(&owner)
        .await
        .unwrap();
    assert_eq!(json!(told), json!([]));
    office.api.end().await;
}

#[tokio::test]
async fn the_cause_is_named_only_where_it_rests_on_the_deal_itself() {
    let office = Box::pin(Office::new()).await;
    office.score(0.9, 0.9).await;
    office.score(0.9, -0.9).await;
    office.by_a_model().await;
    let owner = office.api.db.owner().await;
    // As the number of deals won before: a deal, but another one.
    let hidden = json!({"why": "record", "hidden": true});
    let named = json!({"why": "record", "feature": "age_days", "by": "time", "words": "age days: time went by.",
        "records": []});
    for (place, told) in [
        ("opportunity", hidden.clone()),
        ("activity", hidden.clone()),
        ("opportunity.created_at", named),
        ("opportunity.*", hidden),
    ] {
        sqlx::query(
            "UPDATE win_scores SET parts = (SELECT json_agg(CASE WHEN t ->> 'feature' = 'age_days' \
                 THEN jsonb_set(t, '{rests_on}', jsonb_build_array($1::text)) ELSE t END) \
                 FROM jsonb_array_elements(parts::jsonb) t)",
        )
        .bind(place)
        .execute(&owner)
        .await
        .unwrap();
        let mut tx = office.tenant.predicting().begin().await.unwrap();
        let since = tx.now() - WEEK;
        let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
        tell_movers(&mut tx, &movers).await.unwrap();
        tx.commit().await.unwrap();
        let cause: Value = sqlx::query_scalar(
            "SELECT refs -> 'cause' FROM feed_events WHERE action = 'win_moved' ORDER BY seq DESC LIMIT 1",
        )
        .fetch_one(&owner)
        .await
        .unwrap();
        assert_eq!(cause, told, "{place}");
    }
    office.api.end().await;
}
