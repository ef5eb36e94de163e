//! What is offered and how long the stages before took, against what was usual then.

use crm_predict::Value;
use crm_store::catalog::{OPPORTUNITY, PRODUCT, QUOTE, QUOTE_LINE};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update, value_of};

fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        other => panic!("{other:?} is no number"),
    }
}

/// A deal with a quote of one product; the line.
async fn offered(world: &World, product: Uuid) -> (Uuid, Uuid) {
    let deal = json!({"name": "Deal", "stage": "Qualification"});
    let deal = create(&world.admin, &OPPORTUNITY, deal).await;
    let quote = json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR"});
    let quote = create(&world.admin, &QUOTE, quote).await;
    let line = json!({"quote_id": quote, "product_id": product, "quantity": "1",
        "unit_price": {"amount": "100", "currency": "EUR"}});
    (deal, create(&world.admin, &QUOTE_LINE, line).await)
}

async fn stage(world: &World, deal: Uuid, stage: &str) {
    let change = json!({"stage": stage, "closed_reason": "Told"});
    update(&world.admin, &OPPORTUNITY, deal, change).await;
}

#[tokio::test]
async fn what_is_offered_counts_by_what_was_won_with_it_and_stages_by_what_they_take() {
    let world = World::new("2026-01-05T09:00:00Z".parse().unwrap()).await;
    let mut products = Vec::new();
    for name in ["Loom", "Spindle"] {
        products.push(create(&world.admin, &PRODUCT, json!({"name": name})).await);
    }
    let (loom, spindle) = (products[0], products[1]);
    for _ in 0..6 {
        for (product, end) in [(loom, "Closed Won"), (spindle, "Closed Lost")] {
            let (deal, _) = offered(&world, product).await;
            world.pass(48);
            stage(&world, deal, "Needs Analysis").await;
            world.pass(24);
            stage(&world, deal, end).await;
        }
    }
    let (good, line) = offered(&world, loom).await;
    let (bad, _) = offered(&world, spindle).await;
    let none = create(
        &world.admin,
        &OPPORTUNITY,
        json!({"name": "Nothing", "stage": "Qualification"}),
    )
    .await;
    world.pass(96);
    stage(&world, good, "Needs Analysis").await;
    world.pass(1);
    let then = world.now();
    let job = world.job().await;
    let known = Known::load(&job).await;
    let usual = known.usual.at(then);
    let mix = |deal: Uuid| value_of(known.deal(deal), then, &usual, "products_record");
    assert!(number(&mix(good)) > 0.1, "{:?}", mix(good));
    assert!(number(&mix(bad)) < -0.1, "{:?}", mix(bad));
    assert_eq!(mix(none), Value::Missing);
    let earlier = |deal: Uuid| value_of(known.deal(deal), then, &usual, "earlier_stages_against_usual");
    // Four days where two are usual: ln(5) - ln(3).
    assert!(
        (number(&earlier(good)) - (5.0_f64 / 3.0).ln()).abs() < 1e-6,
        "{:?}",
        earlier(good)
    );
    assert_eq!(earlier(bad), Value::Missing, "it has left no stage");
    let said = told(
        &crm_predict::features::DEAL_FEATURES,
        &known.deal(good).at(then),
        &usual,
    );
    let said = format!("{said:?}");
    for words in [
        "The stages before took it 4 days; 2 days are usual.",
        "percentage points more often than others (6 deals a product).",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    // Another product on the line counts from when it was put there.
    let was = mix(good);
    world.pass(24);
    update(&world.admin, &QUOTE_LINE, line, json!({"product_id": spindle})).await;
    let known = Known::load(&job).await;
    let then_again = value_of(known.deal(good), then, &usual, "products_record");
    assert_eq!(then_again, was, "as of a moment before the change");
    let now = value_of(known.deal(good), world.now(), &usual, "products_record");
    assert!(number(&now) < -0.1, "{now:?}");
}
