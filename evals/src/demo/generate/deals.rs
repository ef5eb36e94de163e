//! Opportunities: planned over the year, then lived through in the order of time, so that a won one makes a customer
//! and a lost renewal ends one.

pub(super) mod activities;
pub(super) mod model;
pub(super) mod path;
pub(super) mod quotes;
pub(super) mod write;

use uuid::Uuid;

pub(super) use self::model::Kind;
use self::model::{Causes, log_odds};
use super::{
    accounts::Account,
    calendar::{FIRST_DAY, Moment, quarter_end},
    contacts,
    conversions::WAIT,
    ctx::Ctx,
    dice::{Dice, sigmoid},
    leads::{Fate, Lead, SOURCES, created_day},
};

/// How many deals there are.
pub(super) const DEALS: usize = 1500;

/// A deal with everything that happens to it, also what is still ahead.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    pub(super) id: Uuid,
    pub(super) external: String,
    pub(super) account: usize,
    /// Whom the seller talks to.
    pub(super) contact: usize,
    pub(super) causes: Causes,
    pub(super) units: i64,
    pub(super) plan: String,
    pub(super) source: &'static str,
    pub(super) campaign: Option<usize>,
    pub(super) competitor: Option<usize>,
    pub(super) created: Moment,
    /// When it closes; a deal whose end is ahead is open.
    pub(super) end: Moment,
    /// How it closes.
    pub(super) won: bool,
    /// Nobody closed it though it has been dead for long.
    pub(super) forgotten: bool,
    /// When the one who decides began to take part.
    pub(super) decider_at: Option<Moment>,
    /// Who owned it since when.
    pub(super) owners: Vec<(Moment, usize)>,
    /// Which open stage it was in since when.
    pub(super) stages: Vec<(Moment, usize)>,
    /// When it was thought to close, since when.
    pub(super) close_days: Vec<(Moment, i64)>,
    /// What it was worth since when, in minor units of the price list's currency.
    pub(super) amounts: Vec<(Moment, i64)>,
    pub(super) name: String,
}

impl Deal {
    /// Whether it has closed by now.
    pub(super) fn is_closed(&self) -> bool {
        !self.end.is_ahead() && !self.forgotten
    }

    /// Who owns it at a moment.
    pub(super) fn owner(&self, at: Moment) -> usize {
        let last = self.owners.iter().rfind(|(since, _)| *since <= at);
        last.or(self.owners.first()).map_or(0, |(_, owner)| *owner)
    }
}

/// A deal that will come.
#[derive(Debug, Clone, Copy)]
struct Plan {
    account: usize,
    created: Moment,
    renewal: bool,
}

/// Lives through the year's deals.
pub(super) fn deals(ctx: &Ctx<'_>, accounts: &mut [Account], leads: &mut [Lead]) -> Vec<Deal> {
    let mut dice = ctx.dice("deals");
    let mut plans = plan(&mut dice, accounts);
    plans.sort_by_key(|plan| (plan.created, plan.account));
    let mut deals: Vec<Deal> = Vec::with_capacity(plans.len());
    for (at, plan) in plans.iter().enumerate() {
        let deal = deal(ctx, &mut dice, at, *plan, accounts, leads);
        if let Some(account) = accounts.get_mut(plan.account).filter(|_| deal.is_closed()) {
            match (deal.causes.kind, deal.won) {
                (Kind::Renewal, false) => account.churned = Some(deal.end.day()),
                (_, true) if account.customer_since.is_none() || account.churned.is_some() => {
                    account.customer_since = account.customer_since.or(Some(deal.end.day()));
                    account.churned = None;
                }
                _ => {}
            }
        }
        deals.push(deal);
    }
    deals
}

/// Renewals when contracts end, more for customers now and then, and the rest for those who are none.
fn plan(dice: &mut Dice, accounts: &[Account]) -> Vec<Plan> {
    let mut plans = Vec::with_capacity(DEALS);
    for (at, account) in accounts.iter().enumerate() {
        let Some(since) = account.customer_since else {
            continue;
        };
        // Small ones sign for half a year now and then.
        let term = if account.units < 12 && dice.chance(0.4) {
            182
        } else {
            365
        };
        let mut ends = since + term;
        while ends < 80 {
            let created = ends - dice.whole(50, 95);
            if created > FIRST_DAY && created < 0 {
                plans.push((at, created, true));
            }
            ends += term;
        }
        for _ in 0..dice.count(3.8 + 0.5 * account.health) {
            plans.push((at, created_day(dice), false));
        }
    }
    let strangers: Vec<usize> = (0..accounts.len())
        .filter(|at| {
            accounts
                .get(*at)
                .is_some_and(|account| account.customer_since.is_none())
        })
        .collect();
    while plans.len() < DEALS {
        let at = if dice.chance(0.8) {
            // Some are called again and again, some hardly ever.
            let favoured = dice.unit().powf(1.8);
            strangers
                .get((favoured * strangers.len() as f64) as usize)
                .copied()
                .unwrap_or_default()
        } else {
            dice.index(accounts.len())
        };
        plans.push((at, created_day(dice), false));
    }
    plans.truncate(DEALS);
    plans
        .into_iter()
        .map(|(account, day, renewal)| Plan {
            account,
            created: Moment(super::calendar::workday(day).min(-1) * 24 * 60).plus_hours(dice.real(8.0, 17.5)),
            renewal,
        })
        .collect()
}

fn deal(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    at: usize,
    plan: Plan,
    accounts: &[Account],
    leads: &mut [Lead],
) -> Deal {
    let Plan {
        account: place,
        created,
        renewal,
    } = plan;
    let account = accounts.get(place).or(accounts.first());
    let customer = account.is_some_and(|account| {
        account.customer_since.is_some_and(|day| day < created.day()) && account.churned.is_none()
    });
    let kind = match (renewal, customer) {
        (true, true) => Kind::Renewal,
        (_, false) => Kind::New,
        (false, true) if dice.chance(0.62) => Kind::Upsell,
        (false, true) => Kind::CrossSell,
    };
    let (segment, health) = account.map_or((0, 0.0), |account| (account.segment, account.health));
    let external = format!("{}-O-{:05}", ctx.world.prefix, at + 1);
    let lead = (kind == Kind::New)
        .then(|| from_lead(dice, leads, segment, at, created))
        .flatten();
    let (source, warmth) = source(dice, kind, lead.as_ref().map(|lead| lead.0));
    let need = match &lead {
        // What makes a lead convert makes the deal go on, in part.
        Some((_, intent)) => 0.5 * intent + 0.85 * dice.normal(),
        None => dice.normal(),
    };
    let owner = account.map_or(0, |account| account.owner);
    let (units, plan_code, size) = wanted(ctx, dice, kind, account);
    let competitor = dice
        .chance(if kind == Kind::Renewal { 0.14 } else { 0.42 })
        .then(|| {
            dice.weighted(
                &ctx.world
                    .competitors
                    .iter()
                    .map(|rival| rival.share)
                    .collect::<Vec<_>>(),
            )
        });
    let decider = dice.chance(sigmoid(0.15 + 0.55 * need - 0.25 * segment as f64));
    let handed_over = dice.chance(0.09);
    let length = path::length(ctx, dice, kind, segment);
    let (end, hurried) = path::end(dice, created, length);
    let discount = discount(dice, competitor.is_some(), hurried, kind);
    let causes = Causes {
        kind,
        need,
        health,
        fit: account
            .and_then(|account| ctx.world.industries.get(account.industry))
            .map_or(0.0, |trade| trade.fit),
        skill: ctx.skill(owner),
        warmth,
        competitor: competitor
            .and_then(|at| ctx.world.competitors.get(at))
            .map_or(0.0, |rival| rival.strength),
        size,
        decider,
        discount,
        handed_over,
        quarter_end: quarter_end(end.day()) - end.day() <= 6,
    };
    let odds = log_odds(&causes);
    let won = dice.chance(sigmoid(odds));
    let mut deal = Deal {
        id: ctx.maker.id("opportunity", &external, created),
        external,
        account: place,
        contact: contacts::of_account(place).start + usize::from(!dice.chance(0.3)),
        causes,
        units,
        plan: plan_code,
        source,
        campaign: None,
        competitor,
        created,
        end,
        won,
        forgotten: !won && dice.chance(0.05),
        decider_at: decider.then(|| created.plus_days(length * dice.real(0.1, 0.55))),
        owners: vec![(created, owner)],
        stages: Vec::new(),
        close_days: Vec::new(),
        amounts: Vec::new(),
        name: String::new(),
    };
    if handed_over {
        let team = account.map_or("", |account| ctx.segment_key(account.segment));
        deal.owners.push((
            created.plus_days(length * dice.real(0.25, 0.6)),
            ctx.anyone(dice, team),
        ));
    }
    path::walk(ctx, dice, &mut deal, odds);
    deal.name = name(ctx, dice, &deal, account);
    deal
}

/// Where a deal comes from: its lead's source, one of its own, or the customer.
fn source(dice: &mut Dice, kind: Kind, lead: Option<usize>) -> (&'static str, f64) {
    if kind != Kind::New {
        return ("Existing customer", 0.0);
    }
    let at = lead.unwrap_or_else(|| dice.weighted(&[0.2, 0.15, 0.2, 0.1, 0.05, 0.25, 0.05]));
    SOURCES.get(at).copied().unwrap_or(("Website", 0.0))
}

/// The lead behind a deal: its source and its intent. When leads convert, and to what, is settled afterwards.
fn from_lead(
    dice: &mut Dice,
    leads: &mut [Lead],
    segment: usize,
    deal: usize,
    created: Moment,
) -> Option<(usize, f64)> {
    if !dice.chance(0.62) {
        return None;
    }
    // The lead was there a while before its deal.
    let lead = leads.iter_mut().find(|lead| {
        let waited = created.days_since(lead.created);
        lead.fate == Fate::Converts
            && lead.deal.is_none()
            && lead.segment == segment
            && WAIT.contains(&waited)
    })?;
    lead.deal = Some((deal, created));
    Some((lead.source, lead.intent))
}

/// How many units of what, and how large that is beside what is usual.
fn wanted(ctx: &Ctx<'_>, dice: &mut Dice, kind: Kind, account: Option<&Account>) -> (i64, String, f64) {
    let Some((account, segment)) = account.and_then(|account| Some((account, ctx.segment(account.segment)?)))
    else {
        return (1, String::new(), 0.0);
    };
    let share = match kind {
        Kind::New => dice.real(0.35, 1.0),
        Kind::Renewal => dice.real(0.75, 1.0),
        Kind::Upsell | Kind::CrossSell => dice.real(0.08, 0.45),
    };
    let units = ((account.units as f64 * share).round() as i64).max(1);
    let [low, high] = segment.units;
    let usual = (low as f64 + (high - low) as f64 * 0.2).max(1.0);
    (
        units,
        segment.plan.clone(),
        (units as f64 / usual).ln().clamp(-1.5, 1.5),
    )
}

fn discount(dice: &mut Dice, rival: bool, hurried: bool, kind: Kind) -> f64 {
    let often = 0.22 + if rival { 0.2 } else { 0.0 } + if hurried { 0.2 } else { 0.0 };
    let often = if kind == Kind::Renewal { often * 0.6 } else { often };
    if !dice.chance(often) {
        return 0.0;
    }
    let at = dice.weighted(&[0.34, 0.3, 0.18, 0.12, 0.06]);
    [5.0, 10.0, 15.0, 20.0, 25.0].get(at).copied().unwrap_or(5.0)
}

fn name(ctx: &Ctx<'_>, dice: &mut Dice, deal: &Deal, account: Option<&Account>) -> String {
    let Some(account) = account else {
        return String::new();
    };
    let product = ctx
        .world
        .products
        .iter()
        .find(|product| product.code == deal.plan);
    let product = product.map_or("", |product| product.name.as_str());
    let cities = ctx
        .world
        .regions
        .get(account.region)
        .map(|region| region.cities.as_slice())
        .unwrap_or_default();
    let city = cities.get(dice.index(cities.len())).map_or("", String::as_str);
    let units = ctx.size(deal.units);
    match deal.causes.kind {
        Kind::New => format!("{} {city}: {product}, {units}", account.name),
        Kind::Upsell => format!("{}: {product}, another {units}", account.name),
        Kind::CrossSell => format!("{} {city}: add-ons for {units}", account.name),
        Kind::Renewal => format!("{}: renewal {product}", account.name),
    }
}
