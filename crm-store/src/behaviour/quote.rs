//! Quotes: totals that always follow from the lines.
//!
//! Money is whole minor units and quantities and percentages are exact decimals. A line is rounded once for each of its
//! amounts, half away from zero, as invoices are; the quote adds up what its lines show, and takes its own discount from
//! their sum, with the taxes in proportion.

use std::collections::HashMap;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    feed::{self, FeedEvent},
    records::{Action, Money, Value, Write},
};

const HUNDRED: Decimal = Decimal::ONE_HUNDRED;

/// What a line comes to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amounts {
    subtotal: i64,
    discount: i64,
    tax: i64,
}

/// Rounds to whole minor units; none when they do not fit.
fn whole(amount: Decimal) -> Option<i64> {
    amount
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
}

fn line(unit_price: i64, quantity: Decimal, discount: Decimal, tax: Decimal) -> Option<Amounts> {
    let subtotal = whole(quantity.checked_mul(unit_price.into())?)?;
    let discount = whole(Decimal::from(subtotal).checked_mul(discount)? / HUNDRED)?;
    let taxed = Decimal::from(subtotal.checked_sub(discount)?);
    let tax = whole(taxed.checked_mul(tax)? / HUNDRED)?;
    Some(Amounts {
        subtotal,
        discount,
        tax,
    })
}

/// The sums of a quote's lines.
#[derive(Debug, Clone, Copy, Default, FromRow)]
struct Sums {
    subtotal: i64,
    discount: i64,
    tax: i64,
}

/// A quote's totals: subtotal, discounts, taxes, total.
fn totals(sums: Sums, discount_percent: Decimal, shipping: i64) -> Option<[i64; 4]> {
    let net = sums.subtotal.checked_sub(sums.discount)?;
    let own = whole(Decimal::from(net).checked_mul(discount_percent)? / HUNDRED)?;
    let tax = whole(Decimal::from(sums.tax).checked_mul(HUNDRED - discount_percent)? / HUNDRED)?;
    let discounts = sums.discount.checked_add(own)?;
    let total = sums
        .subtotal
        .checked_sub(discounts)?
        .checked_add(tax)?
        .checked_add(shipping)?;
    Some([sums.subtotal, discounts, tax, total])
}

fn decimal(write: &Write, field: &str) -> Decimal {
    write.will_be(field).as_decimal().unwrap_or_default()
}

fn minor(value: &Value, currency: &str) -> i64 {
    value
        .as_money()
        .and_then(|money| money.minor(currency).ok())
        .unwrap_or_default()
}

/// What a quote takes from its deal: its id, account, contact, price book, currency and owner.
type Deal = (
    Uuid,
    Option<Uuid>,
    Option<Uuid>,
    Option<Uuid>,
    Option<String>,
    Option<Uuid>,
);

/// Gives new quotes what their opportunity says, and quotes whose discount or shipping changes their totals.
pub(super) async fn before(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
    let opportunities: Vec<Uuid> = writes
        .iter()
        .filter(|write| write.action == Action::Create)
        .filter_map(|write| write.draft.get("opportunity_id").and_then(Value::as_id))
        .collect();
    let deals: Vec<Deal> = sqlx::query_as(
        "SELECT id, account_id, contact_id, pricebook_id, currency, owner_id FROM opportunities WHERE id = ANY ($1)",
    )
    .bind(&opportunities)
    .fetch_all(tx.conn())
    .await?;
    let deals: HashMap<Uuid, Deal> = deals.into_iter().map(|deal| (deal.0, deal)).collect();
    let quotes: Vec<Uuid> = writes.iter().map(|write| write.id).collect();
    let sums = sums(tx, &quotes).await?;
    let home = tx.tenant().await?.currency;
    for write in writes {
        if write.action == Action::Create {
            let deal = write.draft.get("opportunity_id").and_then(Value::as_id);
            let deal = deal.and_then(|id| deals.get(&id));
            for (field, value) in [
                ("account_id", deal.and_then(|deal| deal.1)),
                ("contact_id", deal.and_then(|deal| deal.2)),
                ("pricebook_id", deal.and_then(|deal| deal.3)),
                ("owner_id", deal.and_then(|deal| deal.5)),
            ] {
                if write.draft.get(field).is_none() {
                    write.draft.set(field, value);
                }
            }
            // The engine has set the tenant's currency where amounts had none; nobody named that one.
            let named = write.draft.get("shipping").is_some()
                || write
                    .draft
                    .get("currency")
                    .and_then(Value::as_text)
                    .is_some_and(|code| code != home);
            if let (false, Some(code)) = (named, deal.and_then(|deal| deal.4.clone())) {
                write.draft.set("currency", code);
            }
        } else if !(write.changes("discount_percent") || write.changes("shipping")) {
            if write.changes("currency") && sums.contains_key(&write.id) {
                write
                    .draft
                    .refuse("currency", "cannot change while the quote has lines");
            }
            continue;
        }
        let currency = write.will_be("currency").as_text().unwrap_or(&home).to_owned();
        write.draft.set("currency", currency.clone());
        let sums = sums.get(&write.id).copied().unwrap_or_default();
        let shipping = minor(write.will_be("shipping"), &currency);
        match totals(sums, decimal(write, "discount_percent"), shipping) {
            Some([subtotal, discounts, taxes, total]) => {
                for (field, amount) in [
                    ("subtotal", subtotal),
                    ("discount_total", discounts),
                    ("tax_total", taxes),
                    ("total", total),
                ] {
                    write.draft.set(field, Money::from_minor(amount, &currency));
                }
            }
            None => write.draft.refuse("shipping", "makes a total that is too large"),
        }
    }
    Ok(())
}

async fn sums(tx: &mut TenantTx, quotes: &[Uuid]) -> Result<HashMap<Uuid, Sums>, StoreError> {
    let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT quote_id, sum(subtotal_minor)::bigint, sum(discount_total_minor)::bigint, sum(tax_total_minor)::bigint \
         FROM quote_lines WHERE quote_id = ANY ($1) AND deleted_at IS NULL GROUP BY 1",
    )
    .bind(quotes)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, subtotal, discount, tax)| {
            (
                id,
                Sums {
                    subtotal,
                    discount,
                    tax,
                },
            )
        })
        .collect())
}

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
pub(super) async fn before_lines(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
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

/// Brings the totals of the quotes up to date whose lines changed.
pub(super) async fn after_lines(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
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
    let heads: Vec<(Uuid, Option<Decimal>, Option<i64>)> = sqlx::query_as(
        "SELECT id, discount_percent, shipping_minor FROM quotes WHERE id = ANY ($1) ORDER BY id FOR UPDATE",
    )
    .bind(&quotes)
    .fetch_all(tx.conn())
    .await?;
    let mut rows: [Vec<i64>; 4] = Default::default();
    let mut ids = Vec::new();
    for (id, discount, shipping) in heads {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn lines_are_exact_and_rounded_once_for_each_amount() {
        // 3 × 19.99 = 59.97; 12.5 % of it 7.49625 → 7.50; 19 % of 52.47 = 9.9693 → 9.97.
        assert_eq!(
            line(1999, d("3"), d("12.5"), d("19")),
            Some(Amounts {
                subtotal: 5997,
                discount: 750,
                tax: 997
            })
        );
        // 0.3333 × 0.05 = 0.016665 → 0.02, where a binary fraction would show itself.
        assert_eq!(line(5, d("0.3333"), d("0"), d("0")).unwrap().subtotal, 2);
        assert_eq!(line(1, d("0.5"), d("0"), d("0")).unwrap().subtotal, 1);
        assert_eq!(line(i64::MAX, d("2"), d("0"), d("0")), None);
    }

    #[test]
    fn a_quote_takes_its_discount_from_the_sum_and_taxes_in_proportion() {
        let sums = Sums {
            subtotal: 10_000,
            discount: 1_000,
            tax: 1_710,
        };
        assert_eq!(totals(sums, d("10"), 500), Some([10_000, 1_900, 1_539, 10_139]));
        assert_eq!(totals(sums, d("0"), 0), Some([10_000, 1_000, 1_710, 10_710]));
    }
}
