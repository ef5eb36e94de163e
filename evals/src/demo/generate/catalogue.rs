//! What does not change over the year: products and prices, rates, promises to customers, queues and who works them.

use serde_json::json;
use uuid::Uuid;

use super::{
    calendar::{FIRST_DAY, Moment},
    ctx::Ctx,
    deals::quotes::{price, pricebook_id, product_id},
    rows::{Row, Sink},
};

/// Since when all of it is there.
pub(super) const SINCE: Moment = Moment((FIRST_DAY - 400) * 24 * 60);

/// The id of a queue by its place.
pub(super) fn queue_id(ctx: &Ctx<'_>, at: usize) -> Uuid {
    ctx.maker.id("queue", &format!("Q{at}"), SINCE)
}

/// The id of the promise to large customers.
pub(super) fn premium_id(ctx: &Ctx<'_>) -> Uuid {
    ctx.maker.id("sla_policy", "premium", SINCE)
}

/// Writes all of it.
pub(super) fn write(ctx: &Ctx<'_>, sink: &mut Sink) {
    products(ctx, sink);
    service(ctx, sink);
    for quarter in 0..6 {
        let day = FIRST_DAY + quarter * 84;
        for rate in ctx.world.rates.iter().filter(|rate| rate.from == ctx.currency) {
            // Rates wander a little; the last one is the one of the texts.
            let drift = 1.0 + (5 - quarter) as f64 * 0.004;
            let external = format!("{}-{}", rate.to, quarter + 1);
            let row = since(ctx, "exchange_rate", &external)
                .set("currency", rate.to.as_str())
                // As text: the column is exact.
                .set("rate", format!("{:.6}", drift / rate.buys))
                .date("valid_from", day)
                .set("source", "quarterly table");
            sink.push("exchange_rate", row);
        }
    }
}

fn products(ctx: &Ctx<'_>, sink: &mut Sink) {
    for product in &ctx.world.products {
        let recurring = product.unit.contains("year");
        let row = since(ctx, "product", &product.code)
            .set("name", product.name.as_str())
            .set("code", product.code.as_str())
            .set("description", product.help.as_str())
            .set("family", product.family.as_str())
            .set("unit", product.unit.as_str())
            .set("is_recurring", recurring)
            .set("billing_period", if recurring { "yearly" } else { "once" });
        sink.push("product", row);
    }
    for (at, book) in ctx.world.pricebooks.iter().enumerate() {
        let row = since(ctx, "pricebook", &book.code)
            .set("name", book.name.as_str())
            .set("currency", book.currency.as_str())
            .set("region", book.region.as_str())
            .set("channel", book.channel.as_str())
            .set("is_standard", at == 0);
        sink.push("pricebook", row);
        for product in &ctx.world.products {
            let row = since(ctx, "pricebook_entry", &format!("{}-{}", book.code, product.code))
                .id("pricebook_id", pricebook_id(ctx, book))
                .id("product_id", product_id(ctx, &product.code))
                .set("unit_price", price(ctx, book, &product.code))
                .set("currency", book.currency.as_str());
            sink.push("pricebook_entry", row);
        }
    }
}

fn service(ctx: &Ctx<'_>, sink: &mut Sink) {
    let row = since(ctx, "sla_policy", "premium")
        .set("name", "Premium")
        .set(
            "description",
            "For enterprise customers: answers around the clock.",
        )
        .set(
            "targets",
            json!({
                "urgent": { "first_response": 30, "resolution": 240 },
                "high": { "first_response": 60, "resolution": 480 },
                "normal": { "first_response": 240, "resolution": 1440 },
                "low": { "first_response": 480, "resolution": 2880 },
            }),
        )
        .set("business_hours_only", false);
    sink.push("sla_policy", row);
    let support = ctx.team("support");
    for (at, queue) in ctx.world.queues.iter().enumerate() {
        let external = format!("Q{at}");
        let row = since(ctx, "queue", &external)
            .set("name", queue.name.as_str())
            .set("description", queue.description.as_str());
        sink.push("queue", row);
        // Everybody knows three or four queues; each queue has two or three people.
        for (nth, person) in support.iter().enumerate() {
            if (at + nth).is_multiple_of(2) && support.len() > 2 {
                continue;
            }
            let row = since(ctx, "queue_member", &format!("{external}-{nth}"))
                .id("queue_id", queue_id(ctx, at))
                .id("user_id", ctx.user(*person))
                .set("skills", json!(queue.skills))
                .set("capacity", 8 + nth);
            sink.push("queue_member", row);
        }
    }
}

/// A row that was there before the year began.
fn since(ctx: &Ctx<'_>, object: &str, external: &str) -> Row {
    let id = ctx.maker.id(object, external, SINCE);
    ctx.maker.row(id, external, SINCE, SINCE)
}
