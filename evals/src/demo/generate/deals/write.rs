//! Deals as records: what they are today, and how each tracked field came to be so.

use serde_json::{Value, json};

use super::{Deal, Kind, path::STAGES, quotes};
use crate::demo::generate::{
    accounts::Account,
    calendar::{Moment, NOW},
    contacts::Contact,
    ctx::Ctx,
    dice::Dice,
    rows::{Change, Sink},
};

/// What a stage says about the forecast.
struct Standing {
    stage: &'static str,
    probability: i64,
    forecast: &'static str,
}

const WON: Standing = Standing {
    stage: "Closed Won",
    probability: 100,
    forecast: "closed",
};
const LOST: Standing = Standing {
    stage: "Closed Lost",
    probability: 0,
    forecast: "omitted",
};

/// Writes a deal, the people in it, and its history.
#[expect(
    clippy::too_many_lines,
    reason = "a deal with all that is written of it, in order"
)]
pub(in super::super) fn write(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    sink: &mut Sink,
    deal: &Deal,
    account: &Account,
    contacts: &[Contact],
    last_activity: Moment,
) {
    let until = if deal.is_closed() { deal.end } else { NOW };
    let path = standings(deal, until);
    let (entered, now) = path
        .last()
        .map_or((deal.created, &LOST), |(since, standing)| (*since, standing));
    let amount = deal.amounts.iter().rfind(|(since, _)| *since <= until);
    let hoped = deal.close_days.iter().rfind(|(since, _)| *since < until);
    let close_day = if deal.is_closed() {
        deal.end.day()
    } else {
        hoped.map_or(0, |(_, day)| *day)
    };
    let reached = |stage: usize| {
        deal.stages
            .iter()
            .any(|(since, at)| *at == stage && *since <= until)
    };
    let rival = deal
        .competitor
        .and_then(|at| ctx.world.competitors.get(at))
        .map(|rival| rival.name.as_str());
    // A competitor is known once needs are.
    let rival = rival.filter(|_| reached(1));
    let (closed_reason, notes) = reason(dice, deal, rival);
    let since = |stage: usize| {
        let stage = deal.stages.iter().find(|(_, at)| *at == stage);
        stage.map_or(until, |(since, _)| *since)
    };
    let book = ctx.world.pricebooks.get(account.pricebook);
    let contact = contacts.iter().find(|contact| contact.account == deal.account);
    let campaign = deal
        .campaign
        .and_then(|at| ctx.world.campaigns.get(at).map(|_| at));
    let next = (!deal.is_closed()).then(|| next_step(dice));
    let budget = reached(3) && dice.chance(0.45 + 0.12 * deal.causes.need);
    let roi = reached(3) && account.segment > 0 && dice.chance(0.4);
    // What sellers fill in on the way, and when.
    let filled = [
        ("competitor", rival.map(Value::from), Value::Null, since(1)),
        (
            "discovery_completed",
            reached(2).then_some(true.into()),
            false.into(),
            since(2),
        ),
        (
            "budget_confirmed",
            budget.then_some(true.into()),
            false.into(),
            since(3),
        ),
        (
            "roi_analysis_completed",
            roi.then_some(true.into()),
            false.into(),
            since(3),
        ),
    ];
    let row = ctx
        .maker
        .row(deal.id, &deal.external, deal.created, last_activity.max(entered))
        .id("owner_id", ctx.user(deal.owner(until)))
        .set("name", deal.name.as_str())
        .id("account_id", account.id)
        .maybe_id("contact_id", contact.map(|contact| contact.id))
        .set("stage", now.stage)
        .time("stage_entered_at", entered)
        .some("amount", amount.map(|(_, amount)| *amount))
        .some("currency", book.map(|book| book.currency.as_str()))
        .set("probability", now.probability)
        .set("forecast_category", now.forecast)
        .date("close_date", close_day)
        .set("type", deal.causes.kind.word())
        .set("lead_source", deal.source)
        .some("next_step", next)
        .maybe_id(
            "campaign_id",
            campaign.map(|at| crate::demo::generate::campaigns::id(ctx, at)),
        )
        .maybe_id("pricebook_id", book.map(|book| quotes::pricebook_id(ctx, book)))
        .set("is_closed", deal.is_closed())
        .set("is_won", deal.is_closed() && deal.won)
        .maybe_time("closed_at", deal.is_closed().then_some(deal.end))
        .some("closed_reason", closed_reason)
        .some("competitor", rival)
        .set("budget_confirmed", budget)
        .set("discovery_completed", reached(2))
        .set("roi_analysis_completed", roi)
        .some("loss_notes", notes)
        .time("last_activity_at", last_activity);
    sink.push("opportunity", row);
    history(
        ctx,
        sink,
        deal,
        &path,
        until,
        book.map_or("", |book| book.currency.as_str()),
    );
    for (field, new, old, at) in filled {
        let Some(new) = new else { continue };
        let actor = Some(ctx.user(deal.owner(at)));
        let change = Change {
            field,
            old,
            new,
            at,
            actor,
        };
        ctx.maker.change(sink, "opportunity", deal.id, &change);
    }
    roles(ctx, sink, deal, contacts, until);
}

/// The stages until a moment, the last one closed if the deal is.
fn standings(deal: &Deal, until: Moment) -> Vec<(Moment, Standing)> {
    let mut path: Vec<(Moment, Standing)> = deal
        .stages
        .iter()
        .filter(|(since, _)| *since <= until)
        .filter_map(|(since, at)| {
            let (stage, probability, forecast, _) = *STAGES.get(*at)?;
            Some((
                *since,
                Standing {
                    stage,
                    probability,
                    forecast,
                },
            ))
        })
        .collect();
    if deal.is_closed() {
        path.push((deal.end, if deal.won { WON } else { LOST }));
    }
    path
}

/// An amount as the API shows it, and the history with it.
fn money(minor: i64, currency: &str) -> Value {
    json!({ "amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": currency })
}

fn history(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    deal: &Deal,
    path: &[(Moment, Standing)],
    until: Moment,
    currency: &str,
) {
    let mut log = |field, old: Value, new: Value, at: Moment| {
        let actor = Some(ctx.user(deal.owner(at)));
        let change = Change {
            field,
            old,
            new,
            at,
            actor,
        };
        ctx.maker.change(sink, "opportunity", deal.id, &change);
    };
    let mut before: Option<&Standing> = None;
    for (at, standing) in path {
        let old = |value: fn(&Standing) -> Value| before.map_or(Value::Null, value);
        log("stage", old(|it| it.stage.into()), standing.stage.into(), *at);
        before = Some(standing);
    }
    let mut before = Value::Null;
    for (at, amount) in deal.amounts.iter().filter(|(at, _)| *at <= until) {
        let money = money(*amount, currency);
        log("amount", before, money.clone(), *at);
        before = money;
    }
    let mut before = Value::Null;
    let closed = deal.is_closed().then_some((deal.end, deal.end.day()));
    let hopes = deal.close_days.iter().copied().filter(|(at, _)| *at < until);
    for (at, day) in hopes.chain(closed) {
        let day = Value::from(ctx.calendar.date(day));
        if day != before {
            log("close_date", before, day.clone(), at);
            before = day;
        }
    }
    let mut before = Value::Null;
    for (at, owner) in deal.owners.iter().filter(|(at, _)| *at <= until) {
        let owner = Value::from(ctx.user(*owner).to_string());
        if owner != before {
            log("owner_id", before, owner.clone(), *at);
            before = owner;
        }
    }
}

/// Who takes part, since when.
fn roles(ctx: &Ctx<'_>, sink: &mut Sink, deal: &Deal, contacts: &[Contact], until: Moment) {
    let mut add = |contact: &Contact, role: &str, since: Moment, primary: bool| {
        let external = format!("{}-{role}", deal.external);
        let row = ctx
            .maker
            .row(
                ctx.maker.id("opportunity_contact_role", &external, since),
                &external,
                since,
                since,
            )
            .id("opportunity_id", deal.id)
            .id("contact_id", contact.id)
            .set("role", role)
            .set("is_primary", primary);
        sink.push("opportunity_contact_role", row);
    };
    if let Some(first) = contacts.first() {
        add(
            first,
            if deal.causes.need > 0.9 {
                "champion"
            } else {
                "business_user"
            },
            deal.created,
            true,
        );
    }
    let decider = contacts.iter().find(|contact| contact.decides);
    if let (Some(decider), Some(since)) = (decider, deal.decider_at.filter(|since| *since <= until)) {
        add(decider, "decision_maker", since, false);
    }
    if let Some(third) = contacts.get(2).filter(|_| deal.units.rem_euclid(3) == 0) {
        add(
            third,
            "technical_buyer",
            deal.created.plus_hours(30.0).min(until),
            false,
        );
    }
}

/// Why it closed, in the seller's words: written when it closes, never before.
fn reason(dice: &mut Dice, deal: &Deal, rival: Option<&str>) -> (Option<&'static str>, Option<String>) {
    if !deal.is_closed() {
        return (None, None);
    }
    if deal.won {
        let words = ["Best fit", "Price", "Relationship", "Reference", "Function"];
        return (words.get(dice.index(words.len())).copied(), None);
    }
    if deal.causes.kind == Kind::Renewal {
        let at = dice.weighted(&[0.4, 0.25, 0.2, 0.15]);
        let words = ["Poor service", "Price", "Business closed", "Competitor"];
        return (words.get(at).copied(), None);
    }
    let weights = [
        0.2 + if deal.causes.discount > 12.0 { 0.3 } else { 0.0 },
        if rival.is_some() { 0.6 } else { 0.0 },
        0.35 - 0.12 * deal.causes.need.clamp(-2.0, 2.0),
        0.15,
        if deal.causes.fit < 0.0 { 0.35 } else { 0.12 },
    ];
    let words = ["Price", "Competitor", "No decision", "Timing", "Missing function"];
    let word = words
        .get(dice.weighted(&weights))
        .copied()
        .unwrap_or("No decision");
    let notes = match (word, rival) {
        ("Competitor", Some(rival)) => Some(format!("They chose {rival}.")),
        ("Price", _) => Some("Too expensive for them this year.".to_owned()),
        _ => None,
    };
    (Some(word), notes)
}

fn next_step(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "Send the offer",
        "Demo with the team",
        "Wait for the budget",
        "Call the decision maker",
        "Clear open questions",
        "Get the contract signed",
    ])
}
