//! What is taken off an offer: by its lines, by itself, and what of it was known when.

use crm_predict::{
    Value,
    features::{DEAL_FEATURES, Direction, Feature},
};
use crm_store::{
    catalog::{OPPORTUNITY, QUOTE, QUOTE_LINE},
    history::DealHistory,
};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update, value_of};

fn feature(name: &str) -> &'static Feature<crm_predict::features::Deals> {
    DEAL_FEATURES.iter().find(|feature| feature.name == name).unwrap()
}

/// A deal with a quote of one line, at list price; the deal and the quote.
async fn offered(world: &World, percent: &str) -> (Uuid, Uuid) {
    let deal = json!({"name": "Looms", "stage": "Qualification"});
    let deal = create(&world.admin, &OPPORTUNITY, deal).await;
    let quote =
        json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR", "discount_percent": percent});
    let quote = create(&world.admin, &QUOTE, quote).await;
    let line =
        json!({"quote_id": quote, "quantity": "3", "unit_price": {"amount": "100", "currency": "EUR"}});
    create(&world.admin, &QUOTE_LINE, line).await;
    (deal, quote)
}

fn discount(deal: &DealHistory, at: chrono::DateTime<chrono::Utc>) -> f64 {
    deal.at(at).quotes().next().unwrap().discount.unwrap()
}

fn near(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-12, "{left} is not {right}");
}

#[tokio::test]
async fn a_discount_on_the_quote_itself_counts_with_those_of_its_lines_as_it_was_on_the_day() {
    let world = World::new("2026-01-05T09:00:00Z".parse().unwrap()).await;
    let (deal, quote) = offered(&world, "20").await;
    let first = world.now();
    let known = Known::load(&world.admin).await;
    let usual = known.usual.at(first);
    let seen = known.deal(deal);
    near(discount(seen, first), 0.2);
    for (name, words) in [
        ("discount", "The latest quote takes 20 % off the list price."),
        (
            "deep_discount",
            "The latest quote goes down by 20 %, more than 15 %.",
        ),
    ] {
        let value = value_of(seen, first, &usual, name);
        let said = feature(name).sentence(&value, &seen.at(first), &usual, Direction::Down);
        assert_eq!(said, words);
    }
    assert_eq!(value_of(seen, first, &usual, "deep_discount"), Value::Number(1.0));
    let before = told(&DEAL_FEATURES, &seen.at(first), &usual);

    // A quarter off a second line of the same sum, on top of which the quote takes its own.
    world.pass(24);
    let line = json!({"quote_id": quote, "quantity": "3", "discount_percent": "25",
        "unit_price": {"amount": "100", "currency": "EUR"}});
    create(&world.admin, &QUOTE_LINE, line).await;
    let second = world.now();
    world.pass(24);
    update(&world.admin, &QUOTE, quote, json!({"discount_percent": "12.5"})).await;
    let third = world.now();
    world.pass(24);
    update(&world.admin, &QUOTE, quote, json!({"discount_percent": null})).await;
    let known = Known::load(&world.admin).await;
    let seen = known.deal(deal);
    for (at, share) in [
        (first, 0.2),
        (second, 1.0 - 0.875 * 0.8),
        (third, 1.0 - 0.875 * 0.875),
        (world.now(), 0.125),
    ] {
        near(discount(seen, at), share);
    }
    assert_eq!(told(&DEAL_FEATURES, &seen.at(first), &usual), before, "as it was");
}
