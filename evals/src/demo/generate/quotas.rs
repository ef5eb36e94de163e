//! What each seller is to win in each quarter: the same for everybody of a team, so that attainment shows who sells
//! better. A team's target is what its sellers win on average and some more, and grows from quarter to quarter.

use std::collections::BTreeMap;

use super::{
    accounts::Account,
    calendar::{FIRST_DAY, Moment, quarter},
    ctx::Ctx,
    deals::Deal,
    rows::Sink,
};

/// How much more than on average a team is to win.
const STRETCH: f64 = 1.08;
/// By how much targets grow each quarter.
const GROWTH: f64 = 1.025;
/// Days before a quarter on which its targets are set.
const AHEAD: i64 = 21;
/// The last day that has a target.
const UNTIL: i64 = 120;
const DAY: i64 = 24 * 60;

/// Writes the targets, in whole thousands of the company's currency.
pub(super) fn write(ctx: &Ctx<'_>, sink: &mut Sink, deals: &[Deal], accounts: &[Account]) {
    let quarters = quarters();
    let mut teams: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, person) in ctx.people.iter().enumerate() {
        if person.role == "sales" {
            teams.entry(&person.team).or_default().push(at);
        }
    }
    for sellers in teams.values() {
        let won: f64 = deals
            .iter()
            .filter(|deal| deal.is_closed() && deal.won && sellers.contains(&deal.owner(deal.end)))
            .map(|deal| worth(ctx, deal, accounts))
            .sum();
        let begun = quarters.iter().filter(|(first, _)| *first <= 0).count();
        let pace = won / (sellers.len() * begun.max(1)) as f64;
        for (nth, (first, last)) in quarters.iter().enumerate() {
            let set = Moment((first - AHEAD).min(-AHEAD) * DAY + 10 * 60);
            // The middle quarter is the average one.
            let growth = GROWTH.powf(nth as f64 - begun as f64 / 2.0);
            let thousands = (pace * STRETCH * growth / 100_000.0).round().max(5.0);
            for seller in sellers {
                let external = format!("T{}-{seller}", nth + 1);
                let row = ctx
                    .maker
                    .row(ctx.maker.id("quota", &external, set), &external, set, set)
                    .id("owner_id", ctx.user(*seller))
                    .set(
                        "name",
                        format!("{}, quarter {}", ctx.first_name(*seller), nth + 1),
                    )
                    .date("starts_on", *first)
                    .date("ends_on", *last)
                    .set("amount", thousands as i64 * 100_000)
                    .set("currency", ctx.currency.as_str());
                sink.push("quota", row);
            }
        }
    }
}

/// The quarters with targets: those that began in the year, and the next.
fn quarters() -> Vec<(i64, i64)> {
    let mut quarters = Vec::new();
    let mut next = quarter(FIRST_DAY).1 + 1;
    while next <= UNTIL {
        let (first, last) = quarter(next);
        quarters.push((first, last));
        next = last + 1;
    }
    quarters
}

/// What a won deal brought, in minor units of the company's currency.
fn worth(ctx: &Ctx<'_>, deal: &Deal, accounts: &[Account]) -> f64 {
    let amount = deal.amounts.iter().rfind(|(since, _)| *since <= deal.end);
    let amount = amount.map_or(0.0, |(_, amount)| *amount as f64);
    let book = accounts
        .get(deal.account)
        .and_then(|account| ctx.world.pricebooks.get(account.pricebook));
    let rate = ctx
        .world
        .rates
        .iter()
        .find(|rate| rate.from == ctx.currency && book.is_some_and(|book| book.currency == rate.to));
    amount / rate.map_or(1.0, |rate| rate.buys)
}
