//! What a deal is worth, and what is offered for it.

use crm_store::history::{DealAt, QuoteAt};
use uuid::Uuid;

use crate::{
    ColumnKind, Value,
    features::{
        Usual,
        feature::{Deals, Feature, Lever},
        usual::Of,
        words::{against, capital, count, mean, more_often, number, percent, some},
    },
};

fn itself(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    vec![("opportunity", deal.id())]
}

fn latest<'h>(deal: &DealAt<'h>) -> Option<QuoteAt<'h>> {
    deal.quotes().last()
}

fn offers(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    let mut offers: Vec<_> = deal.quotes().map(|quote| ("quote", quote.id)).collect();
    offers.reverse();
    offers
}

/// By which share deals that offered the same products were won more often than was to be expected, and how many they were,
/// on average over the products of the latest quote; none without one.
fn mix(deal: &DealAt<'_>, usual: &Usual) -> Option<(f64, f64)> {
    let records: Vec<(f64, f64)> = deal
        .offered()
        .iter()
        .map(|product| usual.deal_record(Of::Product, &product.to_string()))
        .collect();
    let mean_of = |of: fn(&(f64, f64)) -> f64| mean(&records.iter().map(of).collect::<Vec<f64>>());
    mean_of(|(points, _)| *points).zip(mean_of(|(_, of)| *of))
}

fn amount(deal: &DealAt<'_>) -> String {
    match (deal.worth(), deal.amount()) {
        (Some(_), Some(sum)) => format!("{} {:.0}", sum.currency, sum.units().unwrap_or_default()),
        (None, Some(sum)) if sum.minor <= 0 => "nothing or less".to_owned(),
        (None, Some(sum)) if sum.units().is_some_and(|units| units < 1e12) => {
            format!(
                "an amount in {}, for which there is no rate on that day",
                sum.currency
            )
        }
        (None, Some(_)) => "more than can be meant".to_owned(),
        _ => "an amount that nobody has given".to_owned(),
    }
}

#[expect(clippy::too_many_lines, reason = "a list: one entry for each feature")]
pub(super) fn features() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "amount_against_usual",
            label: "Amount against the usual",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.amount", "opportunity.type", "opportunity.*"],
            of: |deal, usual| {
                let worth = deal.worth().map(f64::ln);
                worth
                    .zip(usual.amount(deal.kind()))
                    .map(|(worth, usual)| worth - usual)
                    .into()
            },
            says: |value, deal, _, _| {
                let amount = amount(deal);
                number(value).map_or(format!("It is worth {amount}."), |ratio| {
                    format!("It is worth {amount}, {} for its type.", against(ratio))
                })
            },
            rests: itself,
        },
        Feature {
            name: "amount_against_owner",
            label: "Amount against the owner's usual",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.amount", "opportunity.owner_id", "opportunity.*"],
            of: |deal, usual| {
                let own = deal
                    .owner()
                    .and_then(|owner| usual.owner_amount(&owner.to_string()));
                let worth = deal.worth().map(f64::ln);
                worth.zip(own).map(|(worth, own)| worth - own).into()
            },
            says: |value, deal, _, _| {
                let amount = amount(deal);
                number(value).map_or(format!("It is worth {amount}."), |ratio| {
                    format!("It is worth {amount}, {} for its owner.", against(ratio))
                })
            },
            rests: itself,
        },
        Feature {
            name: "amount_change",
            label: "Change of the amount",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.amount"],
            of: |deal, _| {
                let both = deal.worth().zip(deal.first_worth());
                both.map(|(now, first)| (now / first).ln().clamp(-3.0, 3.0))
                    .into()
            },
            says: |value, _, _, _| match number(value).map(f64::exp) {
                Some(ratio) if ratio > 1.01 => {
                    format!("Its amount has grown by {} since it began.", percent(ratio - 1.0))
                }
                Some(ratio) if ratio < 0.99 => {
                    format!(
                        "Its amount has shrunk by {} since it began.",
                        percent(1.0 - ratio)
                    )
                }
                Some(_) => "Its amount has not changed since it began.".to_owned(),
                None => "How its amount has changed is not known.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "quotes",
            label: "Quotes",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["quote"],
            of: |deal, _| count(deal.quotes().count()).min(10.0).into(),
            says: |_, deal, _, _| {
                capital(&format!(
                    "{} so far.",
                    some(count(deal.quotes().count()), "quote")
                ))
            },
            rests: offers,
        },
        Feature {
            name: "discount",
            label: "Discount",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["quote", "quote.discount_percent"],
            of: |deal, _| latest(deal).and_then(|quote| quote.discount).into(),
            says: |value, _, _, _| {
                number(value).map_or("Nothing has been offered yet.".to_owned(), |share| {
                    format!("The latest quote takes {} off the list price.", percent(share))
                })
            },
            rests: offers,
        },
        Feature {
            name: "deep_discount",
            label: "Discount above 15 %",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["quote", "quote.discount_percent"],
            of: |deal, _| {
                let discount = latest(deal).and_then(|quote| quote.discount);
                Value::from(discount.map(|share| share > 0.155))
            },
            says: |_, deal, _, _| match latest(deal).and_then(|quote| quote.discount) {
                Some(share) if share > 0.155 => {
                    format!(
                        "The latest quote goes down by {}, more than 15 %.",
                        percent(share)
                    )
                }
                Some(_) => "The latest quote goes down by no more than 15 %.".to_owned(),
                None => "Nothing has been offered yet.".to_owned(),
            },
            rests: offers,
        },
        Feature {
            name: "products",
            label: "Products",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["quote", "quote_line"],
            of: |deal, _| latest(deal).map(|quote| count(quote.products)).into(),
            says: |value, _, _, _| {
                number(value).map_or("Nothing has been offered yet.".to_owned(), |products| {
                    format!("The latest quote has {}.", some(products, "product"))
                })
            },
            rests: offers,
        },
        Feature {
            name: "products_record",
            label: "The record of what is offered",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["quote", "quote_line", "product", "opportunity.*"],
            of: |deal, usual| mix(deal, usual).map(|(points, _)| points).into(),
            says: |_, deal, usual, _| {
                mix(deal, usual).map_or("No product has been offered yet.".to_owned(), |(points, of)| {
                    format!(
                        "Deals with what the latest quote offers are won {} ({} a product).",
                        more_often(points),
                        some(of, "deal")
                    )
                })
            },
            rests: offers,
        },
        Feature {
            name: "recurring",
            label: "Paid again and again",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["quote", "quote_line", "product"],
            of: |deal, _| {
                latest(deal)
                    .filter(|quote| quote.products > 0)
                    .map(|quote| quote.recurring)
                    .into()
            },
            says: |value, _, _, _| match number(value) {
                Some(yes) if yes > 0.5 => "Something in the quote is paid again and again.".to_owned(),
                Some(_) => "Everything in the quote is paid once.".to_owned(),
                None => "Nothing has been offered yet.".to_owned(),
            },
            rests: offers,
        },
    ]
}
