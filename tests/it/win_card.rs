//! Win cards of a tenant with a past: a model learned from it, its reasons, changes, similar deals and next steps.

use std::sync::Arc;

use crm_store::{
    Store, TenantStore,
    auth::MemberToBe,
    catalog::{ACTIVITY, OPPORTUNITY},
    models::ModelKind,
    records::Draft,
};
use crm_tools::{
    predictions::{Occasion, Outcome, Predictor, Why, score_all, train},
    win::{Advisor, Parts, TakeStep, WinCard, WinKind, WinState, take_step},
};
use uuid::Uuid;

use crate::win_support::{LITTLE, MUCH, Past, SECOND};

async fn card(advisor: &Advisor, tenant: &TenantStore, deal: Uuid) -> WinCard {
    let card = advisor.card(tenant, None, deal, Parts::ALL).await.unwrap();
    card.expect("a deal that the reader sees")
}

/// A past, a model learned from it, and one open deal of each kind, scored.
async fn learned(deals: usize) -> (Past, Advisor, Uuid, Uuid) {
    let past = Past::new().await;
    past.ended(deals).await;
    let cared = past.deal("Cared for", 2_000).await;
    let left = past.deal("Left alone", 2_000).await;
    past.days(1);
    for (deal, effort) in [(cared, MUCH), (left, LITTLE)] {
        past.stage(deal, SECOND).await;
        past.effort(deal, effort).await;
    }
    past.days(2);
    let predictor = Arc::new(Predictor::default());
    let job = past.tenant.predicting();
    let outcome = train(&predictor, &job, ModelKind::Win, Occasion::Turn)
        .await
        .unwrap();
    if deals >= 100 {
        assert!(matches!(outcome, Outcome::Activated(_)), "{outcome:?}");
    }
    score_all(&predictor, &job, ModelKind::Win, Why::Model)
        .await
        .unwrap();
    (past, Advisor::new(predictor), cared, left)
}

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
async fn a_card_tells_what_the_model_says_and_why_to_the_last_digit() {
    let (past, advisor, cared, left) = learned(160).await;
    for deal in [cared, left] {
        let told = card(&advisor, &past.tenant, deal).await;
        let (score, reasons) = (told.score.unwrap(), told.reasons.unwrap());
        assert!((reasons.sum() - score.log_odds).abs() < 1e-6, "{reasons:?}");
        let probability = 1.0 / (1.0 + (-score.log_odds).exp());
        assert!((probability - score.probability).abs() < 1e-9);
        assert!(score.low <= score.probability && score.probability <= score.high);
        assert_eq!((told.kind, told.state), (WinKind::Win, Some(WinState::Model)));
        let model = told.model.unwrap();
        assert!(model.sentence.contains("were won"));
        let few = model.rests_on_few.unwrap();
        assert!(
            few.starts_with("It rests on few deals: ") && few.ends_with(" ended ones."),
            "{few}"
        );
        assert!(told.sentence.contains(&few), "{}", told.sentence);
    }
    let (good, bad) = (
        card(&advisor, &past.tenant, cared).await,
        card(&advisor, &past.tenant, left).await,
    );
    let (high, low) = (good.score.unwrap().probability, bad.score.unwrap().probability);
    assert!(high > low + 0.2, "{high} {low}");

    // What made the difference in the past is what is told, proposed and counted.
    let named = |card: &WinCard| {
        card.reasons
            .as_ref()
            .unwrap()
            .down
            .iter()
            .filter_map(|reason| reason.feature.clone())
            .collect::<Vec<_>>()
    };
    let bad = card(&advisor, &past.tenant, left).await;
    assert!(
        named(&bad)
            .iter()
            .any(|feature| feature.contains("decision_maker") || feature.contains("meeting")),
        "{:?}",
        named(&bad)
    );
    let change = bad.changes.first().unwrap_or_else(|| panic!("{:?}", bad.notes));
    assert!(change.points >= 1.0 && change.with.won * change.without.n > change.without.won * change.with.n);
    assert!(
        change.sentence.contains("were won more often"),
        "{}",
        change.sentence
    );
    let keys: Vec<&str> = bad.next_steps.iter().map(|step| step.key.as_str()).collect();
    assert!(
        keys.contains(&"involve_decision_maker") && keys.contains(&"hold_meeting"),
        "{keys:?}"
    );
    let step = bad
        .next_steps
        .iter()
        .find(|step| step.key == "involve_decision_maker")
        .unwrap();
    let (won, lost) = (step.of_won.unwrap(), step.of_lost.unwrap());
    assert_eq!(won.n + lost.n, 160, "{step:?}");
    assert!(
        won.won * 10 >= won.n * 8 && lost.won * 10 <= lost.n * 2,
        "{step:?}"
    );
    assert!(
        good.next_steps
            .iter()
            .all(|step| step.key != "involve_decision_maker"),
        "it has one"
    );

    let (alike, unlike) = (bad.similar.unwrap(), good.similar.unwrap());
    assert_eq!((alike.n, unlike.n), (20, 20));
    assert!(
        alike.won * 4 < alike.n && unlike.won * 4 > unlike.n * 3,
        "{alike:?} {unlike:?}"
    );
    assert!(
        alike
            .deals
            .iter()
            .all(|deal| deal.name.as_deref().unwrap().starts_with("Past "))
    );
    past.store.close().await;
}

#[tokio::test]
async fn with_too_few_deals_the_prior_speaks_and_the_basics_are_proposed() {
    let (past, advisor, _, left) = learned(4).await;
    let card = card(&advisor, &past.tenant, left).await;
    assert_eq!((card.kind, card.state), (WinKind::Win, Some(WinState::Prior)));
    assert!(
        card.sentence.contains("No model speaks of this deal yet"),
        "{}",
        card.sentence
    );
    let missing = card.missing.unwrap();
    assert!(missing.starts_with("not enough data: "), "{missing}");
    assert!(card.sentence.contains(&missing), "{}", card.sentence);
    // It rests on few, and says so by how wide it is.
    let score = card.score.unwrap();
    assert!(score.low + 0.3 < score.high, "{score:?}");
    assert!((card.reasons.unwrap().sum() - score.log_odds).abs() < 1e-6);
    assert!(card.changes.is_empty() && card.model.is_none());
    let step = card.next_steps.first().unwrap();
    assert_eq!((step.key.as_str(), step.of_won), ("involve_decision_maker", None));
    assert!(step.why.starts_with("Too few won deals"));
    past.store.close().await;
}

#[tokio::test]
async fn similar_deals_are_only_those_that_the_reader_may_read() {
    let (past, advisor, _, left) = learned(40).await;
    let rep = person(&past.store, "rep@acme.test", "sales").await;
    let other = person(&past.store, "other@acme.test", "sales").await;
    let owner = |store: &TenantStore| store.grant().actor().id();
    // The open deal is the rep's; of the past ones only Past 0 is, the rest are a colleague's.
    let mut tx = past.tenant.begin().await.unwrap();
    let list = crm_store::records::ListQuery {
        limit: Some(200),
        ..Default::default()
    };
    let more = tx.records(&OPPORTUNITY).list(&list).await.unwrap().records;
    for deal in &more {
        let mine = deal.id == left || deal.title() == "Past 0";
        let to = owner(if mine { &rep } else { &other });
        let draft = Draft::new(&OPPORTUNITY).with("owner_id", to);
        tx.records(&OPPORTUNITY)
            .update(deal.id, draft, None)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();

    let mine = card(&advisor, &rep, left).await.similar.unwrap();
    assert_eq!((mine.n, mine.deals.len()), (1, 1), "{mine:?}");
    assert_eq!(mine.deals[0].name.as_deref(), Some("Past 0"));
    let all = card(&advisor, &past.tenant, left).await.similar.unwrap();
    assert_eq!(all.n, 20, "{all:?}");
    assert!(
        advisor
            .card(&other, None, left, Parts::ALL)
            .await
            .unwrap()
            .is_none()
    );
    // The card of whoever sees less has the same number.
    let (one, whole) = (
        card(&advisor, &rep, left).await,
        card(&advisor, &past.tenant, left).await,
    );
    assert_eq!(
        one.score.unwrap().log_odds.to_bits(),
        whole.score.unwrap().log_odds.to_bits()
    );
    past.store.close().await;
}

#[tokio::test]
async fn who_sees_none_of_the_nearest_deals_is_shown_the_nearest_that_they_see() {
    let (past, advisor, _, left) = learned(160).await;
    let rep = person(&past.store, "rep@acme.test", "sales").await;
    let other = person(&past.store, "other@acme.test", "sales").await;
    // The open deal was left alone, and so were the eighty nearest; the rep's are the eighty that were cared for.
    let mut tx = past.tenant.begin().await.unwrap();
    let list = crm_store::records::ListQuery {
        limit: Some(200),
        ..Default::default()
    };
    let deals = tx.records(&OPPORTUNITY).list(&list).await.unwrap().records;
    for deal in &deals {
        let number = deal.title().strip_prefix("Past ");
        let cared = number.is_some_and(|n| n.parse::<u32>().unwrap().is_multiple_of(2));
        let to = if cared || deal.id == left { &rep } else { &other };
        let draft = Draft::new(&OPPORTUNITY).with("owner_id", to.grant().actor().id());
        tx.records(&OPPORTUNITY)
            .update(deal.id, draft, None)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let nearest = card(&advisor, &past.tenant, left).await.similar.unwrap();
    assert!(
        nearest.won * 4 < nearest.n,
        "those left alone are nearest: {nearest:?}"
    );
    let mine = card(&advisor, &rep, left).await.similar.unwrap();
    assert_eq!((mine.n, mine.deals.len()), (20, 8), "{mine:?}");
    assert!(mine.won * 4 > mine.n * 3, "{mine:?}");
    assert!(
        mine.sentence.starts_with("Of the 20 ended deals"),
        "{}",
        mine.sentence
    );
    let alike: Vec<f64> = mine.deals.iter().filter_map(|deal| deal.alike).collect();
    assert!(
        alike.len() == 8 && alike.is_sorted_by(|left, right| left >= right),
        "{alike:?}"
    );
    past.store.close().await;
}

#[tokio::test]
async fn a_step_is_one_task_on_however_many_days_it_is_open() {
    let (past, advisor, _, left) = learned(4).await;
    let step = card(&advisor, &past.tenant, left).await.next_steps.remove(0);
    let take = async || {
        let mut tx = past.tenant.begin().await.unwrap();
        let taken = take_step(&mut tx, left, &step, TakeStep::default())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (taken.task.id, taken.is_new)
    };
    let (task, is_new) = take().await;
    assert!(is_new);
    past.days(1);
    assert_eq!(take().await, (task, false), "a day later it is the same task");
    let told = card(&advisor, &past.tenant, left).await.next_steps.remove(0);
    assert_eq!((&told.key, told.task_id), (&step.key, Some(task)));
    let mut tx = past.tenant.begin().await.unwrap();
    let done = Draft::new(&ACTIVITY).with("status", "completed");
    tx.records(&ACTIVITY).update(task, done, None).await.unwrap();
    tx.commit().await.unwrap();
    let (next, is_new) = take().await;
    assert!(is_new && next != task, "what is done can be done again");
    past.store.close().await;
}

#[tokio::test]
async fn every_lever_of_a_deal_is_something_that_can_be_done() {
    use crm_predict::features::{DEAL_FEATURES, Lever};
    use crm_tools::predictions::plays::play_of;
    let lost: Vec<&str> = DEAL_FEATURES
        .iter()
        .filter(|feature| feature.lever != Lever::None && play_of(feature.name).is_none())
        .map(|feature| feature.name)
        .collect();
    // How a talk went is seen, not done.
    assert_eq!(lost, ["positive_outcomes_per_week"]);
}
