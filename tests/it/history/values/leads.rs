//! How a lead stands and since when, and how others ended that came from where it came.

use chrono::TimeDelta;
use crm_predict::Value;
use crm_store::{
    behaviour::convert::Conversion,
    catalog::{CAMPAIGN, LEAD},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Told, joined, lead_at, say, world};
use crate::history::{Known, World, create, update};

/// Hours.
const DAY: i64 = 24;

/// Features are these words, or none where nothing is known, and say these sentences.
#[track_caller]
fn call(told: &[Told], expected: &[(&str, Option<&str>, &str)]) {
    for (name, word, sentence) in expected {
        let (_, value, said) = told.iter().find(|(known, ..)| known == name).unwrap();
        assert_eq!((value, said.as_str()), (&Value::from(*word), *sentence), "{name}");
    }
}

#[tokio::test]
async fn how_a_lead_stands_and_since_when_is_told_as_it_was_on_the_day() {
    let world = world("2026-01-05T09:00:00Z").await;
    let spinner = json!({"last_name": "Spinner", "email": "spinner@gmail.com"});
    let spinner = create(&world.admin, &LEAD, spinner).await;
    let carder = create(&world.admin, &LEAD, json!({"last_name": "Carder"})).await;
    world.pass(2 * DAY);
    let fresh = world.now();
    world.pass(3 * DAY);
    let change = json!({"status": "working", "rating": "warm", "email": "spinner@loom.test"});
    update(&world.admin, &LEAD, spinner, change).await;
    world.pass(3 * DAY);
    let busy = world.now();
    world.pass(DAY);
    update(&world.admin, &LEAD, spinner, json!({"rating": "hot"})).await;
    world.pass(3 * DAY);
    let known = Known::load(&world.job().await).await;

    let at_first = lead_at(&known, spinner, fresh);
    call(
        &at_first,
        &[
            ("status", Some("new"), "It has been new for 2 days."),
            ("rating", None, "Nobody has rated it yet."),
        ],
    );
    // Days are told by the logarithm of one more.
    say(
        &at_first,
        &[
            ("age_days", Some(3.0_f64.ln()), "It came 2 days ago."),
            (
                "days_in_status",
                Some(3.0_f64.ln()),
                "Its status has not changed for 2 days.",
            ),
            ("company_mail", Some(0.0), "They write from a free address."),
        ],
    );
    call(
        &lead_at(&known, spinner, busy),
        &[
            ("status", Some("working"), "It has been working for 3 days."),
            ("rating", Some("warm"), "It was rated warm."),
        ],
    );
    let at_last = lead_at(&known, spinner, world.now());
    call(
        &at_last,
        &[
            ("status", Some("working"), "It has been working for 7 days."),
            ("rating", Some("hot"), "It was rated hot."),
        ],
    );
    say(
        &at_last,
        &[
            ("age_days", Some(13.0_f64.ln()), "It came 12 days ago."),
            (
                "days_in_status",
                Some(8.0_f64.ln()),
                "Its status has not changed for 7 days.",
            ),
            ("company_mail", Some(1.0), "They write from a company's address."),
        ],
    );
    say(
        &lead_at(&known, carder, world.now()),
        &[
            (
                "days_in_status",
                Some(13.0_f64.ln()),
                "Its status has not changed for 12 days.",
            ),
            ("company_mail", None, "There is no address to write to."),
        ],
    );
}

async fn lead(world: &World, name: &str, more: Json) -> Uuid {
    create(&world.admin, &LEAD, joined(json!({"last_name": name}), more)).await
}

async fn convert(world: &World, lead: Uuid) {
    let mut tx = world.admin.begin().await.unwrap();
    tx.convert_lead(lead, &Conversion::default(), None).await.unwrap();
    tx.commit().await.unwrap();
}

/// Three open leads, after four that came an hour apart: the first and the last of them were converted within 30 days, the
/// third after them, and the second never.
async fn came(world: &World) -> [Uuid; 3] {
    let fair = create(&world.admin, &CAMPAIGN, json!({"name": "Fair"})).await;
    let mut before = Vec::new();
    for (name, more) in [
        // 3/4 above the quarter, 2/5 below, 1/3 below, 5/7 above 2/7.
        (
            "Spinner",
            json!({"lead_source": "Trade fair", "campaign_id": fair, "industry": "Silk"}),
        ),
        ("Carder", json!({"lead_source": "trade fair", "industry": "Wool"})),
        (
            "Dyer",
            json!({"lead_source": "Website", "campaign_id": fair, "industry": "WOOL"}),
        ),
        ("Fuller", json!({"lead_source": "Trade fair", "industry": "Silk"})),
    ] {
        before.push(lead(world, name, more).await);
        world.pass(1);
    }
    world.pass(10 * DAY);
    convert(world, before[0]).await;
    world.pass(10 * DAY);
    convert(world, before[3]).await;
    // A source and a trade are the same however they are written.
    let asked = json!({"lead_source": "Trade Fair", "campaign_id": fair, "industry": "Wool"});
    let asked = lead(world, "Weaver", asked).await;
    let site = lead(world, "Sewer", json!({"lead_source": "Website"})).await;
    let bare = lead(world, "Tailor", json!({})).await;
    world.pass(15 * DAY);
    convert(world, before[2]).await;
    world.pass(5 * DAY);
    // Where it came from is what was said of it in its 30 days.
    update(
        &world.admin,
        &LEAD,
        before[1],
        json!({"lead_source": "Website", "industry": "Silk"}),
    )
    .await;
    world.pass(5 * DAY);
    [asked, site, bare]
}

/// What is to be expected of a lead is `(converted + 1) / (came + 4)` of those whose 30 days were over before its own, and a
/// record is what its leads came to above that, over how many they are and 8 more.
#[tokio::test]
async fn the_records_of_source_campaign_and_trade_are_those_of_the_first_30_days_once_these_are_over() {
    let world = world("2026-01-05T09:00:00Z").await;
    let start = world.now();
    let [asked, site, bare] = came(&world).await;
    let known = Known::load(&world.job().await).await;

    // One is converted, but nothing is known of the others of its days.
    say(
        &lead_at(&known, asked, start + TimeDelta::days(29)),
        &[
            (
                "source_record",
                Some(0.0),
                "Leads from Trade Fair are converted early about as often as others (no lead).",
            ),
            (
                "campaign_record",
                Some(0.0),
                "Leads of its campaign are converted early about as often as others (no lead).",
            ),
        ],
    );
    // The 30 days of the first one are over: 3/4 over 9.
    say(
        &lead_at(
            &known,
            asked,
            start + TimeDelta::days(30) + TimeDelta::minutes(30),
        ),
        &[
            (
                "source_record",
                Some(1.0 / 12.0),
                "Leads from Trade Fair are converted early 8 percentage points more often than others (1 lead).",
            ),
            (
                "campaign_record",
                Some(1.0 / 12.0),
                "Leads of its campaign are converted early 8 percentage points more often than others (1 lead).",
            ),
            (
                "industry_record",
                Some(0.0),
                "Leads in Wool are converted early about as often as others (no lead).",
            ),
        ],
    );
    let at_last = lead_at(&known, asked, world.now());
    call(
        &at_last,
        &[("source", Some("Trade Fair"), "It came from: Trade Fair.")],
    );
    // (3/4 - 2/5 + 5/7) / 11, (3/4 - 1/3) / 10 and (-2/5 - 1/3) / 10.
    say(
        &at_last,
        &[
            (
                "source_record",
                Some(149.0 / 1540.0),
                "Leads from Trade Fair are converted early 10 percentage points more often than others (3 leads).",
            ),
            (
                "campaign_record",
                Some(1.0 / 24.0),
                "Leads of its campaign are converted early 4 percentage points more often than others (2 leads).",
            ),
            (
                "industry_record",
                Some(-11.0 / 150.0),
                "Leads in Wool are converted early 7 percentage points less often than others (2 leads).",
            ),
        ],
    );
    say(
        &lead_at(&known, site, world.now()),
        &[
            (
                "source_record",
                Some(-1.0 / 27.0),
                "Leads from Website are converted early 4 percentage points less often than others (1 lead).",
            ),
            ("campaign_record", None, "It came from no campaign."),
            ("industry_record", None, "Its industry is not known."),
        ],
    );
    let from_nowhere = lead_at(&known, bare, world.now());
    let unsaid = "It is not said where it came from.";
    call(&from_nowhere, &[("source", None, unsaid)]);
    say(&from_nowhere, &[("source_record", None, unsaid)]);
}
