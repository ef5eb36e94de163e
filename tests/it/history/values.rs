//! What features tell, by the number: each is worked out by hand from what its sentence says, so that one that always says
//! the same fails here and not only where models are judged.

mod accounts;
mod cases;
mod closing;
mod customers;
mod doing;
mod engaged;
mod leads;
mod offers;
mod partners;
mod payments;
mod people;
mod records;
mod service;
mod talks;
mod tone;
mod turned;
mod usual;
mod way;
mod wrote;

use chrono::{DateTime, Utc};
use crm_predict::{
    Value,
    features::{ACCOUNT_FEATURES, DEAL_FEATURES, LEAD_FEATURES},
};
use crm_store::catalog::OPPORTUNITY;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Known, World, body, create, told, update};

const WON: &str = "Closed Won";
const LOST: &str = "Closed Lost";

/// The name of a feature, its value and what it says.
type Told = (&'static str, Value, String);

/// A tenant that counts in euros.
async fn world(start: &str) -> World {
    let world = World::new(start.parse().unwrap()).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    world
}

/// A body, and what else is said in it.
fn joined(mut said: Json, more: Json) -> Json {
    for (field, value) in body(more) {
        said[field] = value;
    }
    said
}

fn euros(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

/// A deal of no type, and what else is said of it.
async fn deal(world: &World, more: Json) -> Uuid {
    let deal = json!({"name": "Looms", "stage": "Qualification"});
    create(&world.admin, &OPPORTUNITY, joined(deal, more)).await
}

async fn close(world: &World, deal: Uuid, stage: &str) {
    let change = json!({"stage": stage, "closed_reason": "Told"});
    update(&world.admin, &OPPORTUNITY, deal, change).await;
}

/// A deal that is closed two days after it began.
async fn ended(world: &World, more: Json, stage: &str) -> Uuid {
    let deal = deal(world, more).await;
    world.pass(48);
    close(world, deal, stage).await;
    deal
}

/// What is told of a deal at a moment.
fn deal_at(known: &Known, deal: Uuid, at: DateTime<Utc>) -> Vec<Told> {
    told(&DEAL_FEATURES, &known.deal(deal).at(at), &known.usual.at(at))
}

/// What is told of a lead at a moment.
fn lead_at(known: &Known, lead: Uuid, at: DateTime<Utc>) -> Vec<Told> {
    let lead = known.leads.iter().find(|history| history.id() == lead).unwrap();
    told(&LEAD_FEATURES, &lead.at(at), &known.usual.at(at))
}

/// What is told of an account at a moment.
fn account_at(known: &Known, account: Uuid, at: DateTime<Utc>) -> Vec<Told> {
    let account = known.accounts.iter().find(|history| history.id() == account);
    told(&ACCOUNT_FEATURES, &account.unwrap().at(at), &known.usual.at(at))
}

/// Features have these numbers, or none where nothing is known, and say these sentences.
#[track_caller]
fn say(told: &[Told], expected: &[(&str, Option<f64>, &str)]) {
    for (name, number, sentence) in expected {
        let (_, value, said) = told.iter().find(|(known, ..)| known == name).unwrap();
        let fits = match (value, number) {
            (Value::Number(is), Some(number)) => (is - number).abs() < 1e-9,
            (Value::Missing, None) => true,
            _ => false,
        };
        assert!(fits, "{name} is {value:?}, not {number:?}: {said}");
        assert_eq!(said, sentence, "{name}");
    }
}
