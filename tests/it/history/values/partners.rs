//! Whom a deal is with: how deals in their trade ended, what was won with them, and whether they are customers.

use crm_predict::Value;
use crm_store::catalog::ACCOUNT;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{LOST, WON, deal, deal_at, ended, say, world};
use crate::history::{Known, World, create, update, value_of};

const CUSTOMER: (f64, &str) = (1.0, "They are a customer already.");
const STRANGER: (f64, &str) = (0.0, "They are no customer.");

async fn account(world: &World, account: Json) -> Uuid {
    create(&world.admin, &ACCOUNT, account).await
}

/// What is to be expected of a deal is `(won + 1) / (ended + 4)` of the deals before it. A record is what its deals came to
/// above that, over how many they are and 8 more.
#[tokio::test]
async fn the_record_of_a_trade_is_that_of_all_deals_in_it() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = account(&world, json!({"name": "Loom", "industry": "Wool"})).await;
    // A trade is the same however it is written.
    let mill = account(&world, json!({"name": "Mill", "industry": "WOOL"})).await;
    let forge = account(&world, json!({"name": "Forge", "industry": "Steel"})).await;
    let worm = account(&world, json!({"name": "Worm", "industry": "Silk"})).await;
    let plain = account(&world, json!({"name": "Plain"})).await;
    let with = |account: Uuid| json!({"account_id": account});
    let (wool, steel) = (deal(&world, with(mill)).await, deal(&world, with(forge)).await);
    let (silk, unknown) = (deal(&world, with(worm)).await, deal(&world, with(plain)).await);
    // 3/4 above the quarter, 2/5 below.
    ended(&world, with(loom), WON).await;
    ended(&world, with(forge), LOST).await;
    world.pass(1);
    let early = world.now();
    // A third and 2/7 below.
    ended(&world, with(mill), LOST).await;
    ended(&world, with(forge), LOST).await;
    ended(&world, with(plain), WON).await;
    world.pass(1);
    let known = Known::load(&world.job().await).await;

    let now = world.now();
    for (deal, at, record, said) in [
        (
            wool,
            early,
            1.0 / 12.0,
            "WOOL are won 8 percentage points more often than others (1 deal)",
        ),
        (
            wool,
            now,
            1.0 / 24.0,
            "WOOL are won 4 percentage points more often than others (2 deals)",
        ),
        (
            steel,
            now,
            -12.0 / 175.0,
            "Steel are won 7 percentage points less often than others (2 deals)",
        ),
        (silk, now, 0.0, "Silk are won about as often as others (no deal)"),
    ] {
        let said = format!("Deals in {said}.");
        let told = deal_at(&known, deal, at);
        say(&told, &[("industry_record", Some(record), said.as_str())]);
    }
    say(
        &deal_at(&known, unknown, now),
        &[("industry_record", None, "Its industry is not known.")],
    );
}

#[tokio::test]
async fn a_deal_that_was_won_with_them_counts_for_others_and_makes_them_a_customer() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = account(&world, json!({"name": "Loom", "type": "prospect"})).await;
    let mill = account(&world, json!({"name": "Mill", "type": "customer"})).await;
    let forge = account(&world, json!({"name": "Forge"})).await;
    let with = |account: Uuid| json!({"account_id": account});
    let (open, other) = (deal(&world, with(loom)).await, deal(&world, with(mill)).await);
    let new = deal(&world, with(forge)).await;
    let first = world.now();
    let won = ended(&world, with(loom), WON).await;
    ended(&world, with(loom), LOST).await;
    ended(&world, with(forge), LOST).await;
    world.pass(1);
    let second = world.now();
    ended(&world, with(loom), WON).await;
    update(&world.admin, &ACCOUNT, forge, json!({"type": "customer"})).await;
    world.pass(1);
    let third = world.now();
    let known = Known::load(&world.job().await).await;

    let none = (0.0, "No deal won with them before.");
    let once = (1.0, "1 deal won with them before.");
    let twice = (2.0, "2 deals won with them before.");
    for (deal, at, wins, customer) in [
        (open, first, none, STRANGER),
        (open, second, once, CUSTOMER),
        (open, third, twice, CUSTOMER),
        // It was not won before itself.
        (won, second, none, STRANGER),
        (won, third, once, CUSTOMER),
        // They bought something before there was a deal here.
        (other, first, none, CUSTOMER),
        // A deal that is lost makes nobody a customer, and who is called one is one from then on.
        (new, second, none, STRANGER),
        (new, third, none, CUSTOMER),
    ] {
        say(
            &deal_at(&known, deal, at),
            &[
                ("earlier_won", Some(wins.0), wins.1),
                ("is_customer", Some(customer.0), customer.1),
            ],
        );
    }
}

#[tokio::test]
async fn who_has_left_is_no_customer_whatever_they_bought_before() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = account(&world, json!({"name": "Loom", "type": "customer"})).await;
    ended(&world, json!({"account_id": loom}), WON).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    world.pass(24);
    let before = world.now();
    world.pass(24);
    let left = json!({"type": "former_customer"});
    update(&world.admin, &ACCOUNT, loom, left).await;
    let known = Known::load(&world.job().await).await;
    let customer = [before, world.now()].map(|at| {
        let usual = known.usual.at(at);
        value_of(known.deal(open), at, &usual, "is_customer")
    });
    assert_eq!(customer, [Value::Number(1.0), Value::Number(0.0)]);
}
