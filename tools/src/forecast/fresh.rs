//! What deals bring that are not in the books yet, and whose they are likely to be.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use crm_predict::forecast::{Bringer, Fresh, NewDeal, PastSpan, Span};
use uuid::Uuid;

use super::{
    past::PastDeal,
    seen::{Seen, Stretch},
};

/// How many spans are looked back at, and how many days lie between their beginnings.
const SPANS: u64 = 24;
const APART: u64 = 30;
/// Whoever has no open deal and closed none for so long sells no more.
const IDLE: Days = Days::new(180);

/// A past span, by the day on which it would have been looked ahead to, and the deals that it brought.
struct Brought<'p> {
    looked: NaiveDate,
    won: Vec<(&'p PastDeal, f64)>,
}

/// What was won, in spans that lay as far ahead and began a month apart, by deals that were not there when the span was looked
/// ahead to. Spans end before `today`; `begins` and `ends` are days after it.
fn brought<'p>(deals: &[&'p PastDeal], today: NaiveDate, (begins, ends): (i64, i64)) -> Vec<Brought<'p>> {
    let first = deals.iter().map(|deal| deal.created).min();
    let spans = (0..SPANS).filter_map(|back| {
        let looked = today.checked_sub_days(Days::new(u64::try_from(ends).ok()? + APART * back))?;
        // Before there was anything, nothing was won: that is no past to draw from.
        if first.is_none_or(|first| looked < first) {
            return None;
        }
        let held = |day: NaiveDate| (begins..ends).contains(&(day - looked).num_days());
        let new = deals.iter().filter(|deal| deal.created >= looked);
        let won = new.filter_map(|deal| {
            let (day, worth) = deal.won()?;
            held(day).then_some((*deal, worth))
        });
        Some(Brought {
            looked,
            won: won.collect(),
        })
    });
    spans.collect()
}

/// What deals bring in all that are not there yet.
pub(super) fn of_all(deals: &[&PastDeal], today: NaiveDate, days: (i64, i64)) -> Fresh {
    let spans = brought(deals, today, days).into_iter().map(|span| PastSpan {
        won: span
            .won
            .iter()
            .map(|(_, sum)| NewDeal { sum: *sum, by: 0 })
            .collect(),
    });
    Fresh {
        spans: spans.collect(),
        people: Vec::new(),
    }
}

/// What deals bring in a period that are not there yet, and whose they are likely to be; `place` gives the group of an owner.
///
/// Of those who brought deals or have any those take part who are there: they have not left, and have an open deal or closed one
/// within half a year. Where there is nobody, it falls to those deals that nobody owns.
pub(super) fn of_owners(
    seen: &Seen,
    ended: &[&PastDeal],
    stretch: &Stretch,
    mut place: impl FnMut(Option<Uuid>) -> usize,
) -> Fresh {
    let today = seen.reporting.on;
    let span = Span {
        from: stretch.from,
        to: stretch.end(),
    };
    let begins = (span.from.max(today) - today).num_days();
    let spans = brought(ended, today, (begins, (span.to - today).num_days()));
    let begin = spans.iter().map(|span| span.looked).min().unwrap_or(today);
    let many = brought_by(&spans);
    let mut people: Vec<Bringer> = Vec::new();
    let mut places: HashMap<Option<Uuid>, usize> = HashMap::new();
    for (owner, since) in there(seen, ended, stretch) {
        let (group, brought) = (place(owner), many.get(&owner).copied().unwrap_or_default());
        places.insert(owner, people.len());
        people.push(match owner {
            None => Bringer::nobody(group, brought),
            Some(_) => Bringer::new(group, brought, absent(begin, since, today)),
        });
    }
    if !spans.is_empty() && !people.iter().any(Bringer::takes_over) {
        let last = Bringer::last(place(None));
        match places.get(&None).and_then(|at| people.get_mut(*at)) {
            Some(nobody) => *nobody = last,
            None => people.push(last),
        }
    }
    let spans = spans.iter().map(|span| {
        let won = span.won.iter().map(|(deal, sum)| NewDeal {
            sum: *sum,
            by: places.get(&deal.owner).copied().unwrap_or(usize::MAX),
        });
        PastSpan { won: won.collect() }
    });
    Fresh {
        spans: spans.collect(),
        people,
    }
}

/// How many deals each owner brought; spans overlap, and a deal counts once.
fn brought_by(spans: &[Brought<'_>]) -> HashMap<Option<Uuid>, usize> {
    let (mut known, mut many) = (HashSet::new(), HashMap::new());
    for (deal, _) in spans.iter().flat_map(|span| &span.won) {
        if known.insert(deal.id) {
            *many.entry(deal.owner).or_default() += 1;
        }
    }
    many
}

/// The owners who are there, and when each closed the first deal, in an order of their own.
fn there(seen: &Seen, ended: &[&PastDeal], stretch: &Stretch) -> BTreeMap<Option<Uuid>, Option<NaiveDate>> {
    let mut all: BTreeMap<Option<Uuid>, Option<(NaiveDate, NaiveDate)>> = BTreeMap::new();
    let today = seen.reporting.on;
    for deal in ended {
        let Some((day, _)) = deal.closed.filter(|(day, _)| *day <= today) else {
            continue;
        };
        let days = all.entry(deal.owner).or_default();
        let (first, last) = days.unwrap_or((day, day));
        *days = Some((first.min(day), last.max(day)));
    }
    let busy: HashSet<Option<Uuid>> = seen
        .open
        .iter()
        .map(|deal| deal.owner_id)
        .chain(stretch.won.iter().map(|won| won.owner_id))
        .collect();
    for owner in &busy {
        all.entry(*owner).or_default();
    }
    let edge = today.checked_sub_days(IDLE).unwrap_or(today);
    all.retain(|owner, days| {
        let is_busy = busy.contains(owner) || days.is_some_and(|(_, last)| last >= edge);
        is_busy && owner.is_none_or(|owner| !seen.left.contains(&owner))
    });
    all.into_iter()
        .map(|(owner, days)| (owner, days.map(|(first, _)| first)))
        .collect()
}

/// The share of the days from `begin` to `today` that was over when somebody closed the first deal; all without one.
fn absent(begin: NaiveDate, first: Option<NaiveDate>, today: NaiveDate) -> f64 {
    let days = |from: NaiveDate, to: NaiveDate| {
        let days = (to - from).num_days().max(0);
        f64::from(i32::try_from(days).unwrap_or(i32::MAX))
    };
    let all = days(begin, today).max(1.0);
    first.map_or(1.0, |first| days(begin, first) / all)
}
