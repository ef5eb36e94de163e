//! What things were about then, and what was known of them when they came.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{ACCOUNT_FEATURES, UsualHistory},
};
use crm_store::{
    catalog,
    history::{CaseAt, Which},
    records::Draft,
};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, bad::brought, create, told, update, value_of};

fn now() -> DateTime<Utc> {
    crm_store::Clock::now(&crm_store::SystemClock)
}

async fn deal(world: &World, account: Uuid) -> Uuid {
    let deal = json!({"name": "Looms", "stage": "Qualification", "account_id": account});
    create(&world.admin, &catalog::OPPORTUNITY, deal).await
}

async fn account(world: &World, name: &str) -> Uuid {
    create(&world.admin, &catalog::ACCOUNT, json!({"name": name})).await
}

/// How many things were done for a deal, as it was known at a moment.
fn done(known: &Known, deal: Uuid, at: DateTime<Utc>) -> usize {
    known.deal(deal).at(at).activities().count()
}

#[tokio::test]
async fn a_mail_counts_for_a_deal_from_when_it_is_put_there_until_it_is_taken_away() {
    let world = World::new(now()).await;
    let loom = account(&world, "Loom").await;
    let (one, other) = (deal(&world, loom).await, deal(&world, loom).await);
    world.pass(24);
    let mail = json!({
        "type": "email", "subject": "Looms", "status": "completed", "account_id": loom, "occurred_at": world.now(),
    });
    let mail = create(&world.admin, &catalog::ACTIVITY, mail).await;
    world.pass(24);
    let before = world.now();
    world.pass(24);
    // Somebody tidies up on the day on which the deal is won.
    update(
        &world.admin,
        &catalog::ACTIVITY,
        mail,
        json!({"opportunity_id": one}),
    )
    .await;
    world.pass(24);
    let between = world.now();
    world.pass(24);
    update(
        &world.admin,
        &catalog::ACTIVITY,
        mail,
        json!({"opportunity_id": other}),
    )
    .await;
    world.pass(24);
    let known = Known::load(&world.admin).await;
    let counts = |deal| [before, between, world.now()].map(|at| done(&known, deal, at));
    assert_eq!(counts(one), [0, 1, 0]);
    assert_eq!(counts(other), [0, 0, 1]);
    // It is the same deal whatever it is read with.
    let mut tx = world.admin.begin().await.unwrap();
    let alone = tx.deal_histories(Which::Ids(&[one]), None, 10).await.unwrap();
    assert_eq!(alone[0].at(between).activities().count(), 1);
    // What was with another before does not tell since when an account is known.
    assert_eq!(
        known.accounts[0].first_known(),
        Some(known.deal(one).created_at())
    );
}

#[tokio::test]
async fn what_a_merge_moves_counts_for_the_winner_from_the_merge_on() {
    let world = World::new(now()).await;
    let (winner, loser) = (account(&world, "Loom").await, account(&world, "Loom Ltd").await);
    let sold = deal(&world, loser).await;
    let case = json!({"subject": "It squeaks", "account_id": loser});
    create(&world.admin, &catalog::CASE, case).await;
    // It ended, and was followed by another one, while it was the loser's.
    for (from, to) in [(400, 200), (200, -200)] {
        let day = |ago| (world.now() - TimeDelta::days(ago)).date_naive();
        let agreed = json!({
            "account_id": loser, "name": "Care", "status": "activated", "start_date": day(from), "end_date": day(to),
        });
        create(&world.admin, &catalog::CONTRACT, agreed).await;
    }
    let call = json!({"type": "call", "subject": "Looms", "account_id": loser, "occurred_at": world.now()});
    create(&world.admin, &catalog::ACTIVITY, call).await;
    world.pass(24);
    let before = world.now();
    world.pass(24);
    let mut tx = world.admin.begin().await.unwrap();
    tx.merge_records(
        &catalog::ACCOUNT,
        winner,
        &[loser],
        Draft::new(&catalog::ACCOUNT),
        None,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    world.pass(24);
    let known = Known::load(&world.job().await).await;
    let kept = known
        .accounts
        .iter()
        .find(|account| account.id() == winner)
        .unwrap();
    let counts = |at| {
        let at = kept.at(at);
        (at.deals().count(), at.cases().count(), at.activities().count())
    };
    assert_eq!(counts(before), (0, 0, 0));
    assert_eq!(counts(world.now()), (1, 1, 1));
    assert!(kept.is_customer(world.now()), "the contract is theirs now");
    assert!(kept.departures(world.now()).is_empty(), "nobody left");
    let with = |at| known.deal(sold).at(at).account().map(|account| account.id());
    assert_eq!((with(before), with(world.now())), (Some(loser), Some(winner)));
}

/// The first case of the only account at a moment.
fn case_at(known: &Known, at: DateTime<Utc>) -> Option<CaseAt> {
    known.accounts[0].at(at).cases().next()
}

#[tokio::test]
async fn what_a_case_was_made_with_is_known_from_then_and_of_one_that_came_from_its_end() {
    let world = World::new(now()).await;
    let loom = account(&world, "Loom").await;
    let squeak = json!({
        "subject": "It squeaks", "account_id": loom, "satisfaction": 2, "is_escalated": true, "external_id": "C-1",
    });
    let case = create(&world.admin, &catalog::CASE, squeak).await;
    world.pass(24);
    let before = world.now();
    world.pass(24);
    update(
        &world.admin,
        &catalog::CASE,
        case,
        json!({"satisfaction": 5, "is_escalated": false}),
    )
    .await;
    let said = |known: &Known, at| {
        let case = case_at(known, at).unwrap();
        (case.satisfaction, case.is_escalated)
    };
    let known = Known::load(&world.admin).await;
    assert_eq!(said(&known, before), (Some(2.0), true));
    assert_eq!(said(&known, world.now()), (Some(5.0), false));

    // The same in another system for 300 days, which brings no events: it was said by the end, and nobody knows when.
    for sql in [
        "DELETE FROM case_events",
        "UPDATE accounts SET created_at = created_at - interval '301 days'",
        "UPDATE cases SET created_at = created_at - interval '300 days', resolved_at = created_at - interval '200 days', \
         status = 'resolved'",
    ] {
        sqlx::query(sql).execute(&world.owner).await.unwrap();
    }
    let known = Known::load(&world.admin).await;
    let ago = |days| world.now() - TimeDelta::days(days);
    assert_eq!(said(&known, ago(250)), (None, false));
    assert_eq!(said(&known, ago(150)), (Some(5.0), false));
    let usual = UsualHistory::new(&known.deals, &known.leads).at(ago(150));
    let told = told(&ACCOUNT_FEATURES, &known.accounts[0].at(ago(150)), &usual);
    let satisfaction = told.iter().find(|(name, ..)| *name == "satisfaction").unwrap();
    // With two that nobody gave, of 4.
    assert_eq!(satisfaction.1, Value::Number(13.0 / 3.0));
}

#[tokio::test]
async fn what_came_along_is_told_from_the_histories_that_came_with_it_whatever_it_is_read_with() {
    let world = World::new(now()).await;
    let loom = account(&world, "Loom").await;
    let mut deals = Vec::new();
    for at in 0..2 {
        let deal = json!({
            "name": "Looms", "stage": "Qualification", "account_id": loom, "competitor": "Weavers",
            "external_id": format!("D-{at}"),
        });
        deals.push(create(&world.admin, &catalog::OPPORTUNITY, deal).await);
    }
    sqlx::query("UPDATE opportunities SET created_at = created_at - interval '300 days'")
        .execute(&world.owner)
        .await
        .unwrap();
    let then = world.now() - TimeDelta::days(200);
    // Scores are computed by jobs.
    let job = world.job().await;
    let said = async |which: &[Uuid]| {
        let mut tx = job.begin().await.unwrap();
        let read = tx.deal_histories(Which::Ids(which), None, 10).await.unwrap();
        let quiet = read.iter().find(|deal| deal.id() == deals[1]).unwrap();
        value_of(quiet, then, &UsualHistory::default().at(then), "competitor")
    };
    // No history came: what it is now says nothing of then.
    let unknown = said(&deals).await;
    brought(
        &world,
        "opportunity",
        deals[0],
        "competitor",
        ("Spinners", "Weavers"),
        then,
    )
    .await;
    // One came with it, in which this deal has no change.
    let known = Value::Number(1.0);
    assert_ne!(unknown, known);
    assert_eq!(said(&deals).await, known);
    assert_eq!(said(&deals[1..]).await, known);
    // It came with something else, a month before.
    sqlx::query("UPDATE imported_histories SET first_day = first_day - 30, last_day = last_day - 30")
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(said(&deals).await, unknown);
}
