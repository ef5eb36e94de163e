//! Companies that buy, bought, or might: with a size, a trade, a place, and how well the product suits them.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    calendar::{FIRST_DAY, Moment},
    ctx::Ctx,
    dice::Dice,
    words::{company_word, phone, plain, street},
};

/// How many companies there are.
pub(super) const ACCOUNTS: usize = 300;
/// How many of them are customers when the year begins.
const CUSTOMERS: usize = 132;
/// How many bring customers.
const PARTNERS: usize = 9;

/// A company.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) external: String,
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) segment: usize,
    pub(super) industry: usize,
    pub(super) region: usize,
    pub(super) city: String,
    pub(super) street: String,
    pub(super) phone: String,
    /// Technicians or sites.
    pub(super) units: i64,
    pub(super) employees: i64,
    pub(super) owner: usize,
    pub(super) created: Moment,
    pub(super) partner: bool,
    pub(super) parent: Option<usize>,
    /// How content they are, or how open to the product while they are no customer; around 0. A hidden cause of cases,
    /// their mood, renewals, and of whether a first deal comes about.
    pub(super) health: f64,
    /// Since which day they are a customer.
    pub(super) customer_since: Option<i64>,
    /// On which day they left.
    pub(super) churned: Option<i64>,
    /// The one that complains, escalates and threatens to leave.
    pub(super) difficult: bool,
    pub(super) pricebook: usize,
    pub(super) last_activity: Option<Moment>,
}

/// Makes the companies; what becomes of them is decided by their deals.
pub(super) fn accounts(ctx: &Ctx<'_>) -> Vec<Account> {
    let mut dice = ctx.dice("accounts");
    let mut taken = HashSet::new();
    let mut accounts: Vec<Account> = Vec::with_capacity(ACCOUNTS);
    let difficult = CUSTOMERS / 2;
    for at in 0..ACCOUNTS {
        let mut account = account(ctx, &mut dice, at, &mut taken);
        if at < CUSTOMERS {
            account.customer_since = Some(FIRST_DAY - dice.whole(20, 1300));
        }
        account.partner = at >= ACCOUNTS - PARTNERS;
        account.difficult = at == difficult;
        if account.difficult {
            account.health = -2.4;
        }
        accounts.push(account);
    }
    give_parents(ctx, &mut dice, &mut accounts);
    accounts
}

fn account(ctx: &Ctx<'_>, dice: &mut Dice, at: usize, taken: &mut HashSet<String>) -> Account {
    let world = ctx.world;
    let shares: Vec<f64> = world.segments.iter().map(|segment| segment.share).collect();
    // The difficult one is large enough to matter.
    let segment = if at == CUSTOMERS / 2 {
        2
    } else {
        dice.weighted(&shares)
    };
    let industry = dice.weighted(
        &world
            .industries
            .iter()
            .map(|industry| industry.share)
            .collect::<Vec<_>>(),
    );
    let region = dice.weighted(
        &world
            .regions
            .iter()
            .map(|region| region.share)
            .collect::<Vec<_>>(),
    );
    let words = world
        .industries
        .get(industry)
        .map(|industry| industry.words.as_slice());
    let place = world.regions.get(region);
    let cities = place.map(|region| region.cities.as_slice()).unwrap_or_default();
    let city = cities.get(dice.index(cities.len())).cloned().unwrap_or_default();
    let name = loop {
        let last = words.and_then(|words| words.get(dice.index(words.len())));
        let name = format!(
            "{} {}",
            company_word(dice),
            last.map_or("Services", String::as_str)
        );
        if taken.insert(name.clone()) {
            break name;
        }
    };
    let (units, employees) = size(ctx, dice, segment);
    let external = format!("{}-A-{:04}", world.prefix, at + 1);
    let created = Moment(FIRST_DAY * 24 * 60).plus_days(-dice.real(10.0, 900.0));
    let country = place.map_or("", |region| region.country.as_str());
    let books = world.pricebooks.iter();
    let pricebook = books
        .clone()
        .position(|book| book.countries.iter().any(|known| known == country));
    Account {
        id: ctx.maker.id("account", &external, created),
        domain: format!("{}.example", plain(&name)),
        segment,
        industry,
        region,
        street: street(dice),
        phone: phone(dice, place.map_or("", |region| region.phone.as_str())),
        city,
        units,
        employees,
        owner: ctx.anyone(dice, ctx.segment_key(segment)),
        created,
        partner: false,
        parent: None,
        health: dice.normal(),
        customer_since: None,
        churned: None,
        difficult: false,
        pricebook: pricebook.unwrap_or_default(),
        last_activity: None,
        name,
        external,
    }
}

/// Units and employees of a company in a segment: many small ones, few large ones.
pub(super) fn size(ctx: &Ctx<'_>, dice: &mut Dice, segment: usize) -> (i64, i64) {
    let Some(segment) = ctx.segment(segment) else {
        return (1, 1);
    };
    let [low, high] = segment.units;
    let share = dice.unit() * dice.unit();
    let units = low + ((high - low) as f64 * share).round() as i64;
    let employees = units as f64 * segment.employees * dice.real(0.8, 1.5) + dice.real(1.0, 6.0);
    (units, employees as i64)
}

/// Every tenth company belongs to a larger one of the same trade.
fn give_parents(ctx: &Ctx<'_>, dice: &mut Dice, accounts: &mut [Account]) {
    let heads: Vec<(usize, usize)> = accounts
        .iter()
        .enumerate()
        .filter(|(_, account)| ctx.segment_key(account.segment) == "large")
        .map(|(at, account)| (at, account.industry))
        .collect();
    for account in accounts.iter_mut() {
        if ctx.segment_key(account.segment) == "large" || !dice.chance(0.13) {
            continue;
        }
        let mut own: Vec<usize> = heads
            .iter()
            .filter(|(_, industry)| *industry == account.industry)
            .map(|(at, _)| *at)
            .collect();
        if own.is_empty() {
            own = heads.iter().map(|(at, _)| *at).collect();
        }
        account.parent = own.get(dice.index(own.len())).copied();
    }
}
