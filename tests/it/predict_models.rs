//! Models and scores as they are kept: one active model of a kind, scores for whoever sees the record, events on drops.

mod follow;
mod scores;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    Store, StoreError, TenantStore,
    auth::MemberToBe,
    catalog,
    models::{ModelFilter, ModelKind, ModelState, NewModel, PredictiveModel, TRAIN_JOB},
    records::Draft,
    scores::{NewScore, PartKind, ScorePart, ScoreState, Terms},
};
use crm_tests::harness::TestDb;
use serde_json::json;
use uuid::Uuid;

use crate::win_support::any_model;

fn model(kind: ModelKind) -> NewModel {
    NewModel {
        metrics: json!({"auc": 0.81}),
        card: json!({"auc": 0.81, "reliability": []}),
        features: json!([{"name": "age_days"}]),
        artifact: vec![1, 2, 3],
        ..any_model(kind)
    }
}

async fn insert(tenant: &TenantStore, kind: ModelKind) -> PredictiveModel {
    let mut tx = tenant.begin().await.unwrap();
    let made = tx.models().insert(&model(kind)).await.unwrap();
    tx.commit().await.unwrap();
    made
}

async fn activate(tenant: &TenantStore, id: Uuid) -> Result<PredictiveModel, StoreError> {
    let mut tx = tenant.begin().await.unwrap();
    let active = tx.models().activate(id, "It is better.").await?;
    tx.commit().await.unwrap();
    Ok(active)
}

async fn deal(tenant: &TenantStore, name: &str) -> Uuid {
    let mut tx = tenant.begin().await.unwrap();
    let draft = Draft::new(&catalog::OPPORTUNITY).with("name", name);
    let id = tx.records(&catalog::OPPORTUNITY).create(draft).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

fn score(record: Uuid, model: Option<Uuid>, probability: f64, at: DateTime<Utc>) -> NewScore {
    let log_odds = (probability / (1.0 - probability)).ln();
    let part = |kind, feature: Option<&str>, log_odds| ScorePart {
        kind,
        feature: feature.map(str::to_owned),
        log_odds,
        value: serde_json::Value::Null,
        sentence: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
    };
    NewScore {
        record,
        model,
        state: if model.is_some() {
            ScoreState::Model
        } else {
            ScoreState::Prior
        },
        probability,
        low: probability * 0.9,
        high: probability + (1.0 - probability) * 0.1,
        log_odds,
        prior: 0.3,
        terms: Terms::new(vec![
            part(PartKind::Base, None, -0.5),
            part(PartKind::Feature, Some("age_days"), log_odds + 0.5),
        ])
        .unwrap(),
        cause: json!({"why": "record"}),
        as_of: at,
    }
}

/// Writes scores as the service does, and says how many were news and how many were told of.
async fn write(tenant: &TenantStore, scores: &[NewScore]) -> (usize, usize) {
    let mut tx = tenant.predicting().begin().await.unwrap();
    let records: Vec<Uuid> = scores.iter().map(|score| score.record).collect();
    let mut kept = tx.scores(ModelKind::Win);
    kept.lock().await.unwrap();
    let latest = kept.last(&records).await.unwrap();
    let written = kept.write(scores, &latest).await.unwrap();
    let model = scores.first().and_then(|score| score.model);
    let crossings = kept.crossings(&written, &latest, model).await.unwrap();
    kept.tell(&crossings).await.unwrap();
    tx.commit().await.unwrap();
    (written.len(), crossings.len())
}

/// A member with a role of the tenant.
async fn person(store: &Store, email: &str, role: &str) -> TenantStore {
    let member = MemberToBe {
        email,
        name: "Somebody",
        role,
        password: None,
    };
    store.ensure_member("acme", &member).await.unwrap();
    store.open(&store.operate("acme", Some(email)).await.unwrap().unwrap())
}

#[tokio::test]
async fn one_model_of_a_kind_is_active_and_one_call_goes_back() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let first = insert(&tenant, ModelKind::Win).await;
    let second = insert(&tenant, ModelKind::Win).await;
    let of_leads = insert(&tenant, ModelKind::Lead).await;
    assert_eq!((first.number, second.number, of_leads.number), (1, 2, 1));
    assert_eq!(first.state, ModelState::Candidate);
    for id in [first.id, of_leads.id, second.id] {
        activate(&tenant, id).await.unwrap();
    }
    let states = async || {
        let mut tx = tenant.begin().await.unwrap();
        let filter = ModelFilter {
            kind: Some(ModelKind::Win),
            state: None,
        };
        let page = tx.models().list(&filter, None, 10).await.unwrap();
        let mut states: Vec<_> = page
            .items
            .iter()
            .map(|model| (model.number, model.state))
            .collect();
        states.sort_by_key(|(number, _)| *number);
        states
    };
    assert_eq!(
        states().await,
        [(1, ModelState::Retired), (2, ModelState::Active)]
    );
    let mut tx = tenant.begin().await.unwrap();
    let back = tx
        .models()
        .activate(first.id, "Somebody chose it.")
        .await
        .unwrap();
    assert_eq!((back.id, back.why.as_str()), (first.id, "Somebody chose it."));
    assert_eq!(
        tx.models()
            .active(ModelKind::Win)
            .await
            .unwrap()
            .unwrap()
            .artifact,
        [1, 2, 3]
    );
    tx.commit().await.unwrap();
    assert_eq!(
        states().await,
        [(1, ModelState::Active), (2, ModelState::Retired)]
    );
    // The other kind is left alone.
    let mut tx = tenant.begin().await.unwrap();
    assert_eq!(
        tx.models().active_id(ModelKind::Lead).await.unwrap(),
        Some(of_leads.id)
    );
}

#[tokio::test]
async fn a_rejected_model_says_why_and_the_active_one_stays() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let active = insert(&tenant, ModelKind::Win).await;
    activate(&tenant, active.id).await.unwrap();
    let worse = insert(&tenant, ModelKind::Win).await;
    let mut tx = tenant.begin().await.unwrap();
    let rejected = tx.models().reject(worse.id, "It was worse.").await.unwrap();
    assert_eq!(
        (rejected.state, rejected.why.as_str()),
        (ModelState::Rejected, "It was worse.")
    );
    // Only a candidate can be rejected.
    assert!(matches!(
        tx.models().reject(active.id, "No.").await,
        Err(StoreError::NotFound { .. })
    ));
    assert_eq!(
        tx.models().active_id(ModelKind::Win).await.unwrap(),
        Some(active.id)
    );
    tx.commit().await.unwrap();
    // A model whose bytes are forgotten cannot come back, and nothing changes.
    sqlx::query("UPDATE predictive_models SET artifact = NULL WHERE id = $1")
        .bind(worse.id)
        .execute(&db.owner().await)
        .await
        .unwrap();
    assert!(matches!(
        activate(&tenant, worse.id).await,
        Err(StoreError::Conflict { .. })
    ));
    let mut tx = tenant.begin().await.unwrap();
    assert_eq!(
        tx.models().active_id(ModelKind::Win).await.unwrap(),
        Some(active.id)
    );
}

#[tokio::test]
async fn however_many_are_rejected_one_can_go_back_to_what_was_active_before() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let first = insert(&tenant, ModelKind::Win).await;
    activate(&tenant, first.id).await.unwrap();
    let second = insert(&tenant, ModelKind::Win).await;
    activate(&tenant, second.id).await.unwrap();
    for _ in 0..12 {
        let equal = insert(&tenant, ModelKind::Win).await;
        let mut tx = tenant.begin().await.unwrap();
        tx.models().reject(equal.id, "It was not better.").await.unwrap();
        tx.commit().await.unwrap();
    }
    activate(&tenant, first.id).await.unwrap();
    let kept: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM predictive_models WHERE state = 'rejected' AND artifact IS NOT NULL",
    )
    .fetch_one(&db.owner().await)
    .await
    .unwrap();
    assert_eq!(kept, 3, "of those that never were the last few are enough");
}

#[tokio::test]
async fn only_those_who_administer_models_change_them_and_a_rep_sees_scores_of_own_deals_alone() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let (globex, _) = db.tenant_in(&store, "globex").await;
    let rep = person(&store, "rep@acme.test", "sales").await;
    let colleague = person(&store, "other@acme.test", "sales").await;
    let made = insert(&admin, ModelKind::Win).await;
    let mut tx = rep.begin().await.unwrap();
    assert!(matches!(
        tx.models().insert(&model(ModelKind::Win)).await,
        Err(StoreError::Refused { .. })
    ));
    assert!(matches!(
        tx.models().activate(made.id, "Mine.").await,
        Err(StoreError::Refused { .. })
    ));
    assert!(matches!(
        tx.models().ask_for_training(ModelKind::Win).await,
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(tx.models().get(made.id).await.unwrap().unwrap().id, made.id);
    drop(tx);
    activate(&admin, made.id).await.unwrap();
    let owned = async |who: &TenantStore, name: &str| {
        let mut tx = who.begin().await.unwrap();
        let owner = who.grant().actor().id();
        let draft = Draft::new(&catalog::OPPORTUNITY)
            .with("name", name)
            .with("owner_id", owner);
        let id = tx.records(&catalog::OPPORTUNITY).create(draft).await.unwrap().id;
        tx.commit().await.unwrap();
        id
    };
    let (own, others) = (owned(&rep, "Own").await, owned(&colleague, "Other").await);
    let now = admin.clock().now();
    let written = write(
        &admin,
        &[
            score(own, Some(made.id), 0.6, now),
            score(others, Some(made.id), 0.4, now),
        ],
    )
    .await;
    assert_eq!(written, (2, 0));
    let seen = async |who: &TenantStore| {
        let mut tx = who.begin().await.unwrap();
        let latest = tx.scores(ModelKind::Win).latest(&[own, others]).await.unwrap();
        let mut records: Vec<Uuid> = latest.into_keys().collect();
        records.sort_unstable();
        records
    };
    assert_eq!(seen(&rep).await, [own]);
    assert_eq!(seen(&colleague).await, [others]);
    assert_eq!(seen(&admin).await.len(), 2);
    assert_eq!(seen(&globex).await, Vec::<Uuid>::new());
    let mut tx = globex.begin().await.unwrap();
    assert_eq!(tx.models().get(made.id).await.unwrap(), None);
    drop(tx);
    // A rep cannot write a score of their own making.
    let mut tx = rep.begin().await.unwrap();
    let forged = score(own, Some(made.id), 0.99, now);
    let written = tx.scores(ModelKind::Win).write(&[forged], &HashMap::new()).await;
    assert!(written.is_err(), "{written:?}");
}

#[tokio::test]
async fn who_asks_while_a_model_is_learned_is_not_forgotten_at_its_end() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let ask = async || {
        let mut tx = admin.begin().await.unwrap();
        tx.models().ask_for_training(ModelKind::Win).await.unwrap();
        tx.commit().await.unwrap();
    };
    let claimed = async || {
        let mut tx = store.system().await.unwrap();
        let minute = std::time::Duration::from_mins(1);
        let claimed = tx.jobs().claim("w", &[TRAIN_JOB], 1, minute).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    };
    ask().await;
    let running = claimed().await.remove(0);
    assert_eq!(
        (running.key.as_str(), &running.payload),
        ("win", &json!({"asked": true}))
    );
    ask().await;
    // It ends as the worker ends it: its next turn is planned.
    let mut tx = store.open(&running.grant).begin().await.unwrap();
    let next = tx.now() + TimeDelta::days(7);
    tx.models().train_at(ModelKind::Win, next).await.unwrap();
    assert!(tx.jobs().complete(&running).await.unwrap());
    tx.commit().await.unwrap();
    let again = claimed().await;
    let asked: Vec<_> = again.iter().map(|job| (job.key.as_str(), &job.payload)).collect();
    assert_eq!(
        asked,
        [("win", &json!({"asked": true}))],
        "at once, and as somebody asked"
    );
}
