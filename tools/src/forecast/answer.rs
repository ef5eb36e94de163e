//! A forecast as it is shown: every sum in the tenant's currency.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use crm_predict::forecast::{Accuracy, Forecast, Fresh, OpenDeal, PastSpan, Simulation, Span, simulate};
use iso_currency::Currency;
use rust_decimal::{Decimal, prelude::FromPrimitive as _};
use uuid::Uuid;

use super::{
    By, MOST_DRAWS, Said, Seen, THROWS, backtest,
    past::{Past, PastDeal},
    said,
};

/// What a period, or a part of it, is likely to bring. Sums are in the answer's currency.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastLine {
    /// What was won in it already.
    pub closed: Decimal,
    /// What is expected in all: closed, open and new.
    pub expected: Decimal,
    /// What open deals add on average.
    pub open: Decimal,
    /// What deals add on average that do not exist yet; nothing in groups.
    pub new: Decimal,
    /// One time in ten it is less.
    pub low: Decimal,
    /// Half of the time it is less.
    pub median: Decimal,
    /// One time in ten it is more.
    pub high: Decimal,
    /// Open deals that are expected to close in the period, as their owners have them: committed.
    pub commit: Decimal,
    /// Best case.
    pub best_case: Decimal,
    /// Pipeline.
    pub pipeline: Decimal,
    /// How many deals were won in it.
    pub won_deals: usize,
    /// How many open deals it is made of, whenever they are expected to close.
    pub open_deals: usize,
}

/// The forecast of an owner or a team.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLine {
    /// The owner; none for a team, and for deals without one.
    pub owner_id: Option<Uuid>,
    /// The name for people.
    pub name: String,
    /// What they are likely to bring.
    pub line: ForecastLine,
}

/// A past quarter: what would have been said on its first day, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct PastPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What was to be expected.
    pub expected: Decimal,
    /// One time in ten less.
    pub low: Decimal,
    /// One time in ten more.
    pub high: Decimal,
    /// What was won.
    pub actual: Decimal,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// Looks at past deals that say how days and sums turn out.
    pub slips: usize,
    /// Past spans that say what deals bring that do not exist yet.
    pub spans: usize,
    /// How much outcomes go together, 0 to 0.3.
    pub correlation: f64,
    /// How often outcomes were thrown.
    pub throws: usize,
    /// Open deals that were scored by a model.
    pub scored: usize,
    /// Open deals without an amount, or in a currency without a rate: they add nothing.
    pub without_amount: usize,
    /// Whether only the first 50,000 open deals are in it.
    pub cut: bool,
    /// Closed deals of the last three years that were not looked back at: there are more than the latest 60,000.
    pub left_out: u64,
}

/// The forecast of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastAnswer {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// The day of that in the tenant's zone.
    pub today: NaiveDate,
    /// The currency of all sums; others are converted at the rates of the day.
    pub currency: String,
    /// All together.
    pub total: ForecastLine,
    /// Its parts, the largest first.
    pub groups: Vec<GroupLine>,
    /// What it rests on.
    pub basis: Basis,
    /// The last eight quarters.
    pub past: Vec<PastPeriod>,
    /// How good those forecasts would have been.
    pub accuracy: Accuracy,
    /// What was really told of periods at their beginning, latest first.
    pub said: Vec<Said>,
    /// How good that was.
    pub said_accuracy: Accuracy,
}

/// Sums of what owners expect.
#[derive(Debug, Clone, Copy, Default)]
struct Book {
    commit: f64,
    best_case: f64,
    pipeline: f64,
    closed: f64,
    won: usize,
    open: usize,
}

/// The forecast of a period, and how good such forecasts were.
pub(super) fn answer(seen: &Seen, past: &Past, period: (NaiveDate, NaiveDate), by: By) -> ForecastAnswer {
    let (quarters, accuracy) = backtest::backtest(seen, past);
    let (said, said_accuracy) = said::said(seen, past);
    let money = Rounded::new(&seen.reporting.currency);
    ForecastAnswer {
        past: quarters
            .iter()
            .map(|(span, past)| PastPeriod {
                from: span.from,
                to: span.to.pred_opt().unwrap_or(span.to),
                expected: money.of(past.forecast.expected),
                low: money.of(past.forecast.low),
                high: money.of(past.forecast.high),
                actual: money.of(past.actual),
            })
            .collect(),
        accuracy,
        said,
        said_accuracy,
        ..told(seen, past, period, by)
    }
}

/// The forecast of a period, without a look back. Nothing that ended after the day of `seen` has a say in it.
#[expect(
    clippy::too_many_lines,
    reason = "one walk from deals to sums, whose steps share what they count"
)]
pub(super) fn told(seen: &Seen, past: &Past, (from, to): (NaiveDate, NaiveDate), by: By) -> ForecastAnswer {
    let today = seen.reporting.on;
    let after = to.checked_add_days(Days::new(1)).unwrap_or(to);
    let span = Span { from, to: after };
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let slips = past.slips(tomorrow);
    let mut places: BTreeMap<(String, Option<Uuid>), usize> = BTreeMap::new();
    let mut books: Vec<Book> = Vec::new();
    let mut place = |owner: Option<Uuid>, books: &mut Vec<Book>| {
        let next = places.len();
        let at = *places.entry(group(seen, by, owner)).or_insert(next);
        if at == books.len() {
            books.push(Book::default());
        }
        at
    };
    let mut deals = Vec::with_capacity(seen.open.len());
    let (mut scored, mut without_amount) = (0, 0);
    for deal in &seen.open {
        let known = deal.at(seen.now);
        let at = place(known.owner(), &mut books);
        let odds = seen.odds.get(&deal.id());
        let said = odds.and_then(|odds| odds.probability);
        scored += usize::from(said.is_some());
        let worth = known.worth();
        without_amount += usize::from(worth.is_none());
        let close = known.close_date();
        if let Some(book) = books.get_mut(at) {
            book.open += 1;
            let sum = worth.filter(|_| close.is_some_and(|close| span.holds(close)));
            match odds.map(|odds| odds.forecast_category.as_str()) {
                Some("commit") => book.commit += sum.unwrap_or_default(),
                Some("best_case") => book.best_case += sum.unwrap_or_default(),
                Some("pipeline") => book.pipeline += sum.unwrap_or_default(),
                _ => {}
            }
        }
        deals.push(OpenDeal {
            // A deal that was not scored yet has what its stage says.
            probability: said.unwrap_or_else(|| known.stage_probability().unwrap_or_default()),
            amount: worth.unwrap_or_default(),
            close,
            group: at,
        });
    }
    for won in seen.won.iter().filter(|won| span.holds(won.on)) {
        let at = place(won.owner, &mut books);
        if let Some(book) = books.get_mut(at) {
            book.closed += won.worth.unwrap_or_default();
            book.won += 1;
        }
    }
    let correlation = past.correlation(tomorrow);
    let fresh = fresh(seen, past, today, span);
    let throws = (MOST_DRAWS / deals.len().max(1)).clamp(200, THROWS);
    let closed: Vec<f64> = books.iter().map(|book| book.closed).collect();
    let (total, groups) = simulate(&Simulation {
        today,
        span,
        deals: &deals,
        groups: books.len(),
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
        let line = |at: &usize| Some((groups.get(*at)?, books.get(*at)?));
        places
            .iter()
            .filter_map(|((name, owner), at)| {
                let (forecast, book) = line(at)?;
                Some(GroupLine {
                    owner_id: *owner,
                    name: name.clone(),
                    line: money.line(forecast, *book),
                })
            })
            .collect()
    };
    named.sort_by_key(|group| std::cmp::Reverse(group.line.expected));
    let all = books.iter().fold(Book::default(), |sum, book| Book {
        commit: sum.commit + book.commit,
        best_case: sum.best_case + book.best_case,
        pipeline: sum.pipeline + book.pipeline,
        closed: sum.closed + book.closed,
        won: sum.won + book.won,
        open: sum.open + book.open,
    });
    ForecastAnswer {
        from,
        to,
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
            scored,
            without_amount,
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

/// To whom a deal is counted: the words for people, and the owner.
fn group(seen: &Seen, by: By, owner: Option<Uuid>) -> (String, Option<Uuid>) {
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

/// What was won, in spans of the same length and place that began a month apart, by deals that were not there when the span
/// was looked ahead to.
fn fresh(seen: &Seen, past: &Past, today: NaiveDate, span: Span) -> Fresh {
    let begins = (span.from.max(today) - today).num_days();
    let ends = (span.to - today).num_days();
    let visible = || past.deals.iter().filter(|deal| seen.closed.contains(&deal.id));
    fresh_before(visible, today, (begins, ends))
}

/// As [`fresh`], of any deals: spans end before `today`.
pub(super) fn fresh_before<'p, I: Iterator<Item = &'p PastDeal>>(
    deals: impl Fn() -> I,
    today: NaiveDate,
    (begins, ends): (i64, i64),
) -> Fresh {
    let first = deals().map(|deal| deal.created).min();
    let spans = (0..24).filter_map(|back| {
        let looked = today.checked_sub_days(Days::new(u64::try_from(ends + 30 * back).ok()?))?;
        // Before there was anything, nothing was won: that is no past to draw from.
        if first.is_none_or(|first| looked < first) {
            return None;
        }
        let held = |day: NaiveDate| (begins..ends).contains(&(day - looked).num_days());
        Some(PastSpan {
            won: deals()
                .filter(|deal| deal.created >= looked)
                .filter_map(PastDeal::won)
                .filter(|(day, _)| held(*day))
                .map(|(_, worth)| worth)
                .collect(),
        })
    });
    Fresh {
        spans: spans.collect(),
    }
}

/// Sums as people write them.
pub(super) struct Rounded(u32);

impl Rounded {
    pub(super) fn new(currency: &str) -> Self {
        let digits = Currency::from_code(currency).and_then(Currency::exponent);
        Self(digits.map_or(2, u32::from))
    }

    pub(super) fn of(&self, sum: f64) -> Decimal {
        let mut sum = Decimal::from_f64(sum).unwrap_or_default().round_dp(self.0);
        sum.rescale(self.0);
        sum
    }

    fn line(&self, forecast: &Forecast, book: Book) -> ForecastLine {
        let (closed, open, new) = (
            self.of(forecast.closed),
            self.of(forecast.open),
            self.of(forecast.fresh),
        );
        ForecastLine {
            closed,
            open,
            new,
            // The parts that are shown add up.
            expected: closed + open + new,
            low: self.of(forecast.low),
            median: self.of(forecast.median),
            high: self.of(forecast.high),
            commit: self.of(book.commit),
            best_case: self.of(book.best_case),
            pipeline: self.of(book.pipeline),
            won_deals: book.won,
            open_deals: book.open,
        }
    }
}
