//! A forecast as it is shown: every sum in the tenant's currency.

use chrono::{DateTime, NaiveDate, Utc};
use crm_predict::forecast::{Accuracy, Forecast};
use iso_currency::Currency;
use rust_decimal::{Decimal, prelude::FromPrimitive as _};
use uuid::Uuid;

use super::{
    By, Said, backtest,
    past::Past,
    said,
    seen::{Seen, Stretch},
    told::{Book, told},
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
    /// What deals add on average that do not exist yet; in a group, those that it is likely to bring.
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

/// The forecast of an owner or a team. Groups add up to the whole, but for what is lost where sums are rounded.
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
    /// Deals won in the period without an amount or a rate: they add nothing to what is closed.
    pub won_without_amount: usize,
    /// Deals won in the past quarters that are shown, without an amount or a rate: they are not in what came.
    pub past_without_amount: usize,
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

/// The forecast of a period, and how good such forecasts were.
pub(super) fn answer(seen: &Seen, past: &Past, stretch: &Stretch, by: By) -> ForecastAnswer {
    let visible = seen.visible(past);
    let (quarters, accuracy) = backtest::backtest(seen, past, &visible);
    let (said, said_accuracy) = said::said(seen, &visible, by);
    let money = Rounded::new(&seen.reporting.currency);
    let told = told(seen, past, stretch, by);
    let shown = quarters.first().zip(quarters.last());
    let past_without_amount = shown.map_or(0, |((first, _), (last, _))| {
        let days = first.from..last.to;
        let bare = visible.iter().filter(|deal| deal.came().is_none());
        bare.filter_map(|deal| deal.won_on())
            .filter(|day| days.contains(day))
            .count()
    });
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
        basis: Basis {
            past_without_amount,
            ..told.basis
        },
        ..told
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

    pub(super) fn line(&self, forecast: &Forecast, book: Book) -> ForecastLine {
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
