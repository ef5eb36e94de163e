//! The forecast of a period, from the deals that are open and those that were won in it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use crm_predict::forecast::{Accuracy, OpenDeal, Simulation, Span, simulate};
use crm_store::forecast::{ForecastCategory, PendingDeal, WonSum};
use uuid::Uuid;

use super::{
    By,
    answer::{Basis, ForecastAnswer, GroupLine, Rounded},
    fresh,
    past::Past,
    seen::{Seen, Stretch},
};

/// How often outcomes are thrown; fewer times with very many deals.
const THROWS: usize = 2_000;
/// How many draws a forecast may take together.
const MOST_DRAWS: usize = 20_000_000;

/// Sums of what owners expect, and of what they won.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Book {
    pub(super) commit: f64,
    pub(super) best_case: f64,
    pub(super) pipeline: f64,
    pub(super) won: usize,
    pub(super) open: usize,
    closed: f64,
}

impl Book {
    fn open(&mut self, deal: &PendingDeal, span: Span) {
        self.open += 1;
        let is_due = deal.close_date.is_some_and(|close| span.holds(close));
        let sum = deal.worth.filter(|_| is_due).unwrap_or_default();
        match deal.forecast_category {
            ForecastCategory::Commit => self.commit += sum,
            ForecastCategory::BestCase => self.best_case += sum,
            ForecastCategory::Pipeline => self.pipeline += sum,
            ForecastCategory::Omitted | ForecastCategory::Closed => {}
        }
    }

    fn won(&mut self, won: &WonSum) {
        self.closed += won.worth;
        self.won += usize::try_from(won.deals).unwrap_or_default();
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            commit: self.commit + other.commit,
            best_case: self.best_case + other.best_case,
            pipeline: self.pipeline + other.pipeline,
            won: self.won + other.won,
            open: self.open + other.open,
            closed: self.closed + other.closed,
        }
    }
}

/// The books of each group, in the order in which they were first met.
struct Books<'s> {
    seen: &'s Seen,
    by: By,
    places: BTreeMap<(String, Option<Uuid>), usize>,
    each: Vec<Book>,
}

impl Books<'_> {
    /// The place of the group to which an owner's deals are counted.
    fn place(&mut self, owner: Option<Uuid>) -> usize {
        let next = self.each.len();
        let at = *self
            .places
            .entry(group(self.seen, self.by, owner))
            .or_insert(next);
        if at == next {
            self.each.push(Book::default());
        }
        at
    }

    fn of(&mut self, owner: Option<Uuid>) -> (usize, Option<&mut Book>) {
        let at = self.place(owner);
        (at, self.each.get_mut(at))
    }
}

/// To whom a deal is counted: the words for people, and the owner.
pub(super) fn group(seen: &Seen, by: By, owner: Option<Uuid>) -> (String, Option<Uuid>) {
    let person = owner.and_then(|owner| seen.people.get(&owner));
    match by {
        By::Nothing => (String::new(), None),
        By::Owner => (
            person.map_or_else(|| "Nobody".to_owned(), |person| person.name.clone()),
            owner,
        ),
        By::Team => (
            person
                .and_then(|person| person.team.clone())
                .unwrap_or_else(|| "No team".to_owned()),
            None,
        ),
    }
}

/// The forecast of a period, without a look back. Nothing that ended after the day of `seen` has a say in it.
pub(super) fn told(seen: &Seen, past: &Past, stretch: &Stretch, by: By) -> ForecastAnswer {
    let today = seen.reporting.on;
    let span = Span {
        from: stretch.from,
        to: stretch.end(),
    };
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let mut books = Books {
        seen,
        by,
        places: BTreeMap::new(),
        each: Vec::new(),
    };
    let mut deals = Vec::with_capacity(seen.open.len());
    for deal in &seen.open {
        let (group, book) = books.of(deal.owner_id);
        if let Some(book) = book {
            book.open(deal, span);
        }
        deals.push(OpenDeal {
            // A deal that was not scored yet has what its stage says.
            probability: deal.probability.or(deal.stage_probability).unwrap_or_default(),
            amount: deal.worth.unwrap_or_default(),
            close: deal.close_date,
            group,
        });
    }
    for won in &stretch.won {
        if let (_, Some(book)) = books.of(won.owner_id) {
            book.won(won);
        }
    }
    let fresh = fresh::of_owners(seen, &seen.ended(past), stretch, |owner| books.place(owner));
    let (slips, correlation) = (past.slips(tomorrow), past.correlation(tomorrow));
    let throws = (MOST_DRAWS / (deals.len() + fresh.most()).max(1)).clamp(200, THROWS);
    let closed: Vec<f64> = books.each.iter().map(|book| book.closed).collect();
    let (total, groups) = simulate(&Simulation {
        today,
        span,
        deals: &deals,
        groups: books.each.len(),
        closed: &closed,
        slips: &slips,
        fresh: &fresh,
        correlation,
        throws,
        seed: seed(today),
    });
    let money = Rounded::new(&seen.reporting.currency);
    let mut named: Vec<GroupLine> = if by == By::Nothing {
        Vec::new()
    } else {
        let named = books.places.iter().filter_map(|((name, owner), at)| {
            Some(GroupLine {
                owner_id: *owner,
                name: name.clone(),
                line: money.line(groups.get(*at)?, *books.each.get(*at)?),
            })
        });
        named.collect()
    };
    named.sort_by_key(|group| std::cmp::Reverse(group.line.expected));
    let all = books.each.iter().fold(Book::default(), Book::plus);
    let bare = stretch.won.iter().map(|won| won.without_amount).sum::<i64>();
    ForecastAnswer {
        from: stretch.from,
        to: stretch.to,
        as_of: seen.now,
        today,
        currency: seen.reporting.currency.clone(),
        total: money.line(&total, all),
        groups: named,
        basis: Basis {
            slips: slips.len(),
            spans: fresh.spans.len(),
            correlation,
            throws,
            scored: seen.open.iter().filter(|deal| deal.probability.is_some()).count(),
            without_amount: seen.open.iter().filter(|deal| deal.worth.is_none()).count(),
            won_without_amount: usize::try_from(bare).unwrap_or_default(),
            past_without_amount: 0,
            cut: seen.cut,
            left_out: past.left_out,
        },
        past: Vec::new(),
        accuracy: Accuracy::default(),
        said: Vec::new(),
        said_accuracy: Accuracy::default(),
    }
}

/// The same forecast all day, whoever asks for it again.
pub(super) fn seed(day: NaiveDate) -> u64 {
    u64::try_from((day - NaiveDate::default()).num_days()).unwrap_or_default()
}
