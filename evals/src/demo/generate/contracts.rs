//! What won deals turn into: contracts, and what is paid for them.

use super::{
    accounts::Account,
    calendar::Moment,
    contacts::Contact,
    ctx::Ctx,
    deals::{Deal, Kind, quotes::Quote},
    dice::Dice,
    rows::{Change, Sink},
};

/// Writes the contract of a won deal and its payments.
pub(super) fn write(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    sink: &mut Sink,
    deal: &Deal,
    quote: Option<&Quote>,
    account: &Account,
    contact: &Contact,
) {
    let (Some(quote), true) = (quote, deal.won && deal.is_closed()) else {
        return;
    };
    let Some(book) = ctx.world.pricebooks.get(account.pricebook) else {
        return;
    };
    let monthly_share = ctx
        .segment(account.segment)
        .map_or(0.0, |segment| segment.billing_share_monthly);
    let monthly = deal.causes.kind != Kind::CrossSell && dice.chance(monthly_share);
    let start = deal.end.day() + dice.whole(1, 20);
    let term = if account.units < 12 && deal.causes.kind == Kind::Renewal && dice.chance(0.3) {
        6
    } else {
        12
    };
    let end = start + term * 365 / 12 - 1;
    let left = account.churned.filter(|day| *day > start && *day < end);
    let status = match left {
        Some(_) => "terminated",
        None if end < 0 => "expired",
        None => "activated",
    };
    let signed = deal.end.plus_hours(-0.3);
    let activated = Moment(start.min(0) * 24 * 60).max(deal.end);
    let external = format!("{}-CT", deal.external);
    let id = ctx.maker.id("contract", &external, deal.end);
    let owner = ctx.user(deal.owner(deal.end));
    let ended = left
        .or((end < 0).then_some(end))
        .map(|day| Moment(day * 24 * 60).plus_hours(12.0));
    let row = ctx
        .maker
        .row(id, &external, deal.end, ended.unwrap_or(activated))
        .id("owner_id", owner)
        .set("name", format!("Contract {}", deal.name))
        .id("account_id", account.id)
        .id("opportunity_id", deal.id)
        .id("quote_id", quote.id)
        .id("signed_contact_id", contact.id)
        .set("status", status)
        .date("start_date", start)
        .date("end_date", end)
        .set("term_months", term)
        .set("value", quote.total())
        .set("currency", book.currency.as_str())
        .set("billing_period", if monthly { "monthly" } else { "yearly" })
        .set("auto_renew", account.segment == 0)
        .set("renewal_notice_days", 60)
        .time("signed_at", signed)
        .time("activated_at", activated)
        .maybe_time("terminated_at", left.map(|_| ended.unwrap_or(activated)))
        .some("termination_reason", left.map(|_| "The customer left"));
    sink.push("contract", row);
    let mut change = |old: &str, new: &str, at| {
        let change = Change {
            field: "status",
            old: old.into(),
            new: new.into(),
            at,
            actor: Some(owner),
        };
        ctx.maker.change(sink, "contract", id, &change);
    };
    change("draft", "activated", activated);
    if let Some(ended) = ended {
        change("activated", status, ended);
    }
    let parts = if monthly { term } else { 1 };
    for part in 0..parts {
        let due = start + part * 30 + 14;
        if due > 20 || left.is_some_and(|day| due > day) {
            break;
        }
        payment(
            ctx,
            dice,
            sink,
            &Due {
                deal,
                quote,
                account,
                contract: id,
                part,
                day: due,
                amount: quote.total() / parts,
            },
        );
    }
}

/// A part of what is to be paid.
struct Due<'a> {
    deal: &'a Deal,
    quote: &'a Quote,
    account: &'a Account,
    contract: uuid::Uuid,
    part: i64,
    day: i64,
    amount: i64,
}

fn payment(ctx: &Ctx<'_>, dice: &mut Dice, sink: &mut Sink, due: &Due<'_>) {
    let Due {
        deal,
        quote,
        account,
        contract,
        part,
        day: due,
        amount,
    } = *due;
    let external = format!("{}-P{}", deal.external, part + 1);
    let invoiced = Moment((due - 14).min(-1) * 24 * 60).plus_hours(7.0).max(deal.end);
    // Who is not content pays late, or not at all for a while.
    let late = (9.0 * (0.5 * dice.normal() - 0.35 * account.health).exp() - 9.0) as i64;
    let failed = dice.chance(0.02);
    let paid = Moment((due + late.clamp(-12, 70)) * 24 * 60)
        .plus_hours(11.0)
        .max(invoiced.plus_hours(3.0));
    let status = match (failed, paid.is_ahead()) {
        (true, _) if due < -40 => "refunded",
        (true, _) => "failed",
        (_, false) => "paid",
        (_, true) if due < 0 => "overdue",
        _ => "pending",
    };
    let book = ctx.world.pricebooks.get(account.pricebook);
    let method = match dice.weighted(&[0.45, 0.3, 0.25]) {
        0 => "bank_transfer",
        1 => "direct_debit",
        _ => "card",
    };
    let done = matches!(status, "paid" | "refunded");
    let row = ctx
        .maker
        .row(
            ctx.maker.id("payment", &external, invoiced),
            &external,
            invoiced,
            if done && !paid.is_ahead() { paid } else { invoiced },
        )
        .id("account_id", account.id)
        .id("contract_id", contract)
        .id("opportunity_id", deal.id)
        .id("quote_id", quote.id)
        .set("amount", amount)
        .some("currency", book.map(|book| book.currency.as_str()))
        .set("status", status)
        .set("method", method)
        .set("invoice_number", format!("INV-{}-{}", deal.external, part + 1))
        .date("due_date", due)
        .maybe_time("paid_at", (done && !paid.is_ahead()).then_some(paid));
    sink.push("payment", row);
}
