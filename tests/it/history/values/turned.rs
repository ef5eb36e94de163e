//! What we do about leads: how soon somebody turns to them, how often we talk, and whether that reaches them.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::catalog::{ACTIVITY, LEAD};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    joined, lead_at, say, world,
    wrote::{With, message},
};
use crate::history::{Known, World, create};

/// Hours.
const DAY: i64 = 24;

async fn lead(world: &World, name: &str) -> Uuid {
    create(&world.admin, &LEAD, json!({"last_name": name})).await
}

/// Something about a lead: what it is and how it stands, when it took place or is to, and what else is said of it.
async fn act(world: &World, lead: Uuid, (kind, status): (&str, &str), at: DateTime<Utc>, more: Json) {
    let act = json!({"type": kind, "status": status, "subject": "Looms", "occurred_at": at, "lead_id": lead});
    create(&world.admin, &ACTIVITY, joined(act, more)).await;
}

/// What was done about a lead, in hours after it came: six talks, of which one came from them, one reached them and three did
/// not, and another in eleven days.
async fn calls(world: &World, lead: Uuid, came: DateTime<Utc>) {
    for (what, hours, more) in [
        (("note", "completed"), 1, json!({"direction": "outbound"})),
        (("email", "completed"), 2, json!({"direction": "inbound"})),
        (("call", "planned"), 3, json!({"direction": "outbound"})),
        (("meeting", "cancelled"), 4, json!({"direction": "outbound"})),
        (
            ("call", "completed"),
            5,
            json!({"direction": "outbound", "outcome": "no_answer"}),
        ),
        (("email", "completed"), 30, json!({"direction": "outbound"})),
        (("call", "completed"), 50, json!({"outcome": "connected"})),
        (("meeting", "completed"), 60, json!({"outcome": "no_show"})),
        (("call", "completed"), 70, json!({"outcome": "left_message"})),
        (("call", "completed"), 11 * DAY, json!({"outcome": "connected"})),
    ] {
        act(world, lead, what, came + TimeDelta::hours(hours), more).await;
    }
}

/// What was said with two leads, in minutes after they came: we wrote to the first one and called it, and not to the other. What
/// is said among ourselves is no answer, nor is a task.
async fn mails(world: &World, [written, waiting]: [Uuid; 2], came: DateTime<Utc>) {
    let after = |minutes: i64| came + TimeDelta::minutes(minutes);
    for (who, direction, minutes) in [
        (written, "internal", 10),
        (written, "inbound", 20),
        (written, "outbound", 30),
        (waiting, "inbound", 120),
        (waiting, "internal", 180),
    ] {
        message(world, With::Lead(who), direction, after(minutes), "0").await;
    }
    for (who, kind, direction, minutes) in [
        (written, "call", "outbound", 7 * 60),
        (waiting, "task", "outbound", 4 * 60),
        (waiting, "email", "inbound", 60),
    ] {
        let more = json!({"direction": direction});
        act(world, who, (kind, "completed"), after(minutes), more).await;
    }
}

/// Hours and talks are told by the logarithm of one more. Of the talks of which it is known whether they reached anybody, the
/// share is told with one that did and one that did not.
#[tokio::test]
async fn an_answer_is_what_one_of_ours_did_first_and_a_talk_is_a_call_a_mail_or_a_meeting() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (called, written) = (lead(&world, "Spinner").await, lead(&world, "Carder").await);
    let (waiting, bare) = (lead(&world, "Dyer").await, lead(&world, "Fuller").await);
    let came = world.now();
    world.pass(10 * DAY);
    calls(&world, called, came).await;
    mails(&world, [written, waiting], came).await;
    let known = Known::load(&world.job().await).await;
    let now = world.now();

    // Nothing of it had been written down.
    say(
        &lead_at(&known, called, came + TimeDelta::hours(36)),
        &[
            (
                "response_hours",
                Some(37.0_f64.ln()),
                "They have waited 36 hours for a first answer.",
            ),
            ("answered", Some(0.0), "Nobody of ours has turned to them yet."),
        ],
    );
    say(
        &lead_at(&known, called, now),
        &[
            (
                "response_hours",
                Some(6.0_f64.ln()),
                "We first turned to them after 5 hours.",
            ),
            ("answered", Some(1.0), "Somebody of ours has turned to them."),
            (
                "talks",
                Some(7.0_f64.ln()),
                "6 talks by phone, mail or in person so far.",
            ),
            (
                "reached",
                Some(3.0 / 7.0),
                "2 talks found them open or came from them.",
            ),
        ],
    );
    say(
        &lead_at(&known, called, now + TimeDelta::days(2)),
        &[
            (
                "talks",
                Some(8.0_f64.ln()),
                "7 talks by phone, mail or in person so far.",
            ),
            (
                "reached",
                Some(4.0 / 8.0),
                "3 talks found them open or came from them.",
            ),
        ],
    );
    say(
        &lead_at(&known, written, now),
        &[
            (
                "response_hours",
                Some(1.5_f64.ln()),
                "We first turned to them after less than an hour.",
            ),
            (
                "talks",
                Some(2.0_f64.ln()),
                "1 talk by phone, mail or in person so far.",
            ),
            ("reached", None, "No talk found them open or came from them."),
        ],
    );
    say(
        &lead_at(&known, waiting, now),
        &[
            (
                "response_hours",
                Some(241.0_f64.ln()),
                "They have waited 10 days for a first answer.",
            ),
            ("answered", Some(0.0), "Nobody of ours has turned to them yet."),
            (
                "reached",
                Some(2.0 / 3.0),
                "1 talk found them open or came from them.",
            ),
        ],
    );
    say(
        &lead_at(&known, bare, now),
        &[
            ("talks", Some(0.0), "No talk by phone, mail or in person so far."),
            ("reached", None, "No talk found them open or came from them."),
        ],
    );
}

#[tokio::test]
async fn a_task_that_went_well_is_no_talk_that_found_them_open() {
    let world = world("2026-01-05T09:00:00Z").await;
    let spinner = lead(&world, "Spinner").await;
    world.pass(DAY);
    let positive = json!({"outcome": "positive"});
    act(&world, spinner, ("task", "completed"), world.now(), positive).await;
    let known = Known::load(&world.job().await).await;
    say(
        &lead_at(&known, spinner, world.now()),
        &[
            ("talks", Some(0.0), "No talk by phone, mail or in person so far."),
            ("reached", None, "No talk found them open or came from them."),
        ],
    );
}

/// Who says no was reached, and does not care.
#[tokio::test]
async fn a_talk_in_which_they_said_no_did_not_find_them_open() {
    let world = world("2026-01-05T09:00:00Z").await;
    let spinner = lead(&world, "Spinner").await;
    world.pass(DAY);
    for outcome in ["not_interested", "negative", "no_answer", "interested"] {
        let more = json!({"outcome": outcome});
        act(&world, spinner, ("call", "completed"), world.now(), more).await;
    }
    let known = Known::load(&world.job().await).await;
    say(
        &lead_at(&known, spinner, world.now()),
        &[(
            "reached",
            Some(2.0 / 6.0),
            "1 talk found them open or came from them.",
        )],
    );
}
