//! How much is done about a deal in a week, how it goes, and when something was done last.

use chrono::TimeDelta;
use crm_store::catalog::{ACCOUNT, ACTIVITY};
use serde_json::json;
use uuid::Uuid;

use super::{Told, deal, deal_at, say, world};
use crate::history::{Known, World, create};

/// Hours.
const DAY: i64 = 24;

/// Something about a deal: what it is, how it stands, which way it goes and how it went, each if that is said; and how many
/// hours before now it took place.
async fn act(world: &World, deal: Uuid, [kind, status, direction, outcome]: [&str; 4], hours: i64) {
    let act = json!({"type": kind, "status": status, "direction": direction, "outcome": outcome,
        "subject": "Looms", "occurred_at": world.now() - TimeDelta::hours(hours), "opportunity_id": deal});
    create(&world.admin, &ACTIVITY, act).await;
}

/// What was done about a deal that began 28 days ago: the first of it two weeks before that, with the lead that it was. What is
/// more than a year older than the deal is no part of its time.
async fn done(world: &World, deal: Uuid) {
    for (kind, direction, outcome, days) in [
        ("call", "", "", 430),
        ("meeting", "", "positive", 42),
        ("call", "inbound", "interested", 30),
        ("call", "outbound", "no_answer", 20),
        ("call", "outbound", "no_answer", 18),
        ("call", "outbound", "left_message", 16),
        ("call", "outbound", "busy", 15),
        ("call", "outbound", "connected", 13),
        ("call", "outbound", "agreed", 12),
        ("meeting", "", "demo_scheduled", 10),
        ("meeting", "", "no_show", 8),
        ("email", "inbound", "", 4),
        ("email", "outbound", "declined", 3),
        ("task", "", "", 2),
    ] {
        act(world, deal, [kind, "completed", direction, outcome], days * DAY).await;
    }
}

/// What was not done about it, or is not about it.
async fn undone(world: &World, deal: Uuid, account: Uuid) {
    for (kind, status, outcome, days) in [
        ("call", "planned", "positive", 6),
        ("meeting", "cancelled", "cancelled", 5),
        ("email", "in_progress", "positive", 1),
        ("meeting", "waiting", "negative", 1),
        ("meeting", "planned", "", -2),
    ] {
        act(world, deal, [kind, status, "inbound", outcome], days * DAY).await;
    }
    let mail = json!({"type": "email", "status": "completed", "direction": "inbound", "outcome": "positive",
        "subject": "Looms", "occurred_at": world.now() - TimeDelta::hours(1), "account_id": account});
    create(&world.admin, &ACTIVITY, mail).await;
}

/// Days are told by the logarithm of one more. There are six weeks since the first of it: three meetings, of which nobody came
/// to one, and seven calls, of which three reached somebody.
#[track_caller]
fn say_busy(told: &[Told]) {
    say(
        told,
        &[
            ("meetings_per_week", Some(3.0 / 6.0), "3 meetings in 42 days."),
            ("calls_per_week", Some(7.0 / 6.0), "7 calls in 42 days."),
            (
                "positive_outcomes_per_week",
                Some(4.0 / 6.0),
                "4 talks that went well in 42 days.",
            ),
            (
                "negative_outcomes_per_week",
                Some(2.0 / 6.0),
                "2 talks that went badly in 42 days.",
            ),
            // With two more that went neither way: 4 - 2 of 8.
            ("outcome_balance", Some(0.25), "4 talks went well, 2 badly."),
            // With one more that reached somebody and one that did not: 4 of 9.
            ("calls_reached", Some(4.0 / 9.0), "3 of 7 calls reached somebody."),
            (
                "days_since_activity",
                Some(3.0_f64.ln()),
                "The last thing that was done about it was 2 days ago.",
            ),
            (
                "days_since_answer",
                Some(5.0_f64.ln()),
                "They last wrote or called 4 days ago.",
            ),
        ],
    );
}

/// The same two weeks later, in which nothing was done.
#[track_caller]
fn say_later(told: &[Told]) {
    say(
        told,
        &[
            ("meetings_per_week", Some(3.0 / 8.0), "3 meetings in 56 days."),
            ("calls_per_week", Some(7.0 / 8.0), "7 calls in 56 days."),
            (
                "positive_outcomes_per_week",
                Some(4.0 / 8.0),
                "4 talks that went well in 56 days.",
            ),
            (
                "negative_outcomes_per_week",
                Some(2.0 / 8.0),
                "2 talks that went badly in 56 days.",
            ),
            ("outcome_balance", Some(0.25), "4 talks went well, 2 badly."),
            (
                "days_since_activity",
                Some(17.0_f64.ln()),
                "The last thing that was done about it was 16 days ago.",
            ),
            (
                "days_since_answer",
                Some(19.0_f64.ln()),
                "They last wrote or called 18 days ago.",
            ),
        ],
    );
}

#[track_caller]
fn say_quiet(told: &[Told]) {
    say(
        told,
        &[
            ("meetings_per_week", Some(0.0), "No meeting in 28 days."),
            ("calls_per_week", Some(0.0), "No call in 28 days."),
            (
                "positive_outcomes_per_week",
                Some(0.0),
                "No talk that went well in 28 days.",
            ),
            (
                "negative_outcomes_per_week",
                Some(0.0),
                "No talk that went badly in 28 days.",
            ),
            ("outcome_balance", Some(0.0), "No talk went well, 0 badly."),
            ("calls_reached", None, "Nobody has been called."),
            // It counts from when it began.
            (
                "days_since_activity",
                Some(29.0_f64.ln()),
                "Nothing has been done about it.",
            ),
            ("days_since_answer", None, "They have never written or called."),
        ],
    );
}

#[tokio::test]
async fn what_is_done_counts_by_the_week_and_what_came_of_it_as_it_is_noted() {
    let world = world("2026-01-05T09:00:00Z").await;
    let loom = create(&world.admin, &ACCOUNT, json!({"name": "Loom"})).await;
    let with = json!({"account_id": loom});
    let (busy, quiet) = (deal(&world, with.clone()).await, deal(&world, with).await);
    world.pass(28 * DAY);
    done(&world, busy).await;
    undone(&world, busy, loom).await;
    let known = Known::load(&world.job().await).await;
    say_busy(&deal_at(&known, busy, world.now()));
    say_later(&deal_at(&known, busy, world.now() + TimeDelta::days(14)));
    say_quiet(&deal_at(&known, quiet, world.now()));
}

#[tokio::test]
async fn a_new_deal_counts_as_if_it_had_had_three_tenths_of_a_week() {
    let world = world("2026-01-05T09:00:00Z").await;
    let young = deal(&world, json!({})).await;
    act(&world, young, ["call", "completed", "inbound", ""], 6).await;
    act(&world, young, ["meeting", "completed", "", "negative"], 12).await;
    let known = Known::load(&world.job().await).await;
    say(
        &deal_at(&known, young, world.now()),
        &[
            (
                "meetings_per_week",
                Some(1.0 / 0.3),
                "1 meeting in less than a day.",
            ),
            ("calls_per_week", Some(1.0 / 0.3), "1 call in less than a day."),
            (
                "positive_outcomes_per_week",
                Some(0.0),
                "No talk that went well in less than a day.",
            ),
            (
                "negative_outcomes_per_week",
                Some(1.0 / 0.3),
                "1 talk that went badly in less than a day.",
            ),
            // With two more that went neither way.
            ("outcome_balance", Some(-1.0 / 3.0), "No talk went well, 1 badly."),
            (
                "calls_reached",
                None,
                "Of no call is it noted whether it reached somebody.",
            ),
            (
                "days_since_activity",
                Some(1.25_f64.ln()),
                "The last thing that was done about it was less than a day ago.",
            ),
            (
                "days_since_answer",
                Some(1.25_f64.ln()),
                "They last wrote or called less than a day ago.",
            ),
        ],
    );
}

/// The catalogue says what to write: "Such as connected, no answer, left a message."
#[tokio::test]
async fn a_call_that_reached_nobody_is_known_by_the_words_of_the_catalogue() {
    let world = world("2026-01-05T09:00:00Z").await;
    let open = deal(&world, json!({})).await;
    for outcome in ["No answer", "left a message", "Connected"] {
        act(&world, open, ["call", "completed", "outbound", outcome], 1).await;
    }
    let known = Known::load(&world.job().await).await;
    let said = "1 of 3 calls reached somebody.";
    say(
        &deal_at(&known, open, world.now()),
        &[("calls_reached", Some(2.0 / 5.0), said)],
    );
}
