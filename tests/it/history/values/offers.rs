//! What is offered for a deal: how often, at which discount, and how deals with the same products ended.

use crm_store::catalog::{PRODUCT, QUOTE, QUOTE_LINE};
use serde_json::json;
use uuid::Uuid;

use super::{LOST, Told, WON, close, deal, deal_at, say, world};
use crate::history::{Known, World, create};

const NOTHING: &str = "Nothing has been offered yet.";

/// An offer that takes a part off the sum of its lines, in percent.
async fn offer(world: &World, deal: Uuid, percent: &str) -> Uuid {
    let quote =
        json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR", "discount_percent": percent});
    create(&world.admin, &QUOTE, quote).await
}

/// Of a product that costs a hundred: how many, and what is taken off, in percent.
async fn line(world: &World, quote: Uuid, product: Uuid, (quantity, percent): (&str, &str)) {
    let line = json!({"quote_id": quote, "product_id": product, "quantity": quantity,
        "discount_percent": percent, "unit_price": {"amount": "100", "currency": "EUR"}});
    create(&world.admin, &QUOTE_LINE, line).await;
}

/// A deal that ended two days after some products were offered, one after the other.
async fn sold(world: &World, products: &[Uuid], end: &str) {
    let deal = deal(world, json!({})).await;
    for product in products {
        world.pass(1);
        let quote = offer(world, deal, "0").await;
        line(world, quote, *product, ("1", "0")).await;
    }
    world.pass(48);
    close(world, deal, end).await;
}

/// A loom, a spindle and a wheel, and how deals with them ended: what was offered last counts.
async fn products(world: &World) -> [Uuid; 3] {
    let mut ids = [Uuid::nil(); 3];
    for (id, name) in ids.iter_mut().zip(["Loom", "Spindle", "Wheel"]) {
        *id = create(&world.admin, &PRODUCT, json!({"name": name})).await;
    }
    let [loom, spindle, _] = ids;
    for (offered, end) in [
        // What is to be expected is (won + 1) / (ended + 4) of those before: 3/4 above, 2/5 below, 2/3 above, 3/7 and 3/8 below.
        (vec![loom], WON),
        (vec![loom, spindle], LOST),
        (vec![loom], WON),
        (vec![spindle], LOST),
        (vec![spindle], LOST),
    ] {
        sold(world, &offered, end).await;
    }
    world.pass(1);
    ids
}

/// How many quotes there are, what the latest takes off and of how many products it is.
#[track_caller]
fn offers(
    told: &[Told],
    quotes: (f64, &str),
    discount: (f64, &str),
    deep: (f64, &str),
    products: (f64, &str),
) {
    say(
        told,
        &[
            ("quotes", Some(quotes.0), quotes.1),
            ("discount", Some(discount.0), discount.1),
            ("deep_discount", Some(deep.0), deep.1),
            ("products", Some(products.0), products.1),
        ],
    );
}

#[tokio::test]
async fn the_latest_offer_is_told_with_what_it_takes_off_and_how_deals_with_its_products_ended() {
    let world = world("2026-01-05T09:00:00Z").await;
    let [loom, spindle, wheel] = products(&world).await;
    let open = deal(&world, json!({})).await;
    let mut moments = vec![world.now()];
    world.pass(1);
    let first = offer(&world, open, "0").await;
    moments.push(world.now());
    world.pass(1);
    // The same product twice.
    line(&world, first, loom, ("1", "30")).await;
    line(&world, first, loom, ("1", "0")).await;
    moments.push(world.now());
    world.pass(1);
    let second = offer(&world, open, "12.5").await;
    line(&world, second, loom, ("3", "0")).await;
    line(&world, second, wheel, ("1", "16")).await;
    moments.push(world.now());
    world.pass(1);
    let third = offer(&world, open, "0").await;
    line(&world, third, spindle, ("1", "0")).await;
    moments.push(world.now());
    world.pass(1);
    let mut tx = world.admin.begin().await.unwrap();
    tx.records(&QUOTE).delete(third, None).await.unwrap();
    tx.commit().await.unwrap();
    moments.push(world.now());

    let known = Known::load(&world.job().await).await;
    let told: Vec<_> = moments.iter().map(|at| deal_at(&known, open, *at)).collect();
    let once = "1 quote so far.";
    for (at, quotes, products) in [
        (0, (0.0, "No quote so far."), (None, NOTHING)),
        (1, (1.0, once), (Some(0.0), "The latest quote has no product.")),
    ] {
        say(
            &told[at],
            &[
                ("quotes", Some(quotes.0), quotes.1),
                ("discount", None, NOTHING),
                ("deep_discount", None, NOTHING),
                ("products", products.0, products.1),
                ("products_record", None, "No product has been offered yet."),
            ],
        );
    }
    let shallow = (0.0, "The latest quote goes down by no more than 15 %.");
    offers(
        &told[2],
        (1.0, once),
        (0.15, "The latest quote takes 15 % off the list price."),
        shallow,
        (1.0, "The latest quote has 1 product."),
    );
    // A twenty-fifth by a line, and an eighth of what is left by the quote.
    for at in [3, 5] {
        offers(
            &told[at],
            (2.0, "2 quotes so far."),
            (0.16, "The latest quote takes 16 % off the list price."),
            (1.0, "The latest quote goes down by 16 %, more than 15 %."),
            (2.0, "The latest quote has 2 products."),
        );
    }
    offers(
        &told[4],
        (3.0, "3 quotes so far."),
        (0.0, "The latest quote takes 0 % off the list price."),
        shallow,
        (1.0, "The latest quote has 1 product."),
    );
    // Two of the loom say less than ten would: (3/4 + 2/3) / 10. Of the wheel there are none.
    for (at, record, won) in [
        (
            2,
            17.0 / 120.0,
            "14 percentage points more often than others (2 deals a product)",
        ),
        (
            3,
            17.0 / 240.0,
            "7 percentage points more often than others (1 deal a product)",
        ),
        (
            4,
            -337.0 / 3080.0,
            "11 percentage points less often than others (3 deals a product)",
        ),
    ] {
        let said = format!("Deals with what the latest quote offers are won {won}.");
        say(&told[at], &[("products_record", Some(record), said.as_str())]);
    }
}
