//! Offers: lines from the price list, a discount, totals that add up, and what a deal is worth by them.

use uuid::Uuid;

use super::{
    Deal, Kind,
    path::{NEGOTIATION, PROPOSAL},
};
use crate::demo::generate::{
    accounts::Account,
    calendar::{Moment, NOW, in_order},
    contacts::Contact,
    ctx::Ctx,
    dice::Dice,
    rows::{Change, Sink},
    world::Pricebook,
};

/// An offer.
#[derive(Debug, Clone)]
pub(in super::super) struct Quote {
    pub(in super::super) id: Uuid,
    pub(in super::super) external: String,
    pub(in super::super) created: Moment,
    pub(in super::super) discount: f64,
    pub(in super::super) lines: Vec<Line>,
}

/// A line of an offer, in minor units.
#[derive(Debug, Clone)]
pub(in super::super) struct Line {
    pub(in super::super) code: String,
    pub(in super::super) quantity: i64,
    pub(in super::super) price: i64,
    pub(in super::super) subtotal: i64,
    pub(in super::super) discount: i64,
}

impl Quote {
    /// What is to be paid, in minor units.
    pub(in super::super) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.subtotal - line.discount).sum()
    }
}

/// A price in minor units of a price list.
pub(in super::super) fn price(ctx: &Ctx<'_>, book: &Pricebook, code: &str) -> i64 {
    (ctx.price(code) * book.factor * 100.0).round() as i64
}

/// Makes the offers of a deal and says what it was worth over time.
pub(in super::super) fn quotes(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    deal: &mut Deal,
    account: &Account,
) -> Vec<Quote> {
    let Some(book) = ctx.world.pricebooks.get(account.pricebook) else {
        return Vec::new();
    };
    let wanted = lines(ctx, dice, deal, book);
    let reached = |stage| {
        deal.stages
            .iter()
            .find(|(_, at)| *at == stage)
            .map(|(moment, _)| *moment)
    };
    let (proposal, negotiation) = (reached(PROPOSAL), reached(NEGOTIATION));
    let mut quotes = Vec::new();
    let mut offer = |created: Moment, discount: f64, nth: usize| {
        let external = format!("{}-Q{nth}", deal.external);
        quotes.push(Quote {
            id: ctx.maker.id("quote", &external, created),
            external,
            created,
            discount,
            lines: discounted(&wanted, discount),
        });
    };
    // At first a round guess, then what the offer says.
    let list: i64 = wanted.iter().map(|line| line.subtotal).sum();
    let guess = (list as f64 * dice.real(0.8, 1.2) / 5000.0).round().max(1.0) as i64 * 5000;
    let early = if deal.causes.kind == Kind::Renewal {
        list
    } else {
        guess
    };
    let mut amounts = vec![(deal.created, early)];
    let soon = |dice: &mut Dice, since: Moment| {
        let later = since.plus_hours(dice.real(1.0, 30.0));
        if later < deal.end {
            later
        } else {
            deal.end.plus_hours(-1.0)
        }
    };
    if let Some(proposal) = proposal {
        let when = soon(dice, proposal);
        let first = if deal.causes.discount > 12.0 { 5.0 } else { 0.0 };
        offer(when, first, 1);
        amounts.push((when, total(&wanted, first)));
        if let (Some(negotiation), true) = (negotiation, deal.causes.discount > first) {
            let when = soon(dice, negotiation).max(when.plus_hours(3.0));
            offer(when, deal.causes.discount, 2);
            amounts.push((when, total(&wanted, deal.causes.discount)));
        }
    }
    in_order(&mut amounts);
    deal.amounts = amounts;
    quotes.retain(|quote| !quote.created.plus_hours(0.6).is_ahead());
    quotes
}

/// The plan or the add-ons, and what often goes along.
fn lines(ctx: &Ctx<'_>, dice: &mut Dice, deal: &Deal, book: &Pricebook) -> Vec<Line> {
    let mut wanted: Vec<(String, i64)> = Vec::new();
    if deal.causes.kind != Kind::CrossSell {
        wanted.push((deal.plan.clone(), deal.units));
    }
    for product in &ctx.world.products {
        let often = match deal.causes.kind {
            Kind::New => product.attach,
            Kind::CrossSell => product.attach * 1.6,
            Kind::Renewal | Kind::Upsell if product.family == "Service" => 0.0,
            Kind::Renewal | Kind::Upsell => product.attach * 0.6,
        };
        if dice.chance(often) {
            let many = product.unit.contains(&ctx.world.unit) || product.code.contains("SCAN");
            let quantity = if many {
                deal.units
            } else {
                dice.whole(1, 1 + deal.units / 8).min(12)
            };
            wanted.push((product.code.clone(), quantity));
        }
    }
    if wanted.is_empty() {
        let add_on = ctx
            .world
            .products
            .iter()
            .find(|product| product.family == "Add-on");
        wanted.extend(add_on.map(|product| (product.code.clone(), 1 + deal.units / 10)));
    }
    wanted
        .into_iter()
        .map(|(code, quantity)| {
            let price = price(ctx, book, &code);
            Line {
                subtotal: price * quantity,
                code,
                quantity,
                price,
                discount: 0,
            }
        })
        .collect()
}

fn discounted(lines: &[Line], percent: f64) -> Vec<Line> {
    lines
        .iter()
        .map(|line| Line {
            discount: (line.subtotal as f64 * percent / 100.0).round() as i64,
            ..line.clone()
        })
        .collect()
}

fn total(lines: &[Line], percent: f64) -> i64 {
    discounted(lines, percent)
        .iter()
        .map(|line| line.subtotal - line.discount)
        .sum()
}

/// Writes an offer with its lines.
pub(in super::super) fn write(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    quote: &Quote,
    deal: &Deal,
    account: &Account,
    contact: &Contact,
    last: bool,
) {
    let Some(book) = ctx.world.pricebooks.get(account.pricebook) else {
        return;
    };
    let expires = quote.created.day() + 30;
    let status = match (deal.is_closed(), last) {
        (true, true) if deal.won => "accepted",
        (true, true) | (_, false) => "rejected",
        _ if expires < 0 => "expired",
        _ => "presented",
    };
    let decided = match status {
        "accepted" | "rejected" if last => deal.end,
        _ => quote.created.plus_hours(2.0),
    };
    let decided = decided.min(NOW).max(quote.created.plus_hours(0.5));
    let subtotal: i64 = quote.lines.iter().map(|line| line.subtotal).sum();
    let off: i64 = quote.lines.iter().map(|line| line.discount).sum();
    let owner = ctx.user(deal.owner(quote.created));
    let row = ctx
        .maker
        .row(quote.id, &quote.external, quote.created, decided)
        .id("owner_id", owner)
        .set("name", format!("Offer {}", deal.name))
        .id("opportunity_id", deal.id)
        .id("account_id", account.id)
        .id("contact_id", contact.id)
        .id("pricebook_id", pricebook_id(ctx, book))
        .set("status", status)
        .date("expires_on", expires)
        .set("currency", book.currency.as_str())
        .set("subtotal", subtotal)
        .set("discount_total", off)
        .set("tax_total", 0)
        .set("total", subtotal - off)
        .set("payment_terms", "30 days net");
    sink.push("quote", row);
    let change = |old: &str, new: &str, at| Change {
        field: "status",
        old: old.into(),
        new: new.into(),
        at,
        actor: Some(owner),
    };
    ctx.maker.change(
        sink,
        "quote",
        quote.id,
        &change("draft", "presented", quote.created.plus_hours(0.4)),
    );
    if status != "presented" {
        ctx.maker
            .change(sink, "quote", quote.id, &change("presented", status, decided));
    }
    for (nth, line) in quote.lines.iter().enumerate() {
        let external = format!("{}-{}", quote.external, nth + 1);
        let product = ctx
            .world
            .products
            .iter()
            .find(|product| product.code == line.code);
        let row = ctx
            .maker
            .row(
                ctx.maker.id("quote_line", &external, quote.created),
                &external,
                quote.created,
                quote.created,
            )
            .id("quote_id", quote.id)
            .set("position", nth + 1)
            .id("product_id", product_id(ctx, &line.code))
            .some("description", product.map(|product| product.name.as_str()))
            .set("quantity", line.quantity)
            .set("unit_price", line.price)
            .set("currency", book.currency.as_str())
            .set("discount_percent", quote.discount)
            .set("tax_percent", 0)
            .set("subtotal", line.subtotal)
            .set("discount_total", line.discount)
            .set("tax_total", 0)
            .set("total", line.subtotal - line.discount);
        sink.push("quote_line", row);
    }
}

/// The id of a product by its code.
pub(in super::super) fn product_id(ctx: &Ctx<'_>, code: &str) -> Uuid {
    ctx.maker
        .id("product", code, crate::demo::generate::catalogue::SINCE)
}

/// The id of a price list.
pub(in super::super) fn pricebook_id(ctx: &Ctx<'_>, book: &Pricebook) -> Uuid {
    ctx.maker
        .id("pricebook", &book.code, crate::demo::generate::catalogue::SINCE)
}
