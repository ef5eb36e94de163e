//! What can be asked, as one document for people, programs and models.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{
    DimensionDef, DimensionKind, Entity, Labels, Language, MeasureDef, SemanticModel, Unit, ValueSource,
};

/// What can be asked, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asking {
    /// ISO 639-1 code of the language of the words.
    pub language: String,
    /// What can be asked about.
    pub entities: Vec<AskingEntity>,
}

/// What can be asked about one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskingEntity {
    /// Its name in queries.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// The dimension of time that is meant when none is named.
    pub time: Option<String>,
    /// Whether funnels, stage durations, bridges and past days can be asked for.
    pub pipeline: bool,
    /// What became of records in cohorts, in a word; null when cohorts mean nothing.
    pub cohort: Option<String>,
    /// What records are grouped and filtered by.
    pub dimensions: Vec<AskingDimension>,
    /// What is measured.
    pub measures: Vec<AskingMeasure>,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskingDimension {
    /// Its name in queries.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// `category`, `person`, `record`, `time`, `number`, `boolean` or `text`.
    pub kind: String,
    /// Whether records can be grouped by it; a dimension of time with a grain.
    pub groups: bool,
    /// The stored values and what they are called, where they are few and the same for every tenant.
    pub values: BTreeMap<String, String>,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskingMeasure {
    /// Its name in queries.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub definition: String,
    /// What its numbers are.
    pub unit: String,
    /// Whether the numbers of groups add up.
    pub additive: bool,
    /// The dimension of time that it is counted by; the entity's when null.
    pub time: Option<String>,
    /// Dimensions by which it makes no sense.
    pub not_by: Vec<String>,
    /// The only dimensions by which it makes sense; all others when empty.
    pub by: Vec<String>,
    /// Dimensions one of which it needs; none when empty.
    pub only_by: Vec<String>,
}

impl SemanticModel {
    /// What can be asked, in the words of a language.
    pub fn asking(&self, language: Language) -> Asking {
        Asking {
            language: language.code().to_owned(),
            entities: self
                .entities
                .iter()
                .map(|entity| asking(entity, language))
                .collect(),
        }
    }
}

fn text(labels: &Labels, language: Language) -> String {
    labels
        .get(&language)
        .or_else(|| labels.get(&Language::En))
        .cloned()
        .unwrap_or_default()
}

fn asking(entity: &Entity, language: Language) -> AskingEntity {
    AskingEntity {
        name: entity.name.clone(),
        label: text(&entity.labels, language),
        time: entity.time.clone(),
        pipeline: entity.has_pipeline(),
        cohort: entity
            .cohort
            .as_ref()
            .map(|cohort| text(&cohort.labels, language)),
        dimensions: entity
            .dimensions
            .iter()
            .map(|dimension| self::dimension(dimension, language))
            .collect(),
        measures: entity
            .measures
            .iter()
            .map(|measure| self::measure(measure, language))
            .collect(),
    }
}

fn dimension(dimension: &DimensionDef, language: Language) -> AskingDimension {
    let values = if matches!(dimension.values, ValueSource::Enum | ValueSource::None) {
        dimension
            .value_words
            .iter()
            .filter_map(|(value, words)| Some((value.clone(), words.get(&language)?.first()?.clone())))
            .collect()
    } else {
        BTreeMap::new()
    };
    AskingDimension {
        name: dimension.name.clone(),
        label: text(&dimension.labels, language),
        kind: match dimension.kind {
            DimensionKind::Category => "category",
            DimensionKind::Person => "person",
            DimensionKind::Record => "record",
            DimensionKind::Time => "time",
            DimensionKind::Number => "number",
            DimensionKind::Boolean => "boolean",
            DimensionKind::Text => "text",
        }
        .to_owned(),
        groups: dimension.groups(),
        values,
    }
}

fn measure(measure: &MeasureDef, language: Language) -> AskingMeasure {
    AskingMeasure {
        name: measure.name.clone(),
        label: text(&measure.labels, language),
        definition: text(&measure.definition, language),
        unit: match measure.unit {
            Unit::Count => "count",
            Unit::Number => "number",
            Unit::Money => "money",
            Unit::Usd => "usd",
            Unit::Percent => "percent",
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::Minutes => "minutes",
        }
        .to_owned(),
        additive: measure.additive,
        time: measure.time.clone(),
        not_by: measure.not_by.clone(),
        by: measure.by.clone(),
        only_by: measure.only_by.clone(),
    }
}
