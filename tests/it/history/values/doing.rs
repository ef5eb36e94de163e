//! What was done about a deal, what is to be done, and how they answer.

use chrono::TimeDelta;
use crm_store::catalog::ACTIVITY;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{deal, deal_at, joined, say, world};
use crate::history::{Known, World, create};

/// Hours.
const DAY: i64 = 24;

/// Something about a deal: what it is and how it stands, and how many hours before now it took place or should have.
async fn act(world: &World, deal: Uuid, (kind, status): (&str, &str), hours: i64, more: Json) {
    let at = world.now() - TimeDelta::hours(hours);
    let act = json!({"type": kind, "status": status, "subject": "Looms", "occurred_at": at,
        "opportunity_id": deal});
    create(&world.admin, &ACTIVITY, joined(act, more)).await;
}

/// Seven mails, of which three answer one of ours: after 3, 8 and 5 hours.
async fn mails(world: &World, deal: Uuid) {
    for (direction, hours) in [
        ("outbound", 34 * DAY),
        ("inbound", 34 * DAY - 3),
        ("outbound", 20 * DAY),
        ("inbound", 20 * DAY - 8),
        ("outbound", 10 * DAY),
        ("inbound", 10 * DAY - 5),
        ("outbound", 6 * DAY),
    ] {
        let more = json!({"direction": direction});
        act(world, deal, ("email", "completed"), hours, more).await;
    }
}

/// Meetings and calls, of which two meetings and a call of the last 30 days were held and one meeting is ahead, and a note.
async fn talks(world: &World, deal: Uuid) {
    for (kind, status, days) in [
        ("call", "completed", 31),
        ("call", "completed", 29),
        ("meeting", "completed", 25),
        ("meeting", "completed", 12),
        ("meeting", "planned", 2),
        ("note", "completed", 1),
        ("meeting", "cancelled", -1),
        ("meeting", "planned", -3),
    ] {
        act(world, deal, (kind, status), days * DAY, json!({})).await;
    }
}

/// Tasks, of which two are overdue, and one more in two days.
async fn tasks(world: &World, deal: Uuid) {
    for (status, days) in [
        ("waiting", 5),
        ("completed", 4),
        ("cancelled", 3),
        ("planned", 2),
        ("planned", -2),
    ] {
        let due = json!({"due_at": world.now() - TimeDelta::days(days)});
        act(world, deal, ("task", status), days * DAY, due).await;
    }
}

#[tokio::test]
async fn what_was_done_and_is_to_be_done_is_counted_and_time_alone_changes_it() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (busy, quiet) = (deal(&world, json!({})).await, deal(&world, json!({})).await);
    world.pass(35 * DAY);
    mails(&world, busy).await;
    talks(&world, busy).await;
    tasks(&world, busy).await;
    let known = Known::load(&world.job().await).await;
    let now = world.now();

    // Days and hours are told by the logarithm of one more.
    say(
        &deal_at(&known, busy, now),
        &[
            (
                "days_since_meeting",
                Some(13.0_f64.ln()),
                "No meeting in the last 12 days.",
            ),
            (
                "days_since_mail",
                Some(7.0_f64.ln()),
                "The last mail, theirs or ours, was 6 days ago.",
            ),
            (
                "mails_per_week",
                Some(7.0 / 5.0),
                "7 mails to or from them in 35 days.",
            ),
            // Five of the mails, two meetings, a call.
            (
                "activities_last_30_days",
                Some(8.0),
                "8 talks by mail, phone or in person in the last 30 days.",
            ),
            ("next_meeting_planned", Some(1.0), "A meeting or call is planned."),
            ("overdue_tasks", Some(2.0), "2 tasks overdue."),
            // With one that they answered and one that they did not: 4 of 6.
            (
                "answered_share",
                Some(4.0 / 6.0),
                "They answered 3 of 4 mails, 75 %.",
            ),
            // The mean of ln 4, ln 9 and ln 6 is ln 6.
            (
                "reply_hours",
                Some(6.0_f64.ln()),
                "They answer mails within 5 hours.",
            ),
        ],
    );
    say(
        &deal_at(&known, quiet, now),
        &[
            ("days_since_meeting", None, "There has been no meeting."),
            ("days_since_mail", None, "There has been no mail."),
            ("mails_per_week", Some(0.0), "No mail to or from them in 35 days."),
            (
                "activities_last_30_days",
                Some(0.0),
                "No talk by mail, phone or in person in the last 30 days.",
            ),
            (
                "next_meeting_planned",
                Some(0.0),
                "No meeting or call is planned.",
            ),
            ("overdue_tasks", Some(0.0), "No task overdue."),
            ("answered_share", None, "No mail has been sent."),
            ("reply_hours", None, "They have not answered a mail."),
        ],
    );
    // Nobody has held the meeting, and the call is too long ago.
    say(
        &deal_at(&known, busy, now + TimeDelta::days(4)),
        &[
            (
                "days_since_meeting",
                Some(17.0_f64.ln()),
                "No meeting in the last 16 days.",
            ),
            (
                "mails_per_week",
                Some(49.0 / 39.0),
                "7 mails to or from them in 39 days.",
            ),
            (
                "activities_last_30_days",
                Some(7.0),
                "7 talks by mail, phone or in person in the last 30 days.",
            ),
            (
                "next_meeting_planned",
                Some(0.0),
                "No meeting or call is planned.",
            ),
            ("overdue_tasks", Some(3.0), "3 tasks overdue."),
        ],
    );
}
