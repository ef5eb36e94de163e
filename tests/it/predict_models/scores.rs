//! Scores: written when they are news, told of when they fall, gone with their record, and soon after a change.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, catalog,
    models::{ModelKind, TRAIN_JOB, Task},
    records::Draft,
    scores::SCORE_JOB,
};
use crm_tests::harness::{TestDb, until};
use uuid::Uuid;

use super::{activate, deal, insert, score, write};

#[tokio::test]
async fn a_score_is_written_when_it_is_news_and_once_a_day() {
    let db = TestDb::new().await;
    let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
    let store = db.store_at(Arc::new(FixedClock::at(noon))).await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let id = deal(&tenant, "Deal").await;
    assert_eq!(write(&tenant, &[score(id, None, 0.5, noon)]).await.0, 1);
    assert_eq!(write(&tenant, &[score(id, None, 0.500_2, noon)]).await.0, 0);
    assert_eq!(write(&tenant, &[score(id, None, 0.52, noon)]).await.0, 1);
    let later = db
        .store_at(Arc::new(FixedClock::at(noon + TimeDelta::days(1))))
        .await;
    let tomorrow = later.open(tenant.grant());
    assert_eq!(write(&tomorrow, &[score(id, None, 0.52, noon)]).await.0, 1);
    let mut tx = tomorrow.begin().await.unwrap();
    let mut kept = tx.scores(ModelKind::Win);
    let history = kept.history(id, None, 2).await.unwrap();
    assert_eq!(history.items.len(), 2);
    let rest = kept.history(id, history.next, 2).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert!((rest.items[0].probability - 0.5).abs() < 1e-12);
    let then = kept.before(&[id], noon + TimeDelta::hours(1)).await.unwrap();
    assert!((then[&id].probability - 0.52).abs() < 1e-12);
}

#[tokio::test]
async fn a_score_of_an_earlier_program_is_read_as_it_was_written() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let id = deal(&tenant, "Deal").await;
    write(&tenant, &[score(id, None, 0.5, tenant.clock().now())]).await;
    let read = async || {
        let mut tx = tenant.predicting().begin().await.unwrap();
        let mut kept = tx.scores(ModelKind::Win);
        let score = kept.latest(&[id]).await.unwrap().remove(&id).unwrap();
        let shares = kept.shares(&[score.id]).await.unwrap().remove(&score.id).unwrap();
        (score, shares)
    };
    let (score, shares) = read().await;
    assert_eq!(score.terms.len(), 2);
    let same = score.terms.iter().zip(&shares);
    assert!(same.clone().count() == 2 && same.clone().all(|(part, share)| part.feature == share.feature));
    let owner = db.owner().await;
    sqlx::query("UPDATE win_scores SET terms = parts::jsonb, parts = NULL")
        .execute(&owner)
        .await
        .unwrap();
    assert_eq!(read().await, (score, shares));
}

#[tokio::test]
async fn a_drop_in_several_steps_is_told_once_with_what_changed() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let (id, made) = (deal(&tenant, "Deal").await, insert(&tenant, ModelKind::Win).await);
    activate(&tenant, made.id).await.unwrap();
    let model = Some(made.id);
    let now = tenant.clock().now();
    assert_eq!(write(&tenant, &[score(id, model, 0.7, now)]).await, (1, 0));
    let mut tx = tenant.begin().await.unwrap();
    let change = Draft::new(&catalog::OPPORTUNITY).with("close_date", "2031-01-31");
    tx.records(&catalog::OPPORTUNITY)
        .update(id, change, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(write(&tenant, &[score(id, model, 0.62, now)]).await, (1, 0));
    assert_eq!(write(&tenant, &[score(id, model, 0.54, now)]).await, (1, 1));
    // From here on it counts from 0.54.
    assert_eq!(write(&tenant, &[score(id, model, 0.45, now)]).await, (1, 0));
    assert_eq!(write(&tenant, &[score(id, model, 0.38, now)]).await, (1, 1));
    // What a new model says is not compared with what the old one said.
    let second = insert(&tenant, ModelKind::Win).await;
    assert_eq!(
        write(&tenant, &[score(id, Some(second.id), 0.05, now)]).await,
        (1, 0)
    );
    let told: Vec<(String, serde_json::Value, Vec<String>)> =
        sqlx::query_as("SELECT action, refs, fields FROM feed_events WHERE action LIKE 'win%' ORDER BY seq")
            .fetch_all(&db.owner().await)
            .await
            .unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    let (action, refs, _) = &told[0];
    assert_eq!(action, "win_dropped");
    assert_eq!(
        (refs["from"].as_f64(), refs["to"].as_f64()),
        (Some(0.7), Some(0.54))
    );
    // Whoever reads the feed finds the score under that id.
    let mut tx = tenant.begin().await.unwrap();
    let named: Uuid = refs["score_id"].as_str().unwrap().parse().unwrap();
    let found = tx.scores(ModelKind::Win).get(named).await.unwrap();
    assert!((found.unwrap().probability - 0.54).abs() < 1e-12);
}

#[tokio::test]
async fn what_was_said_of_deals_that_have_ended_is_no_part_of_what_a_model_says_now() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let made = insert(&tenant, ModelKind::Win).await;
    let (open, closed) = (deal(&tenant, "Open").await, deal(&tenant, "Closed").await);
    let now = tenant.clock().now();
    let said = [
        score(open, Some(made.id), 0.35, now),
        score(closed, Some(made.id), 0.95, now),
    ];
    write(&tenant, &said).await;
    let population = async || {
        let mut tx = tenant.predicting().begin().await.unwrap();
        tx.scores(ModelKind::Win).population(made.id).await.unwrap()
    };
    assert_eq!(population().await, [0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    let mut tx = tenant.begin().await.unwrap();
    let change = Draft::new(&catalog::OPPORTUNITY).with("stage", "Closed Won");
    tx.records(&catalog::OPPORTUNITY)
        .update(closed, change, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(population().await, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn scores_go_with_their_record() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let id = deal(&tenant, "Deal").await;
    write(&tenant, &[score(id, None, 0.5, tenant.clock().now())]).await;
    let owner = db.owner().await;
    sqlx::query("DELETE FROM opportunities WHERE id = $1")
        .bind(id)
        .execute(&owner)
        .await
        .unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM win_scores")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
    // A job that comes late writes nothing for a record that is gone.
    write(&tenant, &[score(id, None, 0.5, tenant.clock().now())]).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM win_scores")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_change_has_its_record_scored_soon_and_the_first_deal_a_model_trained() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let jobs = async || -> Vec<(String, String)> {
        sqlx::query_as(
            "SELECT kind, key FROM jobs WHERE kind = ANY ($1) AND run_at > now() AND state = 'ready' ORDER BY 1, 2",
        )
        .bind(vec![TRAIN_JOB, SCORE_JOB])
        .fetch_all(&owner)
        .await
        .unwrap()
    };
    let id = deal(&tenant, "First").await;
    assert_eq!(jobs().await, [(TRAIN_JOB.to_owned(), "win".to_owned())]);
    let mut tx = tenant.predicting().begin().await.unwrap();
    for task in [Task::Train, Task::Score] {
        tx.models().begin(ModelKind::Win, task, None).await.unwrap();
    }
    tx.commit().await.unwrap();
    sqlx::query("DELETE FROM jobs").execute(&owner).await.unwrap();
    // An activity about the deal moves its score; twice is once.
    for subject in ["Call", "Another"] {
        let mut tx = tenant.begin().await.unwrap();
        let call = Draft::new(&catalog::ACTIVITY)
            .with("type", "call")
            .with("subject", subject)
            .with("occurred_at", "2026-01-01T00:00:00Z")
            .with("opportunity_id", id);
        tx.records(&catalog::ACTIVITY).create(call).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(jobs().await, [(SCORE_JOB.to_owned(), format!("win:{id}"))]);
}

#[tokio::test]
async fn another_model_moves_no_deal() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let id = deal(&tenant, "Deal").await;
    let (first, second) = (
        insert(&tenant, ModelKind::Win).await,
        insert(&tenant, ModelKind::Win).await,
    );
    let now = tenant.clock().now();
    let moved = async || {
        let mut tx = tenant.predicting().begin().await.unwrap();
        let since = now - TimeDelta::days(7);
        let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
        movers
            .iter()
            .map(|mover| mover.before.probability)
            .collect::<Vec<_>>()
    };
    write(&tenant, &[score(id, Some(first.id), 0.7, now)]).await;
    write(&tenant, &[score(id, Some(second.id), 0.2, now)]).await;
    assert_eq!(moved().await, [] as [f64; 0]);
    // What the second one said is compared with what it says now.
    write(&tenant, &[score(id, Some(second.id), 0.4, now)]).await;
    assert_eq!(moved().await, [0.2]);
}

/// 600 leads of a tenant, each with a score and a standing.
const SCORED: &str = "
    WITH made AS (INSERT INTO leads (tenant_id, id, last_name, status, created_at, updated_at)
        SELECT $1, gen_random_uuid(), 'Lead ' || n, 'new', now(), now() FROM generate_series(1, 600) n RETURNING id),
    scored AS (INSERT INTO lead_scores (tenant_id, id, lead_id, state, probability, low, high, log_odds, prior, terms, as_of, scored_at)
        SELECT $1, gen_random_uuid(), id, 'points', 0.5, 0.4, 0.6, 0, 0.5, '[]', now(), now() FROM made)
    INSERT INTO lead_standings (tenant_id, lead_id, points, parts, measure, band, band_since, as_of)
        SELECT $1, id, 5, '[]', 'points', 'cold', now(), now() FROM made RETURNING lead_id";

#[tokio::test]
async fn a_page_of_scores_is_looked_up_by_its_records_though_the_plan_is_of_an_empty_table() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let mut tx = tenant.predicting().begin().await.unwrap();
    for _ in 0..8 {
        let none = [Uuid::now_v7()];
        assert!(tx.scores(ModelKind::Lead).latest(&none).await.unwrap().is_empty());
        assert!(tx.scores(ModelKind::Lead).last(&none).await.unwrap().is_empty());
        assert!(tx.leads().standings(&none).await.unwrap().is_empty());
    }
    let leads: Vec<Uuid> = sqlx::query_scalar(SCORED)
        .bind(tenant.grant().tenant().uuid())
        .fetch_all(&owner)
        .await
        .unwrap();
    assert_eq!(
        tx.scores(ModelKind::Lead).latest(&leads).await.unwrap().len(),
        600
    );
    assert_eq!(tx.scores(ModelKind::Lead).last(&leads).await.unwrap().len(), 600);
    assert_eq!(tx.leads().standings(&leads).await.unwrap().len(), 600);
    tx.commit().await.unwrap();
    // What was read of an index says which one it was; the server counts when the connection rests.
    let read: Vec<(String, i64)> = until("the counts", async || {
        let read: Vec<(String, i64)> = sqlx::query_as(
            "SELECT indexrelname::text, idx_tup_read FROM pg_stat_user_indexes \
             WHERE relname IN ('lead_scores', 'lead_standings') AND idx_tup_read >= 600 ORDER BY 1",
        )
        .fetch_all(&owner)
        .await
        .unwrap();
        (read.len() >= 2).then_some(read)
    })
    .await;
    assert!(
        read.iter()
            .all(|(index, _)| !index.ends_with("probability_idx") && !index.ends_with("points_idx")),
        "{read:?}"
    );
}
