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
