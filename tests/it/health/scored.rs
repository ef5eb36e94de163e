//! Learning who leaves, scoring customers, and telling those who are to know.

use crm_store::{
    TenantStore,
    auth::MemberToBe,
    models::{ModelKind, TRAIN_JOB},
    scores::{Band, SCORE_JOB, ScoreState},
};
use crm_tools::{
    health::{account_health, customers},
    predictions::{Occasion, Outcome, Predictor, Why, reasons::UNSEEN, score_all, score_one, train},
    whose::Whose,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::World;

/// Customers of whom every quarter some have trouble, most of whom leave; few of the others do. Those who stayed.
async fn year(world: &World) -> Vec<Uuid> {
    let mut stay = Vec::new();
    for n in 0..200 {
        stay.push(world.customer(&format!("Customer {n}")).await);
    }
    for quarter in 0..5 {
        world.days(1);
        let unhappy: Vec<Uuid> = stay.drain(..16).collect();
        for account in &unhappy {
            for _ in 0..3 {
                world.trouble(*account).await;
            }
        }
        world.days(84);
        for (n, account) in unhappy.into_iter().enumerate() {
            if n == 0 {
                stay.push(account);
            } else {
                world.leave(account).await;
            }
        }
        if quarter == 2 {
            let calm = stay.remove(0);
            world.leave(calm).await;
        }
        world.days(5);
    }
    stay
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "the life of a customer, each step resting on the one before"
)]
async fn trouble_is_learned_told_once_and_gone_with_the_customer() {
    let world = World::new().await;
    let stay = year(&world).await;
    let service = world.tenant.predicting();
    let predictor = Predictor::default();
    let outcome = train(&predictor, &service, ModelKind::Churn, Occasion::Turn)
        .await
        .unwrap();
    let Outcome::Activated(model) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        model.metrics["auc"].as_f64().unwrap() > 0.8,
        "{:?}",
        model.metrics
    );
    let scored = score_all(&predictor, &service, ModelKind::Churn, Why::Model)
        .await
        .unwrap();
    assert_eq!(scored.scored, stay.len());

    // The parts of each add up, and everybody has a number and a word.
    let mut tx = world.tenant.begin().await.unwrap();
    let all = tx.scores(ModelKind::Churn).page(None, 200).await.unwrap();
    assert_eq!(all.len(), stay.len());
    for score in &all {
        let sum: f64 = score.terms.iter().map(|part| part.log_odds).sum();
        assert!((sum - score.log_odds).abs() < 1e-6, "{score:?}");
    }
    tx.commit().await.unwrap();

    // Somebody calm gets into trouble.
    let account = stay[40];
    let before = health_of(&world.tenant, account).await.unwrap();
    assert_eq!(before.1, Band::Healthy);
    for _ in 0..3 {
        world.trouble(account).await;
    }
    world.days(1);
    for _ in 0..2 {
        score_one(&predictor, &service, ModelKind::Churn, account, Why::Changed)
            .await
            .unwrap()
            .unwrap();
    }
    let after = health_of(&world.tenant, account).await.unwrap();
    assert!(
        after.0 < before.0 && after.1 != Band::Healthy,
        "{before:?} {after:?}"
    );
    let told: Vec<(Uuid, Json)> = sqlx::query_as(
        "SELECT record_id, refs FROM feed_events WHERE object = 'account' AND action = 'health_crossed'",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    let [(whom, refs)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((*whom, &refs["band_from"]), (account, &Json::from("healthy")));
    assert_eq!(refs["health_to"], Json::from(after.0));

    // The worst come first, each for the reason that is true.
    let (page, next) = customers(&world.tenant, Whose::All, 10, None).await.unwrap();
    let risks: Vec<f64> = page.iter().map(|one| one.health.as_ref().unwrap().risk).collect();
    assert!(risks.is_sorted_by(|left, right| left >= right), "{risks:?}");
    let shown = page.iter().find(|one| one.id == account).unwrap();
    let why = shown.reason.as_ref().unwrap();
    assert!(why.sentence.contains("case"), "{why:?}");
    let (second, _) = customers(&world.tenant, Whose::All, 10, next.as_deref())
        .await
        .unwrap();
    assert!(
        second
            .iter()
            .all(|one| page.iter().all(|other| other.id != one.id))
    );
    let mut tx = world.tenant.begin().await.unwrap();
    let told = account_health(&mut tx, account).await.unwrap();
    tx.commit().await.unwrap();
    let reasons = told.score.unwrap().reasons;
    assert!((reasons.sum() - reasons.log_odds).abs() < 1e-6);
    assert!(
        reasons.up[0].sentence.contains("case") && !reasons.up[0].records.is_empty(),
        "{reasons:?}"
    );
    assert_eq!(told.history.len(), 2);
    assert!(told.history[0].risk > told.history[1].risk);

    // Who may not see cases is told that there is something, and how much it is.
    let rep = member(&world, "rep@acme.test", "sales").await;
    let mut tx = rep.begin().await.unwrap();
    let own = account_health(&mut tx, account)
        .await
        .unwrap()
        .score
        .unwrap()
        .reasons;
    tx.commit().await.unwrap();
    assert!((own.log_odds - reasons.log_odds).abs() < 1e-12);
    assert!((own.sum() - reasons.sum()).abs() < 1e-9);
    let blind = member(&world, "blind@acme.test", "viewer").await;
    sqlx::query("UPDATE roles SET permissions = '{\"objects\": {\"account\": [\"read\", \"view_all\"]}}' WHERE name = 'viewer'")
        .execute(&world.owner)
        .await
        .unwrap();
    let mut tx = blind.begin().await.unwrap();
    if let Some(hidden) = account_health(&mut tx, account).await.unwrap().score {
        assert!(
            hidden
                .reasons
                .up
                .iter()
                .all(|reason| !reason.sentence.contains("case")),
            "{hidden:?}"
        );
        assert!(hidden.reasons.up.iter().any(|reason| reason.sentence == UNSEEN));
    }
    tx.commit().await.unwrap();

    // Whoever has left has no health any more.
    world.leave(account).await;
    let gone = score_one(&predictor, &service, ModelKind::Churn, account, Why::Changed).await;
    assert!(gone.unwrap().is_none());
    assert!(health_of(&world.tenant, account).await.is_none());
    let (page, _) = customers(&world.tenant, Whose::All, 10, None).await.unwrap();
    assert!(page.iter().all(|one| one.id != account));
}

async fn health_of(store: &TenantStore, account: Uuid) -> Option<(u8, Band)> {
    let mut tx = store.begin().await.unwrap();
    let told = account_health(&mut tx, account).await.unwrap().health;
    tx.commit().await.unwrap();
    told.map(|told| (told.score, told.band))
}

async fn member(world: &World, email: &str, role: &str) -> TenantStore {
    let member = MemberToBe {
        email,
        name: email,
        role,
        password: None,
    };
    world.store.ensure_member("acme", &member).await.unwrap();
    let grant = world.store.operate("acme", Some(email)).await.unwrap().unwrap();
    world.store.open(&grant)
}

#[tokio::test]
async fn with_too_little_to_learn_from_everybody_has_the_prior_and_nobody_is_told() {
    let world = World::new().await;
    let first = world.customer("First").await;
    world.customer("Second").await;
    let draft = crm_store::records::Draft::new(&crm_store::catalog::ACCOUNT)
        .with("name", "Prospect")
        .with("type", "prospect");
    let prospect = crate::win_support::create(&world.tenant, draft).await;
    world.days(200);
    let service = world.tenant.predicting();
    let predictor = Predictor::default();
    let outcome = train(&predictor, &service, ModelKind::Churn, Occasion::Turn)
        .await
        .unwrap();
    let Outcome::NotEnough(words) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(words.starts_with("not enough data: "), "{words}");
    let scored = score_all(&predictor, &service, ModelKind::Churn, Why::Night)
        .await
        .unwrap();
    assert_eq!((scored.scored, scored.told), (2, 0));
    let mut tx = world.tenant.begin().await.unwrap();
    let told = account_health(&mut tx, first).await.unwrap();
    let nothing = account_health(&mut tx, prospect).await.unwrap();
    tx.commit().await.unwrap();
    let health = told.health.unwrap();
    assert_eq!(health.state, ScoreState::Prior);
    assert!(
        health.words.contains("no model tells them apart yet"),
        "{}",
        health.words
    );
    assert_eq!(told.score.unwrap().missing.as_deref(), Some(words.as_str()));
    assert_eq!((nothing.health, nothing.history.len()), (None, 0));
}

#[tokio::test]
async fn what_happens_with_a_customer_has_it_scored_soon() {
    let world = World::new().await;
    let account = world.customer("First").await;
    let jobs = async || -> Vec<(String, String)> {
        sqlx::query_as(
            "SELECT kind, key FROM jobs WHERE kind = ANY ($1) AND key LIKE 'churn%' AND state = 'ready' ORDER BY 1, 2",
        )
        .bind(vec![TRAIN_JOB, SCORE_JOB])
        .fetch_all(&world.owner)
        .await
        .unwrap()
    };
    assert_eq!(jobs().await, [(TRAIN_JOB.to_owned(), "churn".to_owned())]);
    let mut tx = world.tenant.predicting().begin().await.unwrap();
    for task in [crm_store::models::Task::Train, crm_store::models::Task::Score] {
        tx.models().begin(ModelKind::Churn, task, None).await.unwrap();
    }
    tx.commit().await.unwrap();
    sqlx::query("DELETE FROM jobs")
        .execute(&world.owner)
        .await
        .unwrap();
    world.trouble(account).await;
    assert_eq!(jobs().await, [(SCORE_JOB.to_owned(), format!("churn:{account}"))]);
}
