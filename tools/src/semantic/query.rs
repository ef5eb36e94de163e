//! What can be asked: a typed query over the semantic layer. People, the parser and models all write this; nobody
//! writes SQL.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A question about the numbers of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineQuery {
    /// Which entity of the semantic layer, such as `opportunities`.
    pub entity: String,
    /// What comes back; groups and their numbers when left out.
    #[serde(
        default,
        skip_serializing_if = "Form::is_groups",
        deserialize_with = "or_default"
    )]
    #[schemars(with = "Option<Form>")]
    pub form: Form,
    /// The measures, by name; the first is the one that matters. Of a list of records: the one whose records are listed, or
    /// none. Empty for a funnel, stage durations, a bridge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// What groups are made by; none for one number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// Which records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<QueryFilter>,
    /// Which groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub having: Vec<QueryHaving>,
    /// In which days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The same measures of other days beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// The pipeline as it was at the end of this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<NaiveDate>,
    /// The order of the groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<QueryOrder>,
    /// At most so many groups or records, 1 to 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Whether what is beyond the limit becomes one group more, "other".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Whether measures come with their share of the whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub share: bool,
    /// ISO 4217 code in which amounts are told; the tenant's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Words of the question that were read by their meaning. `read_question` fills it; leave it out otherwise.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "or_default"
    )]
    #[schemars(with = "Option<Vec<ReadAs>>")]
    pub read_as: Vec<ReadAs>,
}

/// Words that were read as something that is not called so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAs {
    /// The asker's words.
    pub words: String,
    /// The dimension that they were read as, or as a value of, by name.
    pub dimension: String,
    /// The value, as the query compares with it; null for the dimension itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What comes back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Form {
    /// Groups and their numbers, or one number.
    #[default]
    Groups,
    /// The records themselves.
    Records {},
    /// How many came to each stage at least, and the conversion between them.
    Funnel {},
    /// What became of records that began in the same stretch of time: the share that reached the measure.
    Cohort {
        /// The stretches of time.
        grain: Grain,
        /// How many stretches are followed, 1 to 36.
        #[schemars(range(min = 1, max = 36))]
        stretches: u32,
    },
    /// How long records stayed in each stage.
    StageDurations {},
    /// Where the open amount went between the ends of two days.
    Bridge {
        /// The earlier day.
        from: NaiveDate,
        /// The later day.
        to: NaiveDate,
    },
}

impl Form {
    /// Whether groups and their numbers come back.
    pub fn is_groups(&self) -> bool {
        matches!(self, Self::Groups)
    }
}

/// What groups are made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// A dimension of the entity, by name.
    pub name: String,
    /// Of a dimension of time: the stretches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grain: Option<Grain>,
}

/// How long the stretches of a calendar are; quarters and years follow the tenant's fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// A fiscal quarter.
    Quarter,
    /// A fiscal year.
    Year,
}

/// A condition on records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryFilter {
    /// A dimension of the entity, by name.
    pub dimension: String,
    /// How it is compared: `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `in`, `not_in`, `is_null`.
    pub op: FilterOp,
    /// With what: a text, number, day, true or false; a list for `in` and `not_in`; a name or an id for people and
    /// records, `"me"` for the asker, `"my_team"` for those whose roles are below the asker's; true or false for `is_null`.
    #[schemars(with = "Compared")]
    pub value: Json,
}

/// How a dimension is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOp {
    /// Is this.
    Eq,
    /// Is not this.
    Ne,
    /// Is less, or before.
    Lt,
    /// Is less or this.
    Lte,
    /// Is more, or after.
    Gt,
    /// Is more or this.
    Gte,
    /// Is one of these.
    In,
    /// Is none of these.
    NotIn,
    /// Has no value (true) or has one (false).
    IsNull,
}

/// A condition on groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryHaving {
    /// One of the query's measures.
    pub measure: String,
    /// `eq`, `lt`, `lte`, `gt`, `gte`.
    pub op: FilterOp,
    /// In the measure's unit.
    #[schemars(with = "Amount")]
    #[serde(deserialize_with = "number")]
    pub value: Decimal,
}

/// In which days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// A dimension of time, by name; the entity's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// Which days.
    pub range: Range,
}

/// Days, as people say them; resolved in the tenant's time zone and fiscal year when the query runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Range {
    /// From a day to a day, both included; open where one is left out.
    Between {
        /// The first day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<NaiveDate>,
        /// The last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NaiveDate>,
    },
    /// A whole stretch near today: 0 is this one, -1 the last, 1 the next.
    Relative {
        /// Which stretch.
        unit: Grain,
        /// How far from today.
        offset: i32,
    },
    /// From the beginning of a stretch to the same day in it as today: `unit: year, offset: 0` is year to date.
    ToDate {
        /// Which stretch.
        unit: Grain,
        /// How far from today.
        offset: i32,
    },
    /// So many days, weeks, months... up to and including today, or from today on when negative.
    Rolling {
        /// Which stretch.
        unit: Grain,
        /// How many.
        count: i32,
    },
    /// A stretch by its name: a year; a quarter 1 to 4 of a fiscal year; a month 1 to 12 of a calendar year.
    Named {
        /// Which stretch: `year`, `quarter` or `month`.
        unit: Grain,
        /// The year.
        year: i32,
        /// The number of the quarter or month.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
    },
}

/// With which days the measures are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The stretch of the same length before.
    PreviousPeriod,
    /// The same days a year before.
    PreviousYear,
}

/// An order of groups or records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryOrder {
    /// A measure or a dimension of the query, by name.
    pub by: String,
    /// Whether the most comes first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
}

/// Reads a number, or a number written as text as this type writes it.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let value = Json::deserialize(deserializer)?;
    let text = match &value {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return Err(serde::de::Error::custom("must be a number")),
    };
    let number = text.parse().or_else(|_| Decimal::from_scientific(&text));
    number.map_err(|_| serde::de::Error::custom("must be a number"))
}

/// What a dimension is compared with, as schemas tell it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is read")]
enum Compared {
    Text(String),
    Number(f64),
    Truth(bool),
    List(Vec<Amount>),
}

/// A number, or a text that may be one, as schemas tell it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is read")]
enum Amount {
    Text(String),
    Number(f64),
}

/// Takes null for what was left out: models that must write every field write it.
fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
