//! What leads do: what they open, click, visit and send, the campaigns that they answer, and what they write.

use chrono::TimeDelta;
use crm_store::catalog::{CAMPAIGN, CAMPAIGN_MEMBER, ENGAGEMENT_EVENT, LEAD};
use serde_json::json;
use uuid::Uuid;

use super::{
    lead_at, say, world,
    wrote::{With, message},
};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;

/// How often a lead did each thing, or it was done to it, and how many days ago the last of them was; the others were 15 days
/// ago.
const DONE: [(&str, usize, i64); 10] = [
    ("form_submitted", 1, 13),
    ("content_downloaded", 2, 13),
    ("email_replied", 3, 13),
    ("email_clicked", 4, 13),
    ("email_opened", 5, 13),
    ("page_visited", 6, 13),
    ("event_attended", 7, 13),
    ("email_bounced", 8, 1),
    ("email_unsubscribed", 9, 1),
    ("email_sent", 10, 1),
];

async fn lead(world: &World, name: &str) -> Uuid {
    create(&world.admin, &LEAD, json!({"last_name": name})).await
}

async fn event(world: &World, lead: Uuid, kind: &str, days: i64) {
    let event = json!({"type": kind, "lead_id": lead, "occurred_at": world.now() - TimeDelta::days(days)});
    create(&world.admin, &ENGAGEMENT_EVENT, event).await;
}

/// Things are told by the logarithm of one more, so are days.
#[tokio::test]
async fn what_leads_did_is_counted_by_its_kind_and_what_is_recent_is_what_they_did_themselves() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (keen, quiet) = (lead(&world, "Spinner").await, lead(&world, "Carder").await);
    world.pass(30 * DAY);
    for (kind, often, last) in DONE {
        for nth in 1..=often {
            let days = if nth == often { last } else { 15 };
            event(&world, keen, kind, days).await;
        }
    }
    // It is known before that they will come.
    event(&world, keen, "event_attended", -1).await;
    let known = Known::load(&world.job().await).await;
    let now = world.now();

    say(
        &lead_at(&known, keen, now),
        &[
            ("forms", Some(2.0_f64.ln()), "1 form so far."),
            ("downloads", Some(3.0_f64.ln()), "2 downloads so far."),
            ("mails_answered", Some(4.0_f64.ln()), "3 answered mails so far."),
            ("mails_clicked", Some(5.0_f64.ln()), "4 clicked mails so far."),
            ("mails_opened", Some(6.0_f64.ln()), "5 opened mails so far."),
            ("pages", Some(7.0_f64.ln()), "6 page visits so far."),
            ("events_attended", Some(8.0_f64.ln()), "7 events so far."),
            ("mails_bounced", Some(9.0_f64.ln()), "8 bounced mails so far."),
            ("unsubscribed", Some(10.0_f64.ln()), "9 unsubscriptions so far."),
            // The last of each of the first seven.
            (
                "engagement_last_14_days",
                Some(8.0_f64.ln()),
                "They opened, clicked or visited 7 things in the last 14 days.",
            ),
            (
                "days_since_engagement",
                Some(14.0_f64.ln()),
                "They last opened, clicked or visited something 13 days ago.",
            ),
        ],
    );
    say(
        &lead_at(&known, keen, now + TimeDelta::days(2)),
        &[
            ("events_attended", Some(9.0_f64.ln()), "8 events so far."),
            (
                "engagement_last_14_days",
                Some(2.0_f64.ln()),
                "They opened, clicked or visited 1 thing in the last 14 days.",
            ),
            (
                "days_since_engagement",
                Some(2.0_f64.ln()),
                "They last opened, clicked or visited something 1 day ago.",
            ),
        ],
    );
    say(
        &lead_at(&known, quiet, now),
        &[
            ("forms", Some(0.0), "No form so far."),
            ("downloads", Some(0.0), "No download so far."),
            ("mails_answered", Some(0.0), "No answered mail so far."),
            ("mails_clicked", Some(0.0), "No clicked mail so far."),
            ("mails_opened", Some(0.0), "No opened mail so far."),
            ("pages", Some(0.0), "No page visit so far."),
            ("events_attended", Some(0.0), "No event so far."),
            ("mails_bounced", Some(0.0), "No bounced mail so far."),
            ("unsubscribed", Some(0.0), "No unsubscription so far."),
            (
                "engagement_last_14_days",
                Some(0.0),
                "They opened, clicked or visited no thing in the last 14 days.",
            ),
            (
                "days_since_engagement",
                None,
                "They have not opened, clicked or visited anything.",
            ),
        ],
    );
}

#[tokio::test]
async fn campaigns_count_for_who_answered_them_from_when_they_did() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (keen, quiet) = (lead(&world, "Spinner").await, lead(&world, "Carder").await);
    let mut members = Vec::new();
    for name in ["Fair", "Mailing", "Webinar"] {
        let campaign = create(&world.admin, &CAMPAIGN, json!({"name": name})).await;
        for lead in [keen, quiet] {
            let member = json!({"campaign_id": campaign, "lead_id": lead});
            members.push(create(&world.admin, &CAMPAIGN_MEMBER, member).await);
        }
    }
    // Of the first one, the fair and then the webinar.
    for member in [members[0], members[4]] {
        world.pass(DAY);
        let answer = json!({"has_responded": true, "first_responded_at": world.now()});
        update(&world.admin, &CAMPAIGN_MEMBER, member, answer).await;
    }
    let known = Known::load(&world.job().await).await;
    for (hours, answered, said) in [
        (36, 0.0, "No campaign answered."),
        (12, 1.0, "1 campaign answered."),
        (0, 2.0, "2 campaigns answered."),
    ] {
        let then = world.now() - TimeDelta::hours(hours);
        say(
            &lead_at(&known, keen, then),
            &[("campaigns_answered", Some(answered), said)],
        );
    }
    say(
        &lead_at(&known, quiet, world.now()),
        &[("campaigns_answered", Some(0.0), "No campaign answered.")],
    );
}

#[tokio::test]
async fn what_leads_wrote_is_counted_and_feels_as_it_was_understood_by_then() {
    let world = world("2026-01-05T09:00:00Z").await;
    let (keen, short) = (lead(&world, "Spinner").await, lead(&world, "Carder").await);
    let silent = lead(&world, "Dyer").await;
    world.pass(30 * DAY);
    let now = world.now();
    for (who, direction, hours, felt) in [
        (keen, "inbound", 120, "0.5"),
        (keen, "outbound", 60, "1"),
        (keen, "internal", 60, "1"),
        (keen, "inbound", 48, "-0.1"),
        (keen, "inbound", 12, "-1"),
        (short, "inbound", 12, "-1"),
        (silent, "outbound", 60, "1"),
    ] {
        let at = now - TimeDelta::hours(hours);
        message(&world, With::Lead(who), direction, at, felt).await;
    }
    let known = Known::load(&world.job().await).await;
    let expected = [
        // The mean, with one of no tone that nobody has written.
        (
            keen,
            -72,
            2.0_f64.ln(),
            Some(0.25),
            "1 message from them.",
            "+0.50",
        ),
        (
            keen,
            0,
            4.0_f64.ln(),
            Some(0.4 / 3.0),
            "3 messages from them.",
            "+0.20",
        ),
        (
            keen,
            24,
            4.0_f64.ln(),
            Some(-0.15),
            "3 messages from them.",
            "-0.20",
        ),
        (short, 0, 2.0_f64.ln(), None, "1 message from them.", ""),
        (silent, 0, 0.0, None, "No message from them.", ""),
    ];
    for (who, hours, number, tone, counted, felt) in expected {
        let felt = match tone {
            Some(_) => format!("What they write feels like {felt} from -1 to 1."),
            None => "They have written nothing that was understood.".to_owned(),
        };
        say(
            &lead_at(&known, who, now + TimeDelta::hours(hours)),
            &[
                ("messages", Some(number), counted),
                ("sentiment", tone, felt.as_str()),
            ],
        );
    }
}
