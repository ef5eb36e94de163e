//! Quotes and their lines.

use super::*;

async fn quote(world: &World, currency: &str) -> Record {
    let deal = world
        .create(
            &catalog::OPPORTUNITY,
            json!({"name": "Looms", "amount": {"amount": "1", "currency": currency}}),
        )
        .await;
    world
        .create(
            &catalog::QUOTE,
            json!({"name": "Offer", "opportunity_id": deal.id}),
        )
        .await
}

#[tokio::test]
async fn totals_follow_the_lines_exactly() {
    let world = World::new().await;
    let quote = quote(&world, "EUR").await;
    assert_eq!(quote.get("quote_number").to_json(), json!(1));
    let line = world
        .create(
            &catalog::QUOTE_LINE,
            json!({"quote_id": quote.id, "description": "Loom", "quantity": "3", "unit_price": {"amount": "19.99", "currency": "EUR"},
                   "discount_percent": "12.5", "tax_percent": "19"}),
        )
        .await;
    assert_eq!(
        (
            money(&line, "subtotal"),
            money(&line, "discount_total"),
            money(&line, "tax_total"),
            money(&line, "total")
        ),
        (json!("59.97"), json!("7.50"), json!("9.97"), json!("62.44"))
    );
    world
        .create(
            &catalog::QUOTE_LINE,
            json!({"quote_id": quote.id, "quantity": "0.3333", "unit_price": {"amount": "0.05", "currency": "EUR"}}),
        )
        .await;
    let sum = world.get(&quote).await;
    assert_eq!(money(&sum, "subtotal"), json!("59.99"));
    assert_eq!(money(&sum, "total"), json!("62.46"));

    // Ten percent off everything: the taxes shrink with it. Shipping is on top.
    let cheaper = world
        .update(
            &sum,
            json!({"discount_percent": "10", "shipping": {"amount": "5", "currency": "EUR"}}),
        )
        .await;
    assert_eq!(money(&cheaper, "discount_total"), json!("12.75"));
    assert_eq!(money(&cheaper, "tax_total"), json!("8.97"));
    assert_eq!(money(&cheaper, "total"), json!("61.21"));

    let mut tx = world.admin.begin().await.unwrap();
    tx.records(&catalog::QUOTE_LINE)
        .delete(line.id, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let less = world.get(&quote).await;
    assert_eq!(money(&less, "subtotal"), json!("0.02"));
    assert_eq!(money(&less, "total"), json!("5.02"));
}

#[tokio::test]
async fn prices_come_from_the_price_book_by_quantity() {
    let world = World::new().await;
    let product = world
        .create(&catalog::PRODUCT, json!({"name": "Seat", "code": "S"}))
        .await;
    let book = world
        .create(&catalog::PRICEBOOK, json!({"name": "EU", "currency": "EUR"}))
        .await;
    for (from, price) in [(1, "10.00"), (100, "8.00")] {
        world
            .create(
                &catalog::PRICEBOOK_ENTRY,
                json!({"pricebook_id": book.id, "product_id": product.id, "minimum_quantity": from,
                       "unit_price": {"amount": price, "currency": "EUR"}}),
            )
            .await;
    }
    let quote = quote(&world, "EUR").await;
    world.update(&quote, json!({"pricebook_id": book.id})).await;
    let few = world
        .create(
            &catalog::QUOTE_LINE,
            json!({"quote_id": quote.id, "product_id": product.id, "quantity": "99"}),
        )
        .await;
    let many = world
        .create(
            &catalog::QUOTE_LINE,
            json!({"quote_id": quote.id, "product_id": product.id, "quantity": "100"}),
        )
        .await;
    assert_eq!(
        (money(&few, "total"), money(&many, "total")),
        (json!("990.00"), json!("800.00"))
    );
    let error = try_create(
        &world.admin,
        &catalog::QUOTE_LINE,
        json!({"quote_id": quote.id, "quantity": "1"}),
    )
    .await
    .unwrap_err();
    assert!(words(&error).contains("/unit_price"), "{}", words(&error));
}

#[tokio::test]
async fn a_quote_is_in_its_deals_currency_and_yen_have_no_cents() {
    let world = World::new().await;
    let quote = quote(&world, "JPY").await;
    assert_eq!(quote.text("currency"), Some("JPY"));
    let line = world
        .create(
            &catalog::QUOTE_LINE,
            json!({"quote_id": quote.id, "quantity": "3", "unit_price": {"amount": "333", "currency": "JPY"}, "tax_percent": "10"}),
        )
        .await;
    assert_eq!(
        (money(&line, "subtotal"), money(&line, "tax_total")),
        (json!("999"), json!("100"))
    );
    let error = try_create(
        &world.admin,
        &catalog::QUOTE_LINE,
        json!({"quote_id": quote.id, "unit_price": {"amount": "3", "currency": "USD"}}),
    )
    .await
    .unwrap_err();
    assert!(words(&error).contains("the quote is in JPY"), "{}", words(&error));
}

#[tokio::test]
async fn the_lines_of_an_accepted_quote_do_not_change() {
    let world = World::new().await;
    let quote = quote(&world, "EUR").await;
    world.update(&quote, json!({"status": "accepted"})).await;
    let error = try_create(
        &world.admin,
        &catalog::QUOTE_LINE,
        json!({"quote_id": quote.id, "unit_price": {"amount": "3", "currency": "EUR"}}),
    )
    .await
    .unwrap_err();
    assert!(
        words(&error).contains("the quote is accepted"),
        "{}",
        words(&error)
    );
}
