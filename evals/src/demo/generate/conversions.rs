//! What leads that should convert become, and when.
//!
//! Each waits for as long as one throw says, alike all through the year. Then it takes the deal that was planned to begin
//! with it, or another of its source and size, if one begins about then; else it becomes the contact of a company, as CRMs
//! convert people whom nothing has been offered yet. So causes alone decide whether a lead converts, and the plan of the
//! deals neither whether nor when.

use std::collections::{HashMap, HashSet};

use super::{
    accounts::Account,
    calendar::Moment,
    contacts,
    ctx::Ctx,
    deals::{Deal, Kind},
    leads::{Fate, Lead, SOURCES},
};

/// What a lead became.
#[derive(Debug, Clone, Copy)]
pub(super) struct Became {
    pub(super) at: Moment,
    pub(super) account: usize,
    pub(super) contact: usize,
    pub(super) deal: Option<usize>,
}

/// Days that a lead is there before its deal.
pub(super) const WAIT: std::ops::Range<f64> = 1.0..75.0;

/// By how many days a deal may begin before or after the lead is ready for it.
const ABOUT: f64 = 12.0;

/// Converts the leads that should be, unless that is still ahead.
pub(super) fn settle(ctx: &Ctx<'_>, leads: &mut [Lead], deals: &mut [Deal], accounts: &[Account]) {
    let mut dice = ctx.dice("leads/conversions");
    let (mut begun, mut met) = (HashSet::new(), HashMap::new());
    for deal in deals.iter_mut() {
        deal.campaign = None;
    }
    for lead in leads.iter_mut().filter(|lead| lead.fate == Fate::Converts) {
        // Thrown for all of them, so that what one becomes does not move the others.
        let wanted = lead.created.plus_days(2.0 + 58.0 * dice.unit() * dice.unit());
        let luck = dice.unit();
        let deal = waiting(lead, wanted, deals, accounts, &begun);
        let became = match deal.and_then(|at| Some((at, deals.get_mut(at)?))) {
            Some((at, deal)) => {
                begun.insert(at);
                deal.campaign = lead.campaign;
                Some(Became {
                    at: deal.created,
                    account: deal.account,
                    contact: deal.contact,
                    deal: Some(at),
                })
            }
            None => stranger(lead, luck, accounts, &mut met).map(|(account, contact)| Became {
                at: ctx.calendar.opens(wanted),
                account,
                contact,
                deal: None,
            }),
        };
        lead.became = became.filter(|became| !became.at.is_ahead());
    }
}

/// The deal that the lead may have begun about a moment: with a stranger, of its size and source, without a lead so far. Its
/// own before others, then those of its trade, then the nearest.
fn waiting(
    lead: &Lead,
    wanted: Moment,
    deals: &[Deal],
    accounts: &[Account],
    begun: &HashSet<usize>,
) -> Option<usize> {
    let (source, _) = SOURCES.get(lead.source)?;
    let fitting = deals.iter().enumerate().filter_map(|(at, deal)| {
        let account = accounts.get(deal.account)?;
        let fits = deal.causes.kind == Kind::New
            && deal.source == *source
            && account.segment == lead.segment
            && WAIT.contains(&deal.created.days_since(lead.created))
            && !begun.contains(&at);
        let distance = deal.created.days_since(wanted).abs();
        let is_own = lead.deal.is_some_and(|(own, _)| own == at);
        (fits && distance <= ABOUT).then_some((!is_own, account.industry != lead.industry, distance, at))
    });
    let nearest = fitting.min_by(|a, b| {
        (a.0, a.1)
            .cmp(&(b.0, b.1))
            .then(a.2.total_cmp(&b.2))
            .then(a.3.cmp(&b.3))
    });
    nearest.map(|(.., at)| at)
}

/// Somebody at a company of the lead's size whom no other lead has become: at one that is no customer before others, which
/// have departments that know nothing of each other; at one that few leads came from; of the lead's trade.
fn stranger(
    lead: &Lead,
    luck: f64,
    accounts: &[Account],
    met: &mut HashMap<usize, usize>,
) -> Option<(usize, usize)> {
    let times = |at: usize| met.get(&at).copied().unwrap_or_default();
    let fitting: Vec<(usize, (bool, usize, bool))> = accounts
        .iter()
        .enumerate()
        .filter(|(at, account)| {
            account.segment == lead.segment && times(*at) < contacts::of_account(*at).len()
        })
        .map(|(at, account)| {
            let is_customer = account.customer_since.is_some();
            (at, (is_customer, times(at), account.industry != lead.industry))
        })
        .collect();
    let (_, nearest) = fitting.iter().min_by_key(|(_, distance)| *distance)?;
    let found: Vec<usize> = fitting
        .iter()
        .filter(|(_, distance)| distance == nearest)
        .map(|(at, _)| *at)
        .collect();
    let account = found.get((luck * found.len() as f64) as usize).copied()?;
    let people = contacts::of_account(account);
    let nth = met.entry(account).or_default();
    *nth += 1;
    // Who decides is the last to fill in a form.
    Some((account, people.start + *nth % people.len()))
}
