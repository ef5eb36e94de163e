//! What goes on after a bad hour, another version of the program, or somebody's choice.

use std::collections::HashMap;

use chrono::TimeDelta;
use crm_store::{
    Grant,
    models::{Task, WorkState},
    scores::{NewScore, PartKind, ScorePart, ScoreState, Terms},
};
use crm_tests::harness::{TestDb, until_one_waits};
use crm_tools::predictions::{Occasion, Outcome, Predictor, Why, score_all, score_one, train};
use serde_json::{Value, json};

use super::{KIND, active, company::Company, learn};
use crate::win_support::any_model;

#[tokio::test]
async fn scoring_that_was_broken_off_long_ago_begins_anew() {
    let company = Company::new().await;
    let mut open = Vec::new();
    for meetings in 0..3 {
        open.push(company.open_deal(meetings).await);
    }
    open.sort_unstable();
    let mut tx = company.service().begin().await.unwrap();
    tx.models().begin(KIND, Task::Score, None).await.unwrap();
    tx.models()
        .advance(KIND, Task::Score, "scoring", (2, 3), Some(open[1]))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    company.hours_later(3).await;
    let scored = score_all(&Predictor::default(), &company.service(), KIND, Why::Night)
        .await
        .unwrap();
    assert_eq!((scored.scored, scored.written), (3, 3));
}

#[tokio::test]
async fn the_first_round_of_a_model_is_told_as_one() {
    let company = Company::new().await;
    company.year().await;
    let deal = company.open_deal(2).await;
    let service = company.service();
    let why = async || {
        score_all(&Predictor::default(), &service, KIND, Why::Night)
            .await
            .unwrap();
        let mut tx = service.begin().await.unwrap();
        let mut latest = tx.scores(KIND).latest(&[deal]).await.unwrap();
        latest.remove(&deal).unwrap().cause["why"].clone()
    };
    assert_eq!(why().await, "night");
    let Outcome::Activated(_) = learn(&company).await else {
        panic!("the rule is plain")
    };
    assert_eq!(why().await, "model");
}

#[tokio::test]
async fn what_was_said_while_a_page_waited_is_what_it_is_compared_with() {
    let db = TestDb::new().await;
    let (admin, _) = db.tenant("acme").await;
    let company = Company::of(&db, admin).await;
    let deal = company.open_deal(2).await;
    let service = company.service();
    let mut tx = service.begin().await.unwrap();
    tx.scores(KIND).lock().await.unwrap();
    let as_of = tx.now();
    let part = |kind, feature: Option<&str>, log_odds| ScorePart {
        kind,
        feature: feature.map(str::to_owned),
        log_odds,
        value: Value::Null,
        sentence: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
    };
    let terms = vec![
        part(PartKind::Prior, None, -1.0),
        part(PartKind::Feature, Some("stage"), -5.0),
    ];
    let low = NewScore {
        record: deal,
        model: None,
        state: ScoreState::Prior,
        probability: 0.0025,
        low: 0.002,
        high: 0.003,
        log_odds: -6.0,
        prior: 0.27,
        terms: Terms::new(terms).unwrap(),
        cause: json!({"why": "record"}),
        as_of,
    };
    let owner = db.owner().await;
    let write = async {
        // The page has been compared with nothing, and waits for its turn.
        until_one_waits(&owner).await;
        tx.scores(KIND).write(&[low], &HashMap::new()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let predictor = Predictor::default();
    let (scored, ()) = tokio::join!(score_all(&predictor, &service, KIND, Why::Night), write);
    assert_eq!(scored.unwrap().written, 1);
    let mut tx = service.begin().await.unwrap();
    let latest = tx.scores(KIND).latest(&[deal]).await.unwrap();
    assert_eq!(
        latest[&deal].cause,
        json!({"why": "night", "feature": "stage", "log_odds": 5.0})
    );
}

#[tokio::test]
async fn a_model_chosen_while_another_is_judged_stays() {
    let db = TestDb::new().await;
    let (admin, _) = db.tenant("acme").await;
    let company = Company::of(&db, admin).await;
    company.year().await;
    let Outcome::Activated(_) = learn(&company).await else {
        panic!("the rule is plain")
    };
    company.other_year().await;
    // Somebody activates another one by hand; that is not committed before the new one has been judged.
    let mut tx = company.admin.begin().await.unwrap();
    let chosen = any_model(KIND);
    let chosen = tx.models().insert(&chosen).await.unwrap();
    tx.models()
        .activate(chosen.id, "Somebody chose it.")
        .await
        .unwrap();
    let owner = db.owner().await;
    let commit = async {
        until_one_waits(&owner).await;
        tx.commit().await.unwrap();
    };
    let (judged, ()) = tokio::join!(learn(&company), commit);
    let Outcome::Rejected(judged) = judged else {
        panic!("it was compared with another one")
    };
    assert!(
        judged.why.contains("another model was made the active one"),
        "{}",
        judged.why
    );
    assert_eq!(active(&company.admin).await, Some(chosen.id));
}

#[tokio::test]
async fn a_model_that_somebody_went_back_to_stays_until_there_is_more_to_learn_from() {
    let company = Company::new().await;
    company.year().await;
    let Outcome::Activated(first) = learn(&company).await else {
        panic!("the rule is plain")
    };
    assert_eq!(first.chosen_at(), None);
    company.other_year().await;
    let Outcome::Activated(second) = learn(&company).await else {
        panic!("the rule has turned")
    };
    let mut tx = company.admin.begin().await.unwrap();
    let back = tx
        .models()
        .activate(first.id, "Somebody chose it.")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(back.chosen_at(), back.activated_at);
    // The same records say the same, and nobody asked.
    let Outcome::Rejected(third) = learn(&company).await else {
        panic!("it stays")
    };
    assert!(
        third.why.contains("somebody chose model 1") && third.why.contains("0 deals have ended since"),
        "{}",
        third.why
    );
    assert_eq!(active(&company.admin).await, Some(first.id));
    let asked = train(&Predictor::default(), &company.service(), KIND, Occasion::Asked).await;
    let Outcome::Activated(fourth) = asked.unwrap() else {
        panic!("somebody asked, and it is better")
    };
    assert_eq!((fourth.number, second.number), (4, 2));
    assert_eq!(active(&company.admin).await, Some(fourth.id));
}

#[tokio::test]
async fn what_no_job_waits_for_any_more_is_planned_again() {
    let db = TestDb::new().await;
    let (admin, _) = db.tenant("acme").await;
    db.tenant("other").await;
    let store = db.store().await;
    let company = Company::of(&db, admin).await;
    let service = company.service();
    let mut tx = service.begin().await.unwrap();
    for task in [Task::Train, Task::Score] {
        tx.models().begin(KIND, task, None).await.unwrap();
    }
    tx.models()
        .end(KIND, Task::Train, WorkState::Done, None, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let every = TimeDelta::days(7);
    let lost = async || {
        let mut tx = service.begin().await.unwrap();
        let lost = tx.models().plan_lost(every).await.unwrap();
        tx.commit().await.unwrap();
        lost
    };
    let found = async || {
        let grants = store.tenants_with_lost_predictions(None).await.unwrap();
        grants.iter().map(Grant::tenant).collect::<Vec<_>>()
    };
    // They may be under way.
    assert_eq!(found().await, []);
    assert_eq!(lost().await, []);
    company.hours_later(2).await;
    assert_eq!(found().await, [service.grant().tenant()]);
    assert_eq!(lost().await, [(KIND, Task::Score), (KIND, Task::Train)]);
    let now = service.clock().now();
    let next = company.next_training().await.unwrap() - now;
    assert!(next > TimeDelta::days(6) && next <= every, "{next}");
    let mut tx = service.begin().await.unwrap();
    let scoring = tx.models().task(KIND, Task::Score).await.unwrap().unwrap();
    assert_eq!(scoring.state, WorkState::Failed);
    assert_eq!(tx.jobs().backlog("score_records").await.unwrap().ready, 1);
    drop(tx);
    // Now jobs wait for both.
    company.hours_later(2).await;
    assert_eq!(found().await, []);
    assert_eq!(lost().await, []);
}

#[tokio::test]
async fn a_model_that_cannot_be_read_is_learned_anew() {
    let company = Company::new().await;
    company.year().await;
    let Outcome::Activated(model) = learn(&company).await else {
        panic!("the rule is plain")
    };
    let deal = company.open_deal(2).await;
    let service = company.service();
    let predictor = Predictor::default();
    score_one(&predictor, &service, KIND, deal, Why::Changed)
        .await
        .unwrap();
    assert_eq!(company.next_training().await, None);
    company.spoil(model.id).await;
    let score = score_one(&Predictor::default(), &service, KIND, deal, Why::Changed)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(score.state, ScoreState::Prior);
    // It was trained a moment ago: not at once, lest it goes round.
    let next = company.next_training().await.unwrap() - service.clock().now();
    assert!(next > TimeDelta::hours(23), "{next}");
    company.two_days_later().await;
    score_one(&Predictor::default(), &service, KIND, deal, Why::Changed)
        .await
        .unwrap();
    let next = company.next_training().await.unwrap();
    assert!(next <= service.clock().now(), "{next}");
}
