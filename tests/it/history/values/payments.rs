//! How late the customer of a deal pays.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::catalog::{ACCOUNT, PAYMENT};
use serde_json::json;
use uuid::Uuid;

use super::{deal, deal_at, say, world};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;
const NOTHING: &str = "Nothing was due from them so far.";

/// What an account owes since so many days, and how many days ago it was paid.
async fn owe(world: &World, account: Uuid, days: i64, status: &str, paid: Option<i64>) -> Uuid {
    let ago = |days| world.now() - TimeDelta::days(days);
    let sum = json!({"amount": "50", "currency": "EUR"});
    let payment = json!({"account_id": account, "amount": sum, "currency": "EUR", "status": status,
        "due_date": ago(days).date_naive(), "paid_at": paid.map(ago)});
    create(&world.admin, &PAYMENT, payment).await
}

/// Payments of an account, of which the one that is overdue is paid a week later; and now, then, and three weeks after that.
async fn debts(world: &World, account: Uuid) -> [DateTime<Utc>; 3] {
    // On the day, three days early, and five days late.
    owe(world, account, 10, "paid", Some(10)).await;
    owe(world, account, 30, "paid", Some(33)).await;
    owe(world, account, 40, "paid", Some(35)).await;
    // These count for nothing.
    owe(world, account, 200, "cancelled", None).await;
    owe(world, account, 150, "refunded", Some(100)).await;
    // The day of one is over, that of another is today, and that of the last comes in three days.
    let overdue = owe(world, account, 8, "overdue", None).await;
    owe(world, account, 0, "pending", None).await;
    owe(world, account, -3, "pending", None).await;
    let first = world.now();
    world.pass(7 * DAY);
    let second = world.now();
    let paid = json!({"status": "paid", "paid_at": second});
    update(&world.admin, &PAYMENT, overdue, paid).await;
    world.pass(21 * DAY);
    [first, second, world.now()]
}

#[tokio::test]
async fn payments_are_late_from_the_day_on_which_they_are_due_until_they_are_paid() {
    let world = world("2026-01-05T09:00:00Z").await;
    let mut accounts = Vec::new();
    for name in ["Loom", "Mill", "Forge", "Worm"] {
        accounts.push(create(&world.admin, &ACCOUNT, json!({"name": name})).await);
    }
    let mut deals = Vec::new();
    for account in &accounts {
        deals.push(deal(&world, json!({"account_id": account})).await);
    }
    // One pays in time, and one owes nothing yet.
    owe(&world, accounts[1], 20, "paid", Some(20)).await;
    owe(&world, accounts[2], -60, "pending", None).await;
    let moments = debts(&world, accounts[0]).await;
    let known = Known::load(&world.job().await).await;

    // Days are told by the logarithm of one more: the mean of 0, 0, 5 and 8, then of 0, 0, 5, 15, 7 and 4, and then of 0, 0, 5,
    // 15, 28 and 25.
    for (at, days, said) in [
        (moments[0], 13.0 / 4.0, "They pay 3 days late, on average."),
        (moments[1], 31.0 / 6.0, "They pay 5 days late, on average."),
        (moments[2], 73.0 / 6.0, "They pay 12 days late, on average."),
    ] {
        let late: f64 = 1.0 + days;
        let told = deal_at(&known, deals[0], at);
        say(&told, &[("late_payments", Some(late.ln()), said)]);
    }
    for (deal, late, said) in [
        (deals[1], Some(0.0), "They pay in time."),
        (deals[2], None, NOTHING),
        (deals[3], None, NOTHING),
    ] {
        let told = deal_at(&known, deal, world.now());
        say(&told, &[("late_payments", late, said)]);
    }
}

/// Where nobody says on which day something was paid, it was on the day on which it was called paid.
#[tokio::test]
async fn what_is_marked_as_paid_is_not_later_each_day() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = create(&world.admin, &ACCOUNT, json!({"name": "Loom"})).await;
    let open = deal(&world, json!({"account_id": loom})).await;
    let payment = owe(&world, loom, 2, "pending", None).await;
    world.pass(3 * DAY);
    update(&world.admin, &PAYMENT, payment, json!({"status": "paid"})).await;
    let known = Known::load(&world.job().await).await;
    for days in [1, 90] {
        let told = deal_at(&known, open, world.now() + TimeDelta::days(days));
        let said = "They pay 5 days late, on average.";
        say(&told, &[("late_payments", Some(6.0_f64.ln()), said)]);
    }
}
