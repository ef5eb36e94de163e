//! Quotes: totals that always follow from the lines.
//!
//! Money is whole minor units and quantities and percentages are exact decimals. A line is rounded once for each of its
//! amounts, half away from zero, as invoices are; the quote adds up what its lines show, and takes its own discount from
//! their sum, with the taxes in proportion.

mod lines;

pub(super) use lines::{after as after_lines, before as before_lines};

use std::collections::HashMap;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
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
