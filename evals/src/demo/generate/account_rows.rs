//! Companies as records: what they are by the end of the year.

use super::{
    accounts::Account,
    calendar::Moment,
    catalogue::premium_id,
    ctx::Ctx,
    deals::{Deal, Kind},
    rows::{Change, Sink},
};

/// Writes the companies.
pub(super) fn write(ctx: &Ctx<'_>, sink: &mut Sink, accounts: &[Account], deals: &[Deal]) {
    for (at, account) in accounts.iter().enumerate() {
        let kind = match (account.partner, account.customer_since, account.churned) {
            (true, None, _) => "partner",
            (_, Some(_), Some(_)) => "former_customer",
            (_, Some(_), None) => "customer",
            _ => "prospect",
        };
        let large = ctx.segment_key(account.segment) == "large";
        let rating = match account.health {
            hot if hot > 0.7 => "hot",
            cold if cold < -0.7 => "cold",
            _ => "warm",
        };
        let parent = account
            .parent
            .and_then(|at| accounts.get(at))
            .map(|parent| parent.id);
        let segment = ctx
            .segment(account.segment)
            .map_or("", |segment| segment.name.as_str());
        let region = ctx.world.regions.get(account.region);
        let book = ctx.world.pricebooks.get(account.pricebook);
        let changed = account.last_activity.unwrap_or(account.created);
        let revenue = account.employees * 96_000 * 100;
        let row = ctx
            .maker
            .row(account.id, &account.external, account.created, changed)
            .id("owner_id", ctx.user(account.owner))
            .set("name", account.name.as_str())
            .maybe_id("parent_id", parent)
            .set("type", kind)
            .set(
                "status",
                if kind == "former_customer" {
                    "inactive"
                } else {
                    "active"
                },
            )
            .some(
                "industry",
                ctx.world
                    .industries
                    .get(account.industry)
                    .map(|trade| trade.name.as_str()),
            )
            .set("website", format!("https://www.{}", account.domain))
            .set("domain", account.domain.as_str())
            .set("phone", account.phone.as_str())
            .set("email", format!("office@{}", account.domain))
            .set("number_of_employees", account.employees)
            .set("annual_revenue", revenue)
            .some("currency", book.map(|book| book.currency.as_str()))
            .set("rating", rating)
            .set("billing_street", account.street.as_str())
            .set("billing_city", account.city.as_str())
            .some("billing_country", region.map(|region| region.country.as_str()))
            .set("description", format!("{segment}; {}.", ctx.size(account.units)))
            .maybe_id("sla_policy_id", large.then(|| premium_id(ctx)))
            .maybe_time("last_activity_at", account.last_activity);
        sink.push("account", row);
        history(ctx, sink, at, account, deals);
    }
}

/// When a prospect became a customer, and when a customer left.
fn history(ctx: &Ctx<'_>, sink: &mut Sink, at: usize, account: &Account, deals: &[Deal]) {
    let mut before = if account
        .customer_since
        .is_some_and(|day| day < super::calendar::FIRST_DAY)
    {
        "customer"
    } else {
        "prospect"
    };
    let mut log = |new: &'static str, when: Moment| {
        if new == before {
            return;
        }
        let change = Change {
            field: "type",
            old: before.into(),
            new: new.into(),
            at: when,
            actor: Some(ctx.user(account.owner)),
        };
        ctx.maker.change(sink, "account", account.id, &change);
        before = new;
    };
    let mut ends: Vec<&Deal> = deals
        .iter()
        .filter(|deal| deal.account == at && deal.is_closed())
        .collect();
    ends.sort_by_key(|deal| deal.end);
    for deal in ends {
        match (deal.won, deal.causes.kind) {
            (true, _) => log("customer", deal.end),
            (false, Kind::Renewal) => log("former_customer", deal.end),
            _ => {}
        }
    }
}
