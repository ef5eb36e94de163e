//! A forecast as the API shows it.

use chrono::{DateTime, NaiveDate, Utc};
use crm_predict::forecast::Accuracy;
use crm_store::forecast_snapshots::SnapshotScope;
use crm_tools::forecast::{ForecastAnswer, ForecastLine, Said};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct Amount {
    /// In the currency itself, such as euros.
    #[schema(value_type = String, example = "125000.00")]
    amount: Decimal,
    /// The ISO 4217 code.
    currency: String,
}

/// What a period, or a part of it, is likely to bring.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// What was won in it already.
    closed: Amount,
    /// What is expected in all: closed, open and new.
    expected: Amount,
    /// What open deals add on average.
    open: Amount,
    /// What deals add on average that are not in the books yet; in a group, those that it is likely to bring.
    new: Amount,
    /// One time in ten it is less.
    low: Amount,
    /// Half of the time it is less.
    median: Amount,
    /// One time in ten it is more.
    high: Amount,
    /// Open deals that are expected to close in the period, as their owners have them: committed.
    commit: Amount,
    /// Best case.
    best_case: Amount,
    /// Pipeline.
    pipeline: Amount,
    /// How many deals were won in it.
    won_deals: usize,
    /// How many open deals it is made of.
    open_deals: usize,
}

/// The part of an owner or a team. Parts add up to the whole, but for what is lost where sums are rounded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    /// The owner; null for a team.
    owner_id: Option<Uuid>,
    /// The name for people.
    name: String,
    /// What they are likely to bring.
    #[serde(flatten)]
    line: Line,
}

/// A past quarter.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastQuarter {
    /// The first day.
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    /// What would have been told on the first day.
    expected: Amount,
    /// The lower end of its interval.
    low: Amount,
    /// The upper end.
    high: Amount,
    /// What was won.
    actual: Amount,
}

/// What was really told of a period at its beginning, as it was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidView {
    /// The first day of the period.
    from: NaiveDate,
    /// Its last day.
    to: NaiveDate,
    /// When it was told: within the period, as early as it was kept, else the last time before it.
    as_of: DateTime<Utc>,
    /// Of what deals it was told: `all`, `team`, `owner`.
    #[schema(value_type = String, example = "all")]
    scope: SnapshotScope,
    /// Whose deals; null for all deals, a team's, and those of nobody.
    owner_id: Option<Uuid>,
    /// The name of the owner or the team; empty for all deals.
    name: String,
    /// What was expected in all.
    expected: Amount,
    /// One time in ten less.
    low: Amount,
    /// One time in ten more.
    high: Amount,
    /// What owners had committed.
    commit: Amount,
    /// Best case.
    best_case: Amount,
    /// Pipeline.
    pipeline: Amount,
    /// What was won, of the deals that you may see; null while the period is not over.
    actual: Option<Amount>,
}

impl From<Said> for SaidView {
    fn from(said: Said) -> Self {
        let money = |amount: Decimal| Amount {
            amount,
            currency: said.currency.clone(),
        };
        Self {
            from: said.from,
            to: said.to,
            as_of: said.as_of,
            scope: said.scope,
            owner_id: said.owner_id,
            expected: money(said.expected),
            low: money(said.low),
            high: money(said.high),
            commit: money(said.commit),
            best_case: money(said.best_case),
            pipeline: money(said.pipeline),
            actual: said.actual.map(money),
            name: said.name,
        }
    }
}

/// How good those were, or would have been.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastAccuracy {
    /// How many quarters there are.
    periods: usize,
    /// The sum of absolute errors over the sum of what came.
    wape: Option<f64>,
    /// The sum of errors over the sum of what came; above 0 when too much was expected.
    bias: Option<f64>,
    /// The share of quarters within their interval; 0.8 is what it promises.
    coverage: Option<f64>,
}

/// What a forecast rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastBasis {
    /// Looks at past deals that say how days and sums turn out.
    slips: usize,
    /// Past spans that say what deals bring that are not in the books yet.
    spans: usize,
    /// How much outcomes go together, 0 to 0.3.
    correlation: f64,
    /// How often outcomes were thrown.
    throws: usize,
    /// Open deals with a score; the others have the probability of their stage.
    scored: usize,
    /// Open deals without an amount or a rate: they add nothing.
    without_amount: usize,
    /// Deals won in the period without an amount or a rate: they add nothing to what is closed.
    won_without_amount: usize,
    /// Deals won in the quarters of `past` without an amount or a rate: they are not in what came.
    past_without_amount: usize,
    /// Whether only the first 50,000 open deals are in it.
    cut: bool,
    /// Closed deals of the last three years that were not looked back at: there are more than the latest 60,000.
    left_out: u64,
}

/// The forecast of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// The first day.
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    /// What was known then is what it rests on.
    as_of: DateTime<Utc>,
    /// All together.
    total: Line,
    /// Its parts, the largest first; empty when it is not split.
    groups: Vec<Group>,
    /// What it rests on.
    basis: ForecastBasis,
    /// The last eight quarters, as far as there were deals.
    past: Vec<PastQuarter>,
    /// How good those forecasts would have been.
    accuracy: ForecastAccuracy,
    /// What was really told of the periods of the last two years at their beginning, latest first, as it was kept once a week:
    /// of all deals, and of each owner or team when it is split so; of each owner whose deals you may see, when that is not all.
    said: Vec<SaidView>,
    /// How good that was, over the periods that are over: of all deals, or of the owners whose deals you may see.
    said_accuracy: ForecastAccuracy,
}

impl From<Accuracy> for ForecastAccuracy {
    fn from(told: Accuracy) -> Self {
        Self {
            periods: told.periods,
            wape: told.wape,
            bias: told.bias,
            coverage: told.coverage,
        }
    }
}

impl From<ForecastAnswer> for ForecastView {
    fn from(made: ForecastAnswer) -> Self {
        let currency = made.currency;
        let money = |amount: Decimal| Amount {
            amount,
            currency: currency.clone(),
        };
        let line = |line: ForecastLine| Line {
            closed: money(line.closed),
            expected: money(line.expected),
            open: money(line.open),
            new: money(line.new),
            low: money(line.low),
            median: money(line.median),
            high: money(line.high),
            commit: money(line.commit),
            best_case: money(line.best_case),
            pipeline: money(line.pipeline),
            won_deals: line.won_deals,
            open_deals: line.open_deals,
        };
        let groups = made.groups.into_iter().map(|group| Group {
            owner_id: group.owner_id,
            name: group.name,
            line: line(group.line),
        });
        let past = made.past.into_iter().map(|past| PastQuarter {
            from: past.from,
            to: past.to,
            expected: money(past.expected),
            low: money(past.low),
            high: money(past.high),
            actual: money(past.actual),
        });
        Self {
            from: made.from,
            to: made.to,
            as_of: made.as_of,
            groups: groups.collect(),
            past: past.collect(),
            total: line(made.total),
            basis: ForecastBasis {
                slips: made.basis.slips,
                spans: made.basis.spans,
                correlation: made.basis.correlation,
                throws: made.basis.throws,
                scored: made.basis.scored,
                without_amount: made.basis.without_amount,
                won_without_amount: made.basis.won_without_amount,
                past_without_amount: made.basis.past_without_amount,
                cut: made.basis.cut,
                left_out: made.basis.left_out,
            },
            accuracy: made.accuracy.into(),
            said: made.said.into_iter().map(Into::into).collect(),
            said_accuracy: made.said_accuracy.into(),
        }
    }
}
