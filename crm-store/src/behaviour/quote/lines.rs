//! The lines of quotes: what each costs, and what all of them come to.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Amounts, decimal, line, sums, totals};
use crate::{
    StoreError, TenantTx,
    feed::{self, FeedEvent},
    models::ModelKind,
    records::{Action, Money, Value, Write},
    scores,
};

/// A quote as its lines need it.
#[derive(Debug, FromRow)]
struct Head {
    id: Uuid,
    currency: Option<String>,
    pricebook_id: Option<Uuid>,
    status: String,
}

/// A price of a product.
#[derive(Debug, FromRow)]
struct Price {
    id: Uuid,
    pricebook_id: Uuid,
    product_id: Uuid,
    unit_price_minor: i64,
    currency: String,
    minimum_quantity: i32,
}

/// Prices lines and computes what they come to.
pub(in crate::behaviour) async fn before(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
    let ids = |field: &str| -> Vec<Uuid> { writes.iter().filter_map(|w| w.will_be(field).as_id()).collect() };
    let heads: Vec<Head> = sqlx::query_as(
        "SELECT id, currency, pricebook_id, status FROM quotes WHERE id = ANY ($1) FOR UPDATE",
    )
    .bind(ids("quote_id"))
    .fetch_all(tx.conn())
    .await?;
    let books: Vec<Uuid> = heads.iter().filter_map(|head| head.pricebook_id).collect();
    let prices: Vec<Price> = sqlx::query_as(
        "SELECT id, pricebook_id, product_id, unit_price_minor, currency, minimum_quantity FROM pricebook_entries \
         WHERE deleted_at IS NULL AND is_active AND (id = ANY ($1) OR (pricebook_id = ANY ($2) AND product_id = ANY ($3))) \
         ORDER BY minimum_quantity DESC, id",
    )
    .bind(ids("pricebook_entry_id"))
    .bind(books)
    .bind(ids("product_id"))
    .fetch_all(tx.conn())
    .await?;
    let home = tx.tenant().await?.currency;
    for write in writes {
        let head = write.will_be("quote_id").as_id();
        let Some(head) = head.and_then(|id| heads.iter().find(|head| head.id == id)) else {
            write.draft.refuse("quote_id", "there is no such quote");
            continue;
        };
        if matches!(head.status.as_str(), "accepted" | "rejected" | "expired") {
            write.draft.refuse(
                "quote_id",
                format!("the quote is {}; its lines do not change", head.status),
            );
            continue;
        }
        let currency = head.currency.clone().unwrap_or_else(|| home.clone());
        price(write, head, &prices, &currency, &home);
        compute(write, &currency);
    }
    Ok(())
}

/// The price of a line: its own, else that of the price book for the product and the quantity.
fn price(write: &mut Write, head: &Head, prices: &[Price], currency: &str, home: &str) {
    let own = write.draft.get("unit_price").cloned();
    if let Some(Value::Money(money)) = &own {
        // An amount that names no currency comes here in the tenant's; a line has its quote's.
        let foreign = money
            .currency
            .as_deref()
            .is_some_and(|code| code != currency && code != home);
        let amount = money.amount;
        if foreign {
            write
                .draft
                .refuse("unit_price", format!("the quote is in {currency}"));
        }
        write.draft.set("unit_price", Money::new(amount, currency));
    } else if own.is_none() {
        let quantity = decimal(write, "quantity");
        let (entry, product) = (
            write.will_be("pricebook_entry_id").as_id(),
            write.will_be("product_id").as_id(),
        );
        let chosen = prices.iter().find(|price| match entry {
            Some(entry) => price.id == entry,
            None => {
                Some(price.pricebook_id) == head.pricebook_id
                    && Some(price.product_id) == product
                    && Decimal::from(price.minimum_quantity) <= quantity
            }
        });
        let reprice = write.action == Action::Create
            || ["pricebook_entry_id", "product_id"]
                .iter()
                .any(|field| write.changes(field));
        match chosen {
            Some(price) if reprice && price.currency != currency => {
                write.draft.refuse(
                    "pricebook_entry_id",
                    format!("is in {}, the quote in {currency}", price.currency),
                );
            }
            Some(price) if reprice => {
                write
                    .draft
                    .set("unit_price", Money::from_minor(price.unit_price_minor, currency));
                write.draft.set("pricebook_entry_id", price.id);
                write.draft.set("product_id", price.product_id);
            }
            None if write.action == Action::Create => {
                write.draft.refuse(
                    "unit_price",
                    "is required: the quote's price book has no price for this",
                );
            }
            _ => {}
        }
    }
    write.draft.set("currency", currency);
}

fn compute(write: &mut Write, currency: &str) {
    let unit_price = write.will_be("unit_price").as_money().cloned();
    let unit_price = match unit_price.map(|money| money.minor(currency)) {
        None => 0,
        Some(Ok(minor)) => minor,
        Some(Err(message)) => return write.draft.refuse("unit_price", message),
    };
    let amounts = line(
        unit_price,
        decimal(write, "quantity"),
        decimal(write, "discount_percent"),
        decimal(write, "tax_percent"),
    );
    let Some(Amounts {
        subtotal,
        discount,
        tax,
    }) = amounts
    else {
        return write
            .draft
            .refuse("quantity", "makes an amount that is too large");
    };
    for (field, amount) in [
        ("subtotal", subtotal),
        ("discount_total", discount),
        ("tax_total", tax),
        ("total", subtotal.saturating_sub(discount).saturating_add(tax)),
    ] {
        write.draft.set(field, Money::from_minor(amount, currency));
    }
}

/// Brings the totals of the quotes up to date whose lines changed, and has their deals scored: what is offered for them, and
/// at which discount, moves their scores.
pub(in crate::behaviour) async fn after(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
    let mut quotes: Vec<Uuid> = writes
        .iter()
        .filter(|write| write.after.is_some())
        .flat_map(|write| [write.after.as_ref(), write.before.as_ref()])
        .flatten()
        .filter_map(|record| record.reference("quote_id"))
        .collect();
    quotes.sort_unstable();
    quotes.dedup();
    if quotes.is_empty() {
        return Ok(());
    }
    let sums = sums(tx, &quotes).await?;
    let heads: Vec<(Uuid, Uuid, Option<Decimal>, Option<i64>)> = sqlx::query_as(
        "SELECT id, opportunity_id, discount_percent, shipping_minor FROM quotes WHERE id = ANY ($1) ORDER BY id FOR UPDATE",
    )
    .bind(&quotes)
    .fetch_all(tx.conn())
    .await?;
    let deals: BTreeSet<Uuid> = heads.iter().map(|(_, deal, ..)| *deal).collect();
    scores::moved_by(tx, ModelKind::Win, &Vec::from_iter(deals)).await?;
    let mut rows: [Vec<i64>; 4] = Default::default();
    let mut ids = Vec::new();
    for (id, _, discount, shipping) in heads {
        let sums = sums.get(&id).copied().unwrap_or_default();
        let amounts = totals(sums, discount.unwrap_or_default(), shipping.unwrap_or_default())
            .ok_or_else(|| StoreError::invalid("quantity", "makes a total that is too large"))?;
        ids.push(id);
        for (row, amount) in rows.iter_mut().zip(amounts) {
            row.push(amount);
        }
    }
    let now = tx.now();
    let [subtotals, discounts, taxes, all] = rows;
    let changed: Vec<(Uuid, i64)> = sqlx::query_as(
        "UPDATE quotes q SET subtotal_minor = n.subtotal, discount_total_minor = n.discount, tax_total_minor = n.tax, \
             total_minor = n.total, version = version + 1, updated_at = $6 \
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) n (id, subtotal, discount, tax, total) \
         WHERE q.id = n.id AND (q.subtotal_minor, q.discount_total_minor, q.tax_total_minor, q.total_minor) \
             IS DISTINCT FROM (n.subtotal, n.discount, n.tax, n.total) RETURNING q.id, q.version",
    )
    .bind(ids)
    .bind(subtotals)
    .bind(discounts)
    .bind(taxes)
    .bind(all)
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    let fields = ["subtotal", "discount_total", "tax_total", "total"];
    let audited: Vec<Option<Uuid>> = changed.iter().map(|(id, _)| Some(*id)).collect();
    tx.audit()
        .record_all("recalculate", "quote", &audited, &fields)
        .await?;
    let events: Vec<FeedEvent> = changed
        .iter()
        .map(|(id, version)| FeedEvent {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            version: Some(*version),
            ..FeedEvent::new("quote", "updated", *id)
        })
        .collect();
    feed::publish(tx, &events).await
}
