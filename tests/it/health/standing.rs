//! Who is a customer, and when somebody has left.

use crm_store::{
    catalog::{ACCOUNT, CONTRACT},
    models::ModelKind,
};

use super::World;

#[tokio::test]
async fn who_is_called_a_customer_is_one_until_called_a_former_one() {
    let world = World::new().await;
    let account = world.customer("Acorn Ltd").await;
    world.days(40);
    let left = world.now();
    world.leave(account).await;
    world.days(10);
    let known = world.known(account).await;
    let now = world.now();
    assert_eq!(known.departures(now), [left]);
    assert!(known.is_customer(left - chrono::TimeDelta::days(1)));
    assert!(!known.is_customer(now));
    // Taken back, it is a customer again; that it left once stays.
    world.set(&ACCOUNT, account, "type", "customer").await;
    world.days(1);
    let known = world.known(account).await;
    assert!(known.is_customer(world.now()));
    assert_eq!(known.departures(world.now()), [left]);
}

#[tokio::test]
async fn a_contract_that_ends_and_is_not_followed_is_a_departure_once_that_is_known() {
    let world = World::new().await;
    let account = world.customer("Birch Ltd").await;
    world.contract(account, 90, false).await;
    world.days(91);
    let ended = world.now();
    world.days(50);
    // Nothing followed so far, but it still may.
    let known = world.known(account).await;
    assert!(known.departures(world.now()).is_empty());
    assert!(known.is_customer(world.now()));
    world.days(20);
    let left = world.known(account).await.departures(world.now());
    assert_eq!(left.len(), 1);
    assert!((left[0] - ended).num_days().abs() <= 1, "{left:?}");
    assert!(!world.known(account).await.is_customer(world.now()));
    // What was known before knows nothing of it.
    assert!(known.departures(ended).is_empty());
}

#[tokio::test]
async fn a_contract_that_is_followed_or_goes_on_by_itself_is_none() {
    let world = World::new().await;
    let renewed = world.customer("Cedar Ltd").await;
    let automatic = world.customer("Dogwood Ltd").await;
    world.contract(renewed, 90, false).await;
    world.contract(automatic, 90, true).await;
    world.days(120);
    world.contract(renewed, 365, false).await;
    world.days(60);
    for account in [renewed, automatic] {
        let known = world.known(account).await;
        assert!(known.departures(world.now()).is_empty());
        assert!(known.is_customer(world.now()));
    }
}

#[tokio::test]
async fn a_terminated_contract_is_a_departure_unless_another_runs() {
    let world = World::new().await;
    let gone = world.customer("Elm Ltd").await;
    let stays = world.customer("Fir Ltd").await;
    let first = world.contract(gone, 365, true).await;
    let second = world.contract(stays, 365, true).await;
    world.contract(stays, 365, true).await;
    world.days(30);
    let ended = world.now();
    for contract in [first, second] {
        world.set(&CONTRACT, contract, "status", "terminated").await;
    }
    world.days(5);
    assert_eq!(world.known(gone).await.departures(world.now()), [ended]);
    assert!(!world.known(gone).await.is_customer(world.now()));
    assert!(world.known(stays).await.departures(world.now()).is_empty());
    assert!(world.known(stays).await.is_customer(world.now()));
}

/// What somebody did with a contract later is not known before: neither that it goes on by itself, nor that it was made longer.
#[tokio::test]
async fn what_becomes_of_a_contract_later_does_not_change_who_was_a_customer() {
    let world = World::new().await;
    let account = world.customer("Elm Ltd").await;
    let contract = world.contract(account, 90, false).await;
    world.days(160);
    let known = world.known(account).await;
    let then = world.now();
    let left = known.departures(then);
    assert_eq!((left.len(), known.is_customer(then)), (1, false));
    world.days(5);
    let end = (world.now() + chrono::TimeDelta::days(400)).date_naive();
    let draft = crm_store::records::Draft::new(&CONTRACT)
        .with("auto_renew", true)
        .with("end_date", end);
    let mut tx = world.tenant.begin().await.unwrap();
    tx.records(&CONTRACT).update(contract, draft, None).await.unwrap();
    tx.commit().await.unwrap();
    world.days(1);
    let known = world.known(account).await;
    assert!(known.is_customer(world.now()), "it goes on now");
    assert_eq!((known.departures(then), known.is_customer(then)), (left, false));
}

/// Who left because a contract ran out counts when it is looked at how a model did, as it does when one is learned.
#[tokio::test]
async fn a_contract_that_ran_out_is_a_departure_for_drift_too() {
    let world = World::new().await;
    let gone = world.customer("Fir Ltd").await;
    let lapsed = world.customer("Gean Ltd").await;
    let stays = world.customer("Gorse Ltd").await;
    world.contract(lapsed, 2, false).await;
    world.contract(gone, 85, false).await;
    world.contract(stays, 900, false).await;
    let model = world.model(1, "active").await;
    world.days(10);
    for account in [gone, lapsed, stays] {
        world.said(account, Some(model), 0.1).await;
    }
    let ended = async || {
        let mut tx = world.tenant.predicting().begin().await.unwrap();
        let mut scores = tx.scores(ModelKind::Churn);
        let ended = scores.ended(model, chrono::TimeDelta::zero()).await.unwrap();
        (ended.len(), ended.iter().filter(|(_, left)| *left).count())
    };
    // The contract of one ran out, and nobody knows yet whether it goes on.
    world.days(100);
    assert_eq!(ended().await, (0, 0));
    world.days(51);
    assert_eq!(ended().await, (3, 2));
}
