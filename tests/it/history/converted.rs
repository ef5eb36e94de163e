//! What a conversion gives to accounts and deals: from when it counts, and over which time.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{ACCOUNT_FEATURES, DEAL_FEATURES},
};
use crm_store::{
    behaviour::convert::{Conversion, Converted},
    catalog::{ACCOUNT, ACTIVITY, CONTACT, LEAD, OPPORTUNITY},
    records::Draft,
};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told};

async fn world() -> World {
    World::new("2026-02-02T09:00:00Z".parse().unwrap()).await
}

/// A lead writes, and it is felt how at once.
async fn writes(world: &World, lead: Uuid, felt: &str) {
    sqlx::query(
        "WITH begun AS (INSERT INTO conversations (tenant_id, id, channel, status, message_count, created_at, updated_at) \
             VALUES ($1, $2, 'email', 'open', 1, $3, $3)) \
         INSERT INTO messages (tenant_id, id, conversation_id, direction, author_kind, body, created_at, lead_id, \
             sentiment, processed_at) VALUES ($1, $4, $2, 'inbound', 'visitor', 'Hm.', $3, $5, $6::numeric, $3)",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(world.now())
    .bind(Uuid::now_v7())
    .bind(lead)
    .bind(felt)
    .execute(&world.owner)
    .await
    .unwrap();
}

async fn met(world: &World, with: (&str, Uuid), at: DateTime<Utc>) {
    let meeting = json!({"type": "meeting", "subject": "Looms", "status": "completed", "occurred_at": at, "completed_at": at,
        with.0: with.1});
    create(&world.admin, &ACTIVITY, meeting).await;
}

async fn convert(world: &World, lead: Uuid, how: &Conversion) -> Converted {
    let mut tx = world.admin.begin().await.unwrap();
    let became = tx.convert_lead(lead, how, None).await.unwrap();
    tx.commit().await.unwrap();
    became
}

/// A feature of a deal at a moment: its value, what it says, and how many records it rests on.
async fn said(world: &World, deal: Uuid, at: DateTime<Utc>, name: &str) -> (Value, String, usize) {
    let known = Known::load(&world.job().await).await;
    let (usual, deal) = (known.usual.at(at), known.deal(deal).at(at));
    let feature = DEAL_FEATURES.iter().find(|feature| feature.name == name).unwrap();
    let value = feature.value(&deal, &usual);
    let words = feature.sentence(&value, &deal, &usual, crm_predict::features::Direction::Up);
    (value, words, feature.evidence(&deal).len())
}

#[tokio::test]
async fn what_a_lead_wrote_and_did_counts_for_a_customer_from_the_conversion_on() {
    let world = world().await;
    let admin = &world.admin;
    let customer = create(admin, &ACCOUNT, json!({"name": "Loom", "type": "customer"})).await;
    let weaver = create(
        admin,
        &CONTACT,
        json!({"last_name": "Weaver", "account_id": customer}),
    )
    .await;
    let deal = json!({"name": "More looms", "stage": "Qualification", "account_id": customer});
    let deal = create(admin, &OPPORTUNITY, deal).await;
    let mut leads = Vec::new();
    for name in ["Spinner", "Carder"] {
        let lead = create(admin, &LEAD, json!({"last_name": name})).await;
        writes(&world, lead, "-0.9").await;
        met(&world, ("lead_id", lead), world.now()).await;
        leads.push(lead);
    }
    world.pass(24);
    let february = world.now();
    let as_of = async |at: DateTime<Utc>| {
        let known = Known::load(&world.job().await).await;
        let usual = known.usual.at(at);
        let account = known
            .accounts
            .iter()
            .find(|account| account.id() == customer)
            .unwrap();
        (
            told(&DEAL_FEATURES, &known.deal(deal).at(at), &usual),
            told(&ACCOUNT_FEATURES, &account.at(at), &usual),
        )
    };
    let before = as_of(february).await;
    world.pass(30 * 24);
    let mut felt = Value::Missing;
    // One becomes somebody new there, the other somebody who is known.
    for (lead, contact_id) in [(leads[0], None), (leads[1], Some(weaver))] {
        let how = Conversion {
            account_id: Some(customer),
            contact_id,
            ..Conversion::default()
        };
        convert(&world, lead, &how).await;
        assert_eq!(as_of(february).await, before);
        let last = world.now() - TimeDelta::minutes(1);
        let (was, ..) = said(&world, deal, last, "sentiment").await;
        let (is, ..) = said(&world, deal, world.now(), "sentiment").await;
        assert_eq!(was, felt);
        assert_ne!(is, was, "from now on it counts");
        felt = is;
        world.pass(1);
    }
    let after = as_of(world.now()).await;
    let quiet = after
        .1
        .iter()
        .find(|(name, ..)| *name == "days_since_activity")
        .unwrap();
    assert_ne!(quiet.1, Value::Missing, "{}", quiet.2);

    // Whoever came with the conversion was nobody's before, also when the lead is forgotten.
    sqlx::query("DELETE FROM leads WHERE id = $1")
        .bind(leads[0])
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(as_of(february).await.0, before.0);
}

#[tokio::test]
async fn what_was_done_with_a_lead_counts_over_the_time_in_which_it_was_done() {
    let world = world().await;
    let lead = create(&world.admin, &LEAD, json!({"last_name": "Spinner"})).await;
    for _ in 0..8 {
        met(&world, ("lead_id", lead), world.now()).await;
        world.pass(4 * 24);
    }
    world.pass(6 * 24);
    let how = Conversion {
        opportunity: Some(Draft::new(&OPPORTUNITY).with("stage", "Qualification")),
        ..Conversion::default()
    };
    let deal = convert(&world, lead, &how).await.opportunity.unwrap().id;
    world.pass(2 * 24);
    let (pace, words, records) = said(&world, deal, world.now(), "meetings_per_week").await;
    assert_eq!((words.as_str(), records), ("8 meetings in 40 days.", 8));
    assert!(
        matches!(pace, Value::Number(pace) if (pace - 1.4).abs() < 1e-9),
        "{pace:?}"
    );
    // The first meeting says since when, and whoever reads the number has to see it.
    assert_eq!(
        said(&world, deal, world.now(), "calls_per_week").await,
        (Value::Number(0.0), "No call in 40 days.".to_owned(), 1)
    );
    // What came later does not change it.
    let then = world.now();
    world.pass(24);
    met(&world, ("opportunity_id", deal), world.now()).await;
    assert_eq!(
        said(&world, deal, then, "meetings_per_week").await,
        (pace, words, records)
    );
}

#[tokio::test]
async fn what_was_done_before_a_deal_came_along_counts_and_made_up_days_do_not() {
    let world = world().await;
    let deal = json!({"name": "Looms", "stage": "Qualification"});
    let deal = create(&world.admin, &OPPORTUNITY, deal).await;
    let imported = world.now();
    for at in [
        DateTime::UNIX_EPOCH,
        imported - TimeDelta::days(68),
        imported - TimeDelta::days(9),
    ] {
        met(&world, ("opportunity_id", deal), at).await;
    }
    world.pass(2 * 24);
    let (pace, words, records) = said(&world, deal, world.now(), "meetings_per_week").await;
    assert_eq!((words.as_str(), records), ("2 meetings in 70 days.", 2));
    assert!(
        matches!(pace, Value::Number(pace) if (pace - 0.2).abs() < 1e-9),
        "{pace:?}"
    );

    // Where nothing was done before it began, its own days count.
    let other = json!({"name": "Spindles", "stage": "Qualification"});
    let other = create(&world.admin, &OPPORTUNITY, other).await;
    world.pass(7 * 24);
    met(&world, ("opportunity_id", other), world.now()).await;
    world.pass(7 * 24);
    let (pace, words, records) = said(&world, other, world.now(), "meetings_per_week").await;
    assert_eq!((words.as_str(), records), ("1 meeting in 14 days.", 1));
    assert!(
        matches!(pace, Value::Number(pace) if (pace - 0.5).abs() < 1e-9),
        "{pace:?}"
    );
}
