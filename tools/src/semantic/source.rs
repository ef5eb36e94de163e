//! How the files of the layer are written.

use std::collections::BTreeMap;

use crm_store::query::Op;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    model::{DimensionKind, Labels, Unit, ValueSource, Words},
    query::QueryFilter,
};

/// A file: one entity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntitySource {
    pub(super) entity: String,
    pub(super) object: String,
    pub(super) labels: Labels,
    #[serde(default)]
    pub(super) synonyms: Words,
    #[serde(default)]
    pub(super) time: Option<String>,
    #[serde(default)]
    pub(super) filters: Vec<QueryFilter>,
    pub(super) dimensions: Vec<DimensionSource>,
    pub(super) measures: Vec<MeasureSource>,
    pub(super) drill_down: Vec<String>,
    #[serde(default)]
    pub(super) cohort: Option<CohortSource>,
}

/// A dimension.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DimensionSource {
    pub(super) name: String,
    /// A field or a path to one; the name when left out.
    #[serde(default)]
    pub(super) field: Option<String>,
    /// What follows from the type of the field when left out.
    #[serde(default)]
    pub(super) kind: Option<DimensionKind>,
    #[serde(default)]
    pub(super) values: Option<ValueSource>,
    pub(super) labels: Labels,
    #[serde(default)]
    pub(super) synonyms: Words,
    #[serde(default)]
    pub(super) value_words: BTreeMap<String, Words>,
    /// Dimensions of which one says that there can be values.
    #[serde(default)]
    pub(super) only_with: Vec<String>,
}

/// A measure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasureSource {
    pub(super) name: String,
    pub(super) labels: Labels,
    #[serde(default)]
    pub(super) synonyms: Words,
    pub(super) definition: Labels,
    pub(super) unit: Unit,
    pub(super) additive: bool,
    #[serde(default)]
    pub(super) time: Option<String>,
    #[serde(default)]
    pub(super) not_by: Vec<String>,
    #[serde(default)]
    pub(super) only_by: Vec<String>,
    #[serde(default)]
    pub(super) by: Vec<String>,
    #[serde(default)]
    pub(super) scale: Option<Decimal>,
    pub(super) measure: Way,
}

/// How a measure is computed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Way {
    /// One number.
    Plain(FormulaSource),
    /// One as a share of another.
    Ratio { of: FormulaSource, by: FormulaSource },
    /// Two numbers together.
    Total { of: FormulaSource, and: FormulaSource },
    /// An amount as a share of the quotas.
    Attainment(FormulaSource),
}

/// An aggregate over some of the records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormulaSource {
    pub(super) of: AggregateSource,
    #[serde(default)]
    pub(super) only: Vec<ConditionSource>,
}

/// How the values of records become one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum AggregateSource {
    Count,
    Distinct(String),
    Sum(String),
    Average(String),
    Median(String),
    Minimum(String),
    Maximum(String),
    Weighted {
        amount: String,
        percent: String,
    },
    Between {
        from: String,
        to: String,
        unit: SpanSource,
        summary: SummarySource,
    },
}

/// The unit of a length of time.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SpanSource {
    Hours,
    Days,
}

/// How many lengths become one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SummarySource {
    Average,
    Median,
}

/// What holds for the records of a formula: one comparison, or one of some.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ConditionSource {
    Any { any: Vec<ConditionSource> },
    Not { not: Box<ConditionSource> },
    Field { field: String, op: Op, value: Json },
}

/// What became of records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CohortSource {
    pub(super) begun: String,
    pub(super) reached: String,
    #[serde(default)]
    pub(super) only: Vec<ConditionSource>,
    pub(super) labels: Labels,
}
