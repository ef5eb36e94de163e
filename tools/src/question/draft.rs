//! What a question says of an entity, before it is a query.

use rust_decimal::Decimal;

use super::periods::Period;
use crate::semantic::{FilterOp, Grain, QueryFilter};

/// Which of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Open,
    Won,
    Lost,
    New,
}

impl Status {
    /// How the layer's measures of it begin.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::New => "created",
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Count,
    Money,
    Average,
}

/// What groups are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Dimension(usize),
    Calendar(Grain),
}

/// A condition with the other readings of its words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// The readings, likeliest first.
    pub(super) readings: Vec<(QueryFilter, String, f32)>,
    /// The dimensions that stand beside it in the question decide between readings.
    pub(super) sure: bool,
}

/// What was said.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that was said or not, and most go together"
)]
pub(super) struct Draft {
    pub(super) noun: bool,
    /// The pipeline itself was named, whose measure is money.
    pub(super) pipeline: bool,
    pub(super) measure: Option<usize>,
    pub(super) status: Vec<Status>,
    pub(super) not_status: Vec<Status>,
    pub(super) quantity: Option<Quantity>,
    pub(super) groups: Vec<Group>,
    /// Dimensions that were named without a word that says what for.
    pub(super) loose: Vec<usize>,
    pub(super) conditions: Vec<Condition>,
    pub(super) having: Option<(FilterOp, Decimal)>,
    pub(super) periods: Vec<Period>,
    pub(super) versus: bool,
    pub(super) beside: Vec<Period>,
    pub(super) most: Option<bool>,
    pub(super) best: bool,
    pub(super) which: bool,
    pub(super) number: Option<u32>,
    pub(super) list: bool,
    pub(super) share: bool,
    pub(super) other: bool,
    pub(super) trend: bool,
    pub(super) closing: bool,
    pub(super) funnel: bool,
    pub(super) durations: bool,
    pub(super) cohort: bool,
    pub(super) bridge: bool,
    pub(super) change: bool,
    pub(super) as_of: bool,
    pub(super) end_of: bool,
    pub(super) how_long: bool,
    /// Open, though their day has passed.
    pub(super) overdue: bool,
    /// Measures that were named beside the first.
    pub(super) more: Vec<usize>,
    pub(super) also: bool,
    /// What follows joins what was there: also Victor.
    pub(super) add: bool,
    pub(super) only: bool,
    pub(super) currency: Option<&'static str>,
    /// Words that nothing is known of, as they were written.
    pub(super) unknown: Vec<String>,
}
