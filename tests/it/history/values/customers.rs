//! What is told of customers, of deals with them, and of who may become one.

use chrono::TimeDelta;
use crm_store::catalog::{ACCOUNT, CONTACT, CONTRACT, LEAD};
use serde_json::json;
use uuid::Uuid;

use super::{
    LOST, WON, account_at, deal, deal_at, ended, lead_at, say, world,
    wrote::{With, heard},
};
use crate::history::{Known, World, create, update};

/// Contracts from today on: one that goes on by itself, one that ends before it, and one that nobody has signed.
async fn contracts(world: &World, account: Uuid) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for (status, days, renews) in [
        ("activated", 200, true),
        ("activated", 45, false),
        ("draft", 10, true),
    ] {
        let end = (world.now() + TimeDelta::days(days)).date_naive();
        let agreed = json!({"account_id": account, "name": "Care", "status": status, "auto_renew": renews,
            "start_date": world.now().date_naive(), "end_date": end});
        ids.push(create(&world.admin, &CONTRACT, agreed).await);
    }
    ids
}

#[tokio::test]
async fn contracts_deals_and_tone_of_a_customer_are_told_as_they_were_on_the_day() {
    let world = world("2025-01-06T09:00:00Z").await;
    let admin = &world.admin;
    let loom = create(admin, &ACCOUNT, json!({"name": "Loom", "type": "customer"})).await;
    let other = create(admin, &ACCOUNT, json!({"name": "Spindle"})).await;
    let weaver = json!({"last_name": "Weaver", "account_id": loom});
    let weaver = create(admin, &CONTACT, weaver).await;
    let with = |account: Uuid| json!({"account_id": account});
    let before = ended(&world, with(loom), LOST).await;
    let open = deal(&world, with(loom)).await;
    let early = world.now();
    for (account, end) in [(loom, WON), (loom, LOST), (other, LOST)] {
        ended(&world, with(account), end).await;
    }
    world.pass(24 * 400);
    // The mean of each time, with one of no tone that nobody has written: 0.9 / 3 after -0.4 / 2. Older is too old.
    for (direction, days, felt) in [
        ("inbound", 370, "-0.9"),
        ("inbound", 100, "-0.4"),
        ("inbound", 80, "0.3"),
        ("inbound", 10, "0.6"),
        ("outbound", 5, "1"),
    ] {
        let at = world.now() - TimeDelta::days(days);
        heard(&world, With::Contact(weaver), (direction, felt), at, at).await;
    }
    let agreed = contracts(&world, loom).await;
    let now = world.now();
    world.pass(24);
    let longer = json!({"end_date": (now + TimeDelta::days(300)).date_naive()});
    update(admin, &CONTRACT, agreed[1], longer).await;
    let later = world.now();
    let known = Known::load(&world.job().await).await;

    let better = "What they write feels better than before, by 0.85.";
    let unseen = "Too little was written to see a trend.";
    let once = ("earlier_lost", Some(1.0), "1 deal lost with them before.");
    let twice = ("earlier_lost", Some(2.0), "2 deals lost with them before.");
    say(
        &deal_at(&known, open, early),
        &[once, ("sentiment_trend", None, unseen)],
    );
    say(
        &deal_at(&known, open, now),
        &[twice, ("sentiment_trend", Some(0.5), better)],
    );
    // It was not lost before itself.
    say(&deal_at(&known, before, now), &[once]);
    // Deals are told by the logarithm of one more.
    let none = (
        "It has no running contract with an end.",
        "It has no running contract.",
    );
    say(
        &account_at(&known, loom, early),
        &[
            ("contract_days_left", None, none.0),
            ("contract_renews", None, none.1),
            ("deals_won", Some(0.0), "No deal won with them."),
            ("deals_lost", Some(2.0_f64.ln()), "1 deal lost with them."),
        ],
    );
    // The contract that ends next says whether it goes on by itself.
    say(
        &account_at(&known, loom, now),
        &[
            ("contract_days_left", Some(45.0), "Its contract ends in 45 days."),
            (
                "contract_renews",
                Some(0.0),
                "Its contract does not go on by itself.",
            ),
            ("deals_won", Some(2.0_f64.ln()), "1 deal won with them."),
            ("deals_lost", Some(3.0_f64.ln()), "2 deals lost with them."),
            ("sentiment_trend", Some(0.5), better),
        ],
    );
    say(
        &account_at(&known, loom, later),
        &[
            (
                "contract_days_left",
                Some(199.0),
                "Its contract ends in 199 days.",
            ),
            ("contract_renews", Some(1.0), "Its contract goes on by itself."),
        ],
    );
}

#[tokio::test]
async fn what_is_known_of_a_lead_is_counted_from_when_it_was_said() {
    let world = world("2026-01-05T09:00:00Z").await;
    let full = json!({"last_name": "Spinner", "company": "Loom", "phone": "+44 20 7946 0991",
        "email": "spinner@loom.test", "industry": "Wool", "number_of_employees": 120,
        "product_interest": "Looms"});
    let full = create(&world.admin, &LEAD, full).await;
    let bare = json!({"last_name": "Carder", "email": "carder@gmail.com"});
    let bare = create(&world.admin, &LEAD, bare).await;
    world.pass(24);
    let early = world.now();
    world.pass(24);
    let more = json!({"company": "Carders", "product_interest": "Spindles"});
    update(&world.admin, &LEAD, bare, more).await;
    let known = Known::load(&world.job().await).await;

    let (wanted, unknown) = (
        "It is known what they are interested in.",
        "It is not known what they are interested in.",
    );
    let facts = |of: &str| format!("{of} of 6 are known: company, phone, mail, industry, size, interest.");
    say(
        &lead_at(&known, full, early),
        &[
            ("employees", Some(121.0_f64.ln()), "120 people work there."),
            ("facts_given", Some(6.0), facts("6").as_str()),
            ("interest_given", Some(1.0), wanted),
        ],
    );
    say(
        &lead_at(&known, bare, early),
        &[
            ("employees", None, "Its size is not known."),
            ("facts_given", Some(1.0), facts("1").as_str()),
            ("interest_given", Some(0.0), unknown),
        ],
    );
    say(
        &lead_at(&known, bare, world.now()),
        &[
            ("facts_given", Some(3.0), facts("3").as_str()),
            ("interest_given", Some(1.0), wanted),
        ],
    );
}
