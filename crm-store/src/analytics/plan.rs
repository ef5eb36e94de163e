//! What is asked: typed, by fields of the catalogue.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::Value as Json;

use crate::{
    StoreError,
    catalog::{self, Field, Link, Object, Relation},
    query::Op,
};

/// How many steps a path may take from the object that is asked about.
const MAX_STEPS: usize = 2;

/// A field of the object that is asked about, or of a record that it refers to: `stage`, `account.industry`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The references on the way, each held by the object before it.
    pub steps: Vec<&'static Relation>,
    /// The object that has the field.
    pub object: &'static Object,
    /// The field.
    pub field: &'static Field,
    /// The key inside a field of JSON: a custom field of the tenant.
    pub custom: Option<String>,
}

impl Path {
    /// Reads `field`, `relation.field`, `relation.relation.field`, or `custom.key` at the end.
    pub fn parse(root: &'static Object, said: &str) -> Result<Self, StoreError> {
        let unknown = |what: &str, on: &Object| {
            StoreError::invalid(said, format!("{what} is no field or reference of {}", on.plural))
        };
        let mut object = root;
        let mut steps = Vec::new();
        let mut rest = said;
        while let Some((head, tail)) = rest.split_once('.') {
            if head == "custom" {
                break;
            }
            let relation = object
                .relation(head)
                .filter(|relation| matches!(relation.by, Link::Field(_)))
                .ok_or_else(|| unknown(head, object))?;
            object = match relation.target {
                "user" => &catalog::USER,
                target => catalog::object(target).ok_or_else(|| unknown(target, object))?,
            };
            steps.push(relation);
            rest = tail;
        }
        if steps.len() > MAX_STEPS {
            return Err(StoreError::invalid(
                said,
                format!("goes over more than {MAX_STEPS} references"),
            ));
        }
        let (name, custom) = match rest.split_once('.') {
            Some((name, key)) => (name, Some(key.to_owned())),
            None => (rest, None),
        };
        let field = object.field(name).ok_or_else(|| unknown(name, object))?;
        Ok(Self {
            steps,
            object,
            field,
            custom,
        })
    }
}

/// How long the stretches of a calendar are. Quarters and years are the tenant's fiscal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// Three months of the fiscal year.
    Quarter,
    /// A fiscal year.
    Year,
}

/// Days from the first to the last, both included, in the tenant's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    /// The first day; none for the beginning of time.
    pub from: Option<NaiveDate>,
    /// The last day; none for its end.
    pub to: Option<NaiveDate>,
}

/// What groups are made by.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// The value of a field; an id comes with the name of its record.
    Value(Path),
    /// The stretch of the calendar in which a day or moment lies.
    Calendar(Path, Grain),
}

/// How the values of records become one.
///
/// Amounts are converted to the reporting currency and rounded to its digits, other numbers to six decimals, halves away
/// from zero. Counts and sums of no records are 0; means, medians, least and most are null.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// How many records.
    Count,
    /// How many different values.
    CountDistinct(Path),
    /// A number or amount of the records, summed up in one way.
    Of(Summary, Path),
    /// The sum of amounts, each weighted by a percentage of its record.
    Weighted {
        /// The amounts.
        amount: Path,
        /// The percentages, 0 to 100.
        percent: Path,
    },
    /// The time between two moments or days of a record, for records that have both.
    Between {
        /// The earlier one.
        from: Path,
        /// The later one.
        to: Path,
        /// In which unit.
        unit: Span,
        /// Summed up in which way.
        summary: Summary,
    },
}

/// How many values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// All together.
    Sum,
    /// The mean.
    Average,
    /// The one in the middle.
    Median,
    /// The least.
    Minimum,
    /// The most.
    Maximum,
}

/// The unit of a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

/// An aggregate over some of the records of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// What is computed.
    pub aggregate: Aggregate,
    /// Over which of the records; all of the group's when empty.
    pub only: Vec<Filter>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// One number.
    Plain(Formula),
    /// One as a share of another, 0 to 1; null when the other is 0.
    Ratio {
        /// What is divided.
        of: Formula,
        /// By what.
        by: Formula,
    },
    /// Two numbers that can be added up, together: what was won in full and what is open by its probability.
    Total {
        /// The one.
        of: Formula,
        /// The other.
        and: Formula,
    },
    /// An amount of opportunities as a share of the quotas of the same owners and days, 0 and up; null without quotas. By
    /// owner, those who have a quota and no records have 0.
    Attainment(Formula),
}

/// A condition on records.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A field compared as lists compare it; an amount without a currency is one in the reporting currency, and amounts
    /// in others are converted.
    Field {
        /// Which one.
        path: Path,
        /// How.
        op: Op,
        /// With what: JSON of the field's type; an array for `in`.
        value: Json,
    },
    /// A day or moment within days.
    Within(Path, DayRange),
    /// One of these holds, at least.
    Any(Vec<Filter>),
    /// None of these holds.
    Not(Box<Filter>),
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// More than.
    Above,
    /// This or more.
    AtLeast,
    /// Less than.
    Below,
    /// This or less.
    AtMost,
    /// Exactly.
    Equal,
}

/// A condition on groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Having {
    /// Which measure, by its place.
    pub measure: usize,
    /// How it is compared.
    pub test: Test,
    /// With what, in the unit of the measure; of amounts in whole units of the reporting currency.
    pub value: rust_decimal::Decimal,
}

/// What groups are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// A key, by its place.
    Key(usize),
    /// A measure, by its place.
    Measure(usize),
}

/// An order of groups; groups without a value come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// Whether the most comes first.
    pub descending: bool,
}

/// Groups of records and their numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Groups {
    /// What the groups are made by; none for one group of all.
    pub keys: Vec<Key>,
    /// Their numbers; one at least.
    pub measures: Vec<Measure>,
    /// Which groups are shown.
    pub having: Vec<Having>,
    /// How they are sorted; by the first calendar key or else the first measure when empty.
    pub order: Vec<Order>,
    /// At most so many groups.
    pub limit: u32,
    /// Whether what is beyond the limit becomes one group more.
    pub other: bool,
    /// Whether each measure that can be added up comes with its share of the whole.
    pub share: bool,
    /// The same measures in other days, side by side: of which field, and in which days. They stand in the place of the
    /// days of that field in the filters of the plan and of its measures; keys of its calendar are matched by their place,
    /// the first month with the first month.
    pub compare: Option<(Path, DayRange)>,
    /// The opportunities as they were at the end of this day, from their history: stage, amount, currency, close date,
    /// owner, probability, forecast category, and whether closed and won. Other fields are as they are today.
    pub as_of: Option<NaiveDate>,
}

/// How many records came to each step of the pipeline, at least: from what they are and ever were.
///
/// A row for each step: its stage; how many came to it or further, their amount, their share of those who came to the
/// first step, and of those who came to the step before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Funnel {
    /// The stages in their order; all of the tenant's open ones and the won one when empty.
    pub steps: Vec<String>,
}

/// What became of the records that began in the same stretch of the calendar.
///
/// A row for each stretch of beginning and each stretch after it that has begun: its first day, how many stretches after;
/// how many records began then, how many had reached it by the end of that stretch, their share.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// When a record began.
    pub begun: Path,
    /// The stretches, of beginning and of what follows.
    pub grain: Grain,
    /// When it reached what is counted, such as won or converted; null when it never did.
    pub reached: Path,
    /// What else holds for those that reached it.
    pub only: Vec<Filter>,
    /// How many stretches after the beginning are shown.
    pub stretches: u32,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Groups and their numbers.
    Groups(Groups),
    /// The records themselves, newest first or as ordered, with these fields.
    Records {
        /// Which fields are shown.
        fields: Vec<Path>,
        /// What they are sorted by, and whether the most comes first.
        order: Option<(Path, bool)>,
        /// At most so many.
        limit: u32,
        /// So many of the first are left out: they were shown before.
        offset: u32,
        /// As they were at the end of this day.
        as_of: Option<NaiveDate>,
    },
    /// Opportunities by the steps that they came to.
    Funnel(Funnel),
    /// Records by when they began.
    Cohort(Cohort),
    /// How long opportunities stayed in each stage that they left, by their history: the stage; the mean and the median in
    /// days, how many stays. What is still in a stage is not among them.
    StageDurations,
    /// Where the open amount went between the ends of two days: a row for each of `opening`, `created`, `moved_in`, `won`,
    /// `lost`, `slipped`, `changed` and `closing`, with its amount and how many records that are. Opening, created, moved in
    /// and changed, less won, lost and slipped, is closing, exactly. Filters hold on each of the two days for themselves:
    /// what does not pass them any more has slipped.
    Bridge {
        /// The earlier day.
        from: NaiveDate,
        /// The later day.
        to: NaiveDate,
        /// The close dates that count; what moves into or out of them has moved in or slipped.
        closing: DayRange,
    },
}

/// In what amounts of several currencies are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// ISO 4217 code.
    pub currency: String,
    /// The day whose rates hold.
    pub on: NaiveDate,
    /// The tenant's time zone.
    pub timezone: Tz,
    /// The month in which the fiscal year starts, 1 to 12.
    pub fiscal_year_start: u32,
}

/// A question about the records of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whose records.
    pub object: &'static Object,
    /// Which of them; deleted ones never.
    pub filters: Vec<Filter>,
    /// What comes back.
    pub shape: Shape,
    /// Money and calendar.
    pub reporting: Reporting,
}
