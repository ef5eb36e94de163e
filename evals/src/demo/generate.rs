//! A plausible year of a demo company, made by chance with a seed.
//!
//! The same seed gives the same year, byte by byte; moving "today" moves every date by as many days and changes
//! nothing else. Order matters: leads have causes and fates, deals live through the year and make or lose customers,
//! offers price them, contracts follow the won ones, cases come from customers and their mood. Texts are put together
//! from the phrases in `evals/texts`.

mod account_rows;
mod accounts;
mod calendar;
mod campaigns;
mod cases;
mod catalogue;
mod contacts;
mod contracts;
mod conversations;
mod conversions;
mod ctx;
mod deals;
mod dice;
mod grammar;
mod lead_chat;
mod lead_rows;
mod leads;
mod quotas;
mod rows;
mod words;
mod world;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use uuid::Uuid;

use self::{
    accounts::Account,
    calendar::{Calendar, Moment},
    contacts::Contact,
    ctx::{Ctx, Person},
    deals::Deal,
    leads::Lead,
    rows::{Maker, Sink},
};
use super::DemoTenant;
use crate::EvalError;

/// Changes whenever the year comes out differently.
pub const GENERATOR: &str = "4";

/// Objects in the order in which they can be written: what others refer to comes first.
const ORDER: &[&str] = &[
    "product",
    "pricebook",
    "pricebook_entry",
    "exchange_rate",
    "quota",
    "sla_policy",
    "queue",
    "queue_member",
    "campaign",
    "account",
    "contact",
    "account_contact_role",
    "opportunity",
    "opportunity_contact_role",
    "lead",
    "consent",
    "campaign_member",
    "engagement_event",
    "quote",
    "quote_line",
    "contract",
    "payment",
    "case",
    "conversation",
    "message",
    "case_event",
    "activity",
    "field_change",
];

/// A company's year, as rows.
#[derive(Debug)]
pub struct Year {
    /// Rows by object, in the order in which they can be written. Keys are the fields of the catalogue; money is in
    /// whole minor units.
    pub tables: Vec<(&'static str, Vec<Map<String, Value>>)>,
}

impl Year {
    /// The rows of an object.
    pub fn rows(&self, object: &str) -> &[Map<String, Value>] {
        let table = self.tables.iter().find(|(name, _)| *name == object);
        table.map(|(_, rows)| rows.as_slice()).unwrap_or_default()
    }
}

/// The day that the year was written for.
pub fn default_today() -> NaiveDate {
    calendar::base_day()
}

/// Makes the year of a company before `today`. `member` gives the id of a person by their address.
pub fn year(
    tenant: &DemoTenant,
    today: NaiveDate,
    member: &dyn Fn(&str) -> Option<Uuid>,
) -> Result<Year, EvalError> {
    let (world, shared) = (world::world(&tenant.slug)?, world::shared()?);
    let calendar = Calendar::new(today, world.utc_offset_hours);
    let people = tenant.users.iter().map(|user| Person {
        id: member(&user.email).unwrap_or_default(),
        first: user.name.split(' ').next().unwrap_or_default().to_owned(),
        role: user.role.clone(),
        team: user.team.clone(),
        skill: user.skill,
    });
    let ctx = Ctx {
        world: &world,
        shared: &shared,
        maker: Maker {
            slug: tenant.slug.clone(),
            calendar,
        },
        calendar,
        currency: tenant.currency.clone(),
        people: people.collect(),
    };
    let mut sink = Sink::default();
    live(&ctx, &mut sink);
    let tables = ORDER.iter().filter_map(|object| sink.tables.remove_entry(object));
    Ok(Year {
        tables: tables.collect(),
    })
}

/// Everything that happens, in the order of causes.
fn live(ctx: &Ctx<'_>, sink: &mut Sink) {
    catalogue::write(ctx, sink);
    let mut accounts = accounts::accounts(ctx);
    let contacts = contacts::contacts(ctx, &accounts);
    let mut leads = leads::draw(ctx);
    let mut deals = deals::deals(ctx, &mut accounts, &mut leads);
    let mut leads = leads::with_others(ctx, leads);
    conversions::settle(ctx, &mut leads, &mut deals, &accounts);
    sell(ctx, sink, &mut deals, &mut accounts, &contacts);
    quotas::write(ctx, sink, &deals, &accounts);
    let mut threads = reach(ctx, sink, &leads, &deals, &accounts, &contacts);
    threads.extend(cases::cases(ctx, sink, &accounts, &contacts));
    conversations::write(ctx, sink, &threads);
    account_rows::write(ctx, sink, &accounts, &deals);
    contacts::write(ctx, sink, &accounts, &contacts);
}

/// Leads and campaigns.
fn reach(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    leads: &[Lead],
    deals: &[Deal],
    accounts: &[Account],
    contacts: &[Contact],
) -> Vec<conversations::Thread> {
    let leads = lead_rows::ids(ctx, leads);
    campaigns::write(ctx, sink, &leads, contacts, accounts);
    lead_rows::write(ctx, sink, &leads, deals, accounts, contacts)
}

/// Offers, what was done, the deals themselves, and what came of them.
fn sell(ctx: &Ctx<'_>, sink: &mut Sink, deals: &mut [Deal], accounts: &mut [Account], contacts: &[Contact]) {
    let (mut offers, mut acts, mut after) =
        (ctx.dice("quotes"), ctx.dice("activities"), ctx.dice("contracts"));
    let mut words = ctx.dice("deals/words");
    for deal in deals.iter_mut() {
        let Some(account) = accounts.get_mut(deal.account) else {
            continue;
        };
        let people = whom(deal, contacts);
        let quotes = deals::quotes::quotes(ctx, &mut offers, deal, account);
        let last = deals::activities::write(ctx, &mut acts, sink, deal, account, &people);
        deals::write::write(ctx, &mut words, sink, deal, account, &people, last);
        account.last_activity = account
            .last_activity
            .max(Some(last))
            .filter(|at| *at > Moment(i64::MIN));
        let Some(first) = people.first() else { continue };
        for (nth, quote) in quotes.iter().enumerate() {
            deals::quotes::write(ctx, sink, quote, deal, account, first, nth + 1 == quotes.len());
        }
        contracts::write(ctx, &mut after, sink, deal, quotes.last(), account, first);
    }
}

/// The people of a deal: whom the seller talks to, then the others of the company.
fn whom(deal: &Deal, contacts: &[Contact]) -> Vec<Contact> {
    let mut people: Vec<Contact> = contacts.get(deal.contact).into_iter().cloned().collect();
    for at in contacts::of_account(deal.account) {
        people.extend(contacts.get(at).filter(|_| at != deal.contact).cloned());
    }
    people
}

#[cfg(test)]
mod tests;
