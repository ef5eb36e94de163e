//! What was agreed with customers and paid by them, whether they go on, and what was last done with them.

use chrono::TimeDelta;
use crm_store::catalog::{ACCOUNT, ACTIVITY, CONTRACT, PAYMENT};
use serde_json::json;
use uuid::Uuid;

use super::{LOST, WON, account_at, deal, ended, say, world};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;

pub(super) async fn account(world: &World, name: &str) -> Uuid {
    create(&world.admin, &ACCOUNT, json!({"name": name, "type": "customer"})).await
}

/// Something to be paid: how many days from now it is due, how it stands, and how many days from now it was paid.
async fn owes(world: &World, account: Uuid, due: i64, status: &str, paid: Option<i64>) -> Uuid {
    let from_now = |days: i64| world.now() + TimeDelta::days(days);
    let mut owed = json!({"account_id": account, "amount": {"amount": "50", "currency": "EUR"}, "currency": "EUR",
        "due_date": from_now(due).date_naive(), "status": status});
    if let Some(paid) = paid {
        owed["paid_at"] = json!(from_now(paid));
    }
    create(&world.admin, &PAYMENT, owed).await
}

#[tokio::test]
async fn payments_are_late_by_the_mean_of_those_that_were_due_and_of_open_ones_until_today() {
    let world = world("2026-03-09T09:00:00Z").await;
    let (loom, prompt) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let (lax, fresh) = (account(&world, "Shuttle").await, account(&world, "Carder").await);
    owes(&world, loom, -20, "paid", Some(-15)).await;
    owes(&world, loom, -10, "paid", Some(-12)).await;
    let open = owes(&world, loom, -4, "overdue", None).await;
    // What is not owed any more says nothing, nor what is due today or later.
    owes(&world, loom, -30, "cancelled", None).await;
    owes(&world, loom, -30, "refunded", Some(-2)).await;
    owes(&world, loom, 0, "pending", None).await;
    owes(&world, loom, 5, "pending", None).await;
    owes(&world, prompt, -3, "paid", Some(-3)).await;
    owes(&world, lax, -200, "failed", None).await;
    owes(&world, fresh, 3, "pending", None).await;
    let now = world.now();
    world.pass(3 * DAY);
    let paid = json!({"status": "paid", "paid_at": world.now() - TimeDelta::days(2)});
    update(&world.admin, &PAYMENT, open, paid).await;
    let later = world.now();
    let known = Known::load(&world.job().await).await;

    // Days are told by the logarithm of one more.
    for (who, at, late, said) in [
        // 5, 0 and 4 days.
        (loom, now, Some(4.0_f64.ln()), "They pay 3 days late, on average."),
        // 5, 0 and 5 days, and 3 of what was due on the first day.
        (
            loom,
            later,
            Some(4.25_f64.ln()),
            "They pay 3 days late, on average.",
        ),
        (prompt, now, Some(0.0), "They pay in time."),
        // A single one counts for 120 days at the most.
        (
            lax,
            now,
            Some(121.0_f64.ln()),
            "They pay 120 days late, on average.",
        ),
        (fresh, later, None, "Nothing was due from them so far."),
    ] {
        say(&account_at(&known, who, at), &[("late_payments", late, said)]);
    }
}

/// Nobody has to say on which day something was paid; what is paid is not later every day.
#[tokio::test]
async fn what_was_paid_on_a_day_that_nobody_said_does_not_grow_later() {
    let world = world("2026-03-09T09:00:00Z").await;
    let loom = account(&world, "Loom").await;
    owes(&world, loom, -40, "paid", None).await;
    let known = Known::load(&world.job().await).await;
    let late = |days: i64| {
        let told = account_at(&known, loom, world.now() + TimeDelta::days(days));
        told.into_iter()
            .find(|(name, ..)| *name == "late_payments")
            .unwrap()
    };
    assert_eq!(late(0), late(30));
}

/// Deals are won and lost two days after they began.
#[tokio::test]
async fn going_on_is_told_by_renewals_that_are_open_and_by_the_last_that_was_won() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (loom, other) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let about = |kind: &str| json!({"account_id": loom, "type": kind});
    let early = world.now();
    world.pass(5 * DAY);
    ended(&world, about("renewal"), WON).await;
    world.pass(20 * DAY);
    ended(&world, about("renewal"), WON).await;
    // A day before the second one was won, 21 after the first.
    let between = world.now() - TimeDelta::hours(DAY);
    world.pass(10 * DAY);
    ended(&world, about("new_business"), WON).await;
    ended(&world, about("renewal"), LOST).await;
    deal(&world, about("upsell")).await;
    deal(&world, json!({"account_id": other, "type": "renewal"})).await;
    world.pass(10 * DAY);
    let now = world.now();
    world.pass(DAY);
    deal(&world, about("renewal")).await;
    let later = world.now();
    let known = Known::load(&world.job().await).await;

    let (quiet, open) = (
        "Going on is not being talked about.",
        "Whether they go on is being talked about: a renewal is open.",
    );
    let undecided = "They have not decided to go on yet.";
    let decided = |days: u32| format!("They decided to go on {days} days ago.");
    for (who, at, talks, said, since, words) in [
        (loom, early, 0.0, quiet, None, undecided.to_owned()),
        (loom, between, 1.0, open, Some(22.0_f64.ln()), decided(21)),
        (loom, now, 0.0, quiet, Some(25.0_f64.ln()), decided(24)),
        (loom, later, 1.0, open, Some(26.0_f64.ln()), decided(25)),
        (other, now, 1.0, open, None, undecided.to_owned()),
    ] {
        say(
            &account_at(&known, who, at),
            &[
                ("renewal_talks", Some(talks), said),
                ("days_since_renewal", since, words.as_str()),
            ],
        );
    }
}

#[tokio::test]
async fn what_was_last_done_with_a_customer_is_what_took_place_with_this_one() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (loom, other) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let bare = account(&world, "Shuttle").await;
    world.pass(30 * DAY);
    for (who, kind, status, days) in [
        (loom, "call", "completed", 9),
        (loom, "note", "completed", 5),
        (loom, "meeting", "cancelled", 3),
        (loom, "call", "planned", 2),
        (loom, "task", "waiting", 1),
        (loom, "meeting", "completed", -2),
        (other, "call", "completed", 1),
    ] {
        let at = world.now() - TimeDelta::days(days);
        let act =
            json!({"type": kind, "status": status, "subject": "Looms", "occurred_at": at, "account_id": who});
        create(&world.admin, &ACTIVITY, act).await;
    }
    let known = Known::load(&world.job().await).await;
    let now = world.now();
    let ago = |days: &str| format!("The last thing that was done with them was {days} ago.");
    for (who, days, since, words) in [
        (loom, 0, Some(6.0_f64.ln()), ago("5 days")),
        (loom, 3, Some(2.0_f64.ln()), ago("1 day")),
        (other, 0, Some(2.0_f64.ln()), ago("1 day")),
        (bare, 0, None, "Nothing has been done with them.".to_owned()),
    ] {
        say(
            &account_at(&known, who, now + TimeDelta::days(days)),
            &[("days_since_activity", since, words.as_str())],
        );
    }
}

#[tokio::test]
async fn of_contracts_that_are_over_the_last_one_counts_unless_it_goes_on() {
    let world = world("2026-03-09T09:00:00Z").await;
    let (over, onward) = (account(&world, "Loom").await, account(&world, "Spindle").await);
    let today = world.now();
    for (who, status, days, renews) in [
        (over, "activated", -40, false),
        (over, "activated", -10, false),
        (over, "terminated", 100, true),
        (onward, "activated", -10, true),
    ] {
        let day = |days: i64| (today + TimeDelta::days(days)).date_naive();
        let agreed = json!({"account_id": who, "name": "Care", "status": status, "auto_renew": renews,
            "start_date": day(-300), "end_date": day(days)});
        create(&world.admin, &CONTRACT, agreed).await;
    }
    let known = Known::load(&world.job().await).await;
    say(
        &account_at(&known, over, today),
        &[
            (
                "contract_days_left",
                Some(-10.0),
                "Its contract ended 10 days ago.",
            ),
            (
                "contract_renews",
                Some(0.0),
                "Its contract does not go on by itself.",
            ),
        ],
    );
    say(
        &account_at(&known, onward, today),
        &[
            (
                "contract_days_left",
                None,
                "It has no running contract with an end.",
            ),
            ("contract_renews", Some(1.0), "Its contract goes on by itself."),
        ],
    );
}
