//! Reading the files of the layer, and what is wrong in them by file, entity and line.

use std::fmt;

use crm_store::{
    analytics::{Aggregate, Filter, Formula, Measure, Path, Span, Summary},
    catalog::{self, FieldType, Object},
};
use rust_decimal::Decimal;

use super::{
    check,
    model::{CohortDef, DimensionDef, DimensionKind, Entity, MeasureDef, SemanticModel, ValueSource},
    source::{
        AggregateSource, CohortSource, ConditionSource, DimensionSource, EntitySource, FormulaSource,
        MeasureSource, SpanSource, SummarySource, Way,
    },
};

/// The files, in the order in which entities are shown.
const FILES: &[(&str, &str)] = &[
    (
        "opportunities.yaml",
        include_str!("../../semantic/opportunities.yaml"),
    ),
    ("leads.yaml", include_str!("../../semantic/leads.yaml")),
    ("accounts.yaml", include_str!("../../semantic/accounts.yaml")),
    ("activities.yaml", include_str!("../../semantic/activities.yaml")),
    ("cases.yaml", include_str!("../../semantic/cases.yaml")),
    ("campaigns.yaml", include_str!("../../semantic/campaigns.yaml")),
    (
        "campaign_members.yaml",
        include_str!("../../semantic/campaign_members.yaml"),
    ),
    (
        "conversations.yaml",
        include_str!("../../semantic/conversations.yaml"),
    ),
    ("usage.yaml", include_str!("../../semantic/usage.yaml")),
    ("runs.yaml", include_str!("../../semantic/runs.yaml")),
];

/// What is wrong in a file of the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The entity, as far as it is known.
    pub entity: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            entity,
            line,
            message,
        } = self;
        write!(f, "{file}:{line} ({entity}): {message}")
    }
}

/// Files of the layer that cannot be used: a defect of the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the semantic layer cannot be used: {}", self.list())]
pub struct ModelError {
    /// All that is wrong.
    pub problems: Vec<Problem>,
}

impl ModelError {
    fn list(&self) -> String {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        lines.join("; ")
    }
}

/// The layer of the program.
pub(super) fn embedded() -> Result<SemanticModel, ModelError> {
    read(FILES)
}

impl SemanticModel {
    /// Reads files of the layer: name and text. The program's own are [`SemanticModel::embedded`].
    pub fn of_files(files: &[(&str, &str)]) -> Result<Self, ModelError> {
        read(files)
    }
}

fn read(files: &[(&str, &str)]) -> Result<SemanticModel, ModelError> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut problems = Vec::new();
    for (file, text) in files {
        let mut found = Found {
            file,
            text,
            entity: "?".to_owned(),
            problems: Vec::new(),
        };
        let entity = found.entity(text);
        if found.problems.is_empty()
            && let Some(entity) = entity
        {
            if entities.iter().any(|other| other.name == entity.name) {
                found.say(&["entity"], format!("there is another entity {}", entity.name));
            }
            entities.push(entity);
        }
        problems.append(&mut found.problems);
    }
    if problems.is_empty() {
        Ok(SemanticModel { entities })
    } else {
        Err(ModelError { problems })
    }
}

/// What is wrong in one file so far.
struct Found<'a> {
    file: &'a str,
    text: &'a str,
    entity: String,
    problems: Vec<Problem>,
}

impl Found<'_> {
    /// Notes a problem at a place: a section, perhaps the name of an entry of it, perhaps a key of that.
    fn say(&mut self, place: &[&str], message: impl Into<String>) {
        let problem = Problem {
            file: self.file.to_owned(),
            entity: self.entity.clone(),
            line: line_of(self.text, place),
            message: message.into(),
        };
        self.problems.push(problem);
    }

    fn entity(&mut self, text: &str) -> Option<Entity> {
        let json: serde_json::Value = match serde_norway::from_str(text) {
            Ok(json) => json,
            Err(error) => {
                let line = error.location().map_or(1, |at| at.line());
                self.problems.push(Problem {
                    file: self.file.to_owned(),
                    entity: self.entity.clone(),
                    line,
                    message: error.to_string(),
                });
                return None;
            }
        };
        if let Some(name) = json.get("entity").and_then(serde_json::Value::as_str) {
            self.entity = name.to_owned();
        }
        let source: EntitySource = match serde_path_to_error::deserialize(&json) {
            Ok(source) => source,
            Err(error) => {
                let path = error.path().to_string();
                let place = place_of(&json, &path);
                let place: Vec<&str> = place.iter().map(String::as_str).collect();
                self.say(&place, format!("{path}: {}", error.into_inner()));
                return None;
            }
        };
        let Some(object) = catalog::object(&source.object) else {
            self.say(
                &["object"],
                format!("{} is no object of the catalogue", source.object),
            );
            return None;
        };
        let entity = self.built(object, source);
        for (place, message) in check::entity(&entity) {
            let place: Vec<&str> = place.iter().map(String::as_str).collect();
            self.say(&place, message);
        }
        Some(entity)
    }

    fn built(&mut self, object: &'static Object, source: EntitySource) -> Entity {
        let mut dimensions = Vec::new();
        for dimension in source.dimensions {
            let name = dimension.name.clone();
            match self::dimension(object, dimension) {
                Ok(dimension) => dimensions.push(dimension),
                Err(message) => self.say(&["dimensions", &name], format!("{name}: {message}")),
            }
        }
        let mut measures = Vec::new();
        for measure in source.measures {
            let name = measure.name.clone();
            match self::measure(object, measure) {
                Ok(measure) => measures.push(measure),
                Err(message) => self.say(&["measures", &name], format!("{name}: {message}")),
            }
        }
        let cohort = source.cohort.and_then(|cohort| {
            self::cohort(object, cohort)
                .map_err(|message| self.say(&["cohort"], message))
                .ok()
        });
        Entity {
            name: source.entity,
            object,
            labels: source.labels,
            synonyms: source.synonyms,
            time: source.time,
            filters: source.filters,
            dimensions,
            measures,
            drill_down: source.drill_down,
            cohort,
        }
    }
}

fn path(object: &'static Object, said: &str) -> Result<Path, String> {
    Path::parse(object, said).map_err(|error| error.to_string())
}

pub(super) fn dimension(object: &'static Object, source: DimensionSource) -> Result<DimensionDef, String> {
    let path = path(object, source.field.as_deref().unwrap_or(&source.name))?;
    let relation = path
        .object
        .relations
        .iter()
        .find(|relation| matches!(relation.by, catalog::Link::Field(by) if by == path.field.name));
    let (kind, values) = match (path.field.kind, relation) {
        _ if path.custom.is_some() => (DimensionKind::Category, ValueSource::Distinct),
        (FieldType::Id, Some(relation)) if relation.target == "user" => {
            (DimensionKind::Person, ValueSource::Members)
        }
        (FieldType::Id, _) => (DimensionKind::Record, ValueSource::Records),
        (FieldType::Enum(_), _) => (DimensionKind::Category, ValueSource::Enum),
        (FieldType::Boolean, _) => (DimensionKind::Boolean, ValueSource::None),
        (FieldType::Time | FieldType::Date, _) => (DimensionKind::Time, ValueSource::None),
        (FieldType::Integer | FieldType::BigInteger | FieldType::Decimal | FieldType::Money(_), _) => {
            (DimensionKind::Number, ValueSource::None)
        }
        (FieldType::Bytes | FieldType::Json, _) => {
            return Err("has values that nobody can ask for".to_owned());
        }
        _ => (DimensionKind::Category, ValueSource::Distinct),
    };
    let kind = source.kind.unwrap_or(kind);
    let values = source.values.unwrap_or(match kind {
        DimensionKind::Text => ValueSource::None,
        _ => values,
    });
    Ok(DimensionDef {
        name: source.name,
        path,
        kind,
        values,
        labels: source.labels,
        synonyms: source.synonyms,
        value_words: source.value_words,
    })
}

pub(super) fn measure(object: &'static Object, source: MeasureSource) -> Result<MeasureDef, String> {
    let measure = match source.measure {
        Way::Plain(of) => Measure::Plain(formula(object, of)?),
        Way::Ratio { of, by } => Measure::Ratio {
            of: formula(object, of)?,
            by: formula(object, by)?,
        },
        Way::Attainment(of) => Measure::Attainment(formula(object, of)?),
    };
    Ok(MeasureDef {
        name: source.name,
        labels: source.labels,
        synonyms: source.synonyms,
        definition: source.definition,
        unit: source.unit,
        additive: source.additive,
        measure,
        time: source.time,
        not_by: source.not_by,
        only_by: source.only_by,
        by: source.by,
        scale: source.scale.unwrap_or(Decimal::ONE),
    })
}

fn formula(object: &'static Object, source: FormulaSource) -> Result<Formula, String> {
    let path = |said: &str| path(object, said);
    let aggregate = match source.of {
        AggregateSource::Count => Aggregate::Count,
        AggregateSource::Distinct(of) => Aggregate::CountDistinct(path(&of)?),
        AggregateSource::Sum(of) => Aggregate::Of(Summary::Sum, path(&of)?),
        AggregateSource::Average(of) => Aggregate::Of(Summary::Average, path(&of)?),
        AggregateSource::Median(of) => Aggregate::Of(Summary::Median, path(&of)?),
        AggregateSource::Minimum(of) => Aggregate::Of(Summary::Minimum, path(&of)?),
        AggregateSource::Maximum(of) => Aggregate::Of(Summary::Maximum, path(&of)?),
        AggregateSource::Weighted { amount, percent } => Aggregate::Weighted {
            amount: path(&amount)?,
            percent: path(&percent)?,
        },
        AggregateSource::Between {
            from,
            to,
            unit,
            summary,
        } => Aggregate::Between {
            from: path(&from)?,
            to: path(&to)?,
            unit: match unit {
                SpanSource::Hours => Span::Hours,
                SpanSource::Days => Span::Days,
            },
            summary: match summary {
                SummarySource::Average => Summary::Average,
                SummarySource::Median => Summary::Median,
            },
        },
    };
    Ok(Formula {
        aggregate,
        only: conditions(object, source.only)?,
    })
}

fn conditions(object: &'static Object, sources: Vec<ConditionSource>) -> Result<Vec<Filter>, String> {
    sources
        .into_iter()
        .map(|source| condition(object, source))
        .collect()
}

fn condition(object: &'static Object, source: ConditionSource) -> Result<Filter, String> {
    Ok(match source {
        ConditionSource::Any { any } => Filter::Any(conditions(object, any)?),
        ConditionSource::Not { not } => Filter::Not(Box::new(condition(object, *not)?)),
        ConditionSource::Field { field, op, value } => {
            let path = path(object, &field)?;
            if let FieldType::Enum(words) = path.field.kind {
                let said = match &value {
                    serde_json::Value::Array(values) => values.clone(),
                    one => vec![one.clone()],
                };
                let odd = said
                    .iter()
                    .filter_map(serde_json::Value::as_str)
                    .find(|word| !words.contains(word));
                if let Some(odd) = odd {
                    return Err(format!("{odd} is no {field}; there are {}", words.join(", ")));
                }
            }
            Filter::Field { path, op, value }
        }
    })
}

fn cohort(object: &'static Object, source: CohortSource) -> Result<CohortDef, String> {
    Ok(CohortDef {
        begun: path(object, &source.begun)?,
        reached: path(object, &source.reached)?,
        only: conditions(object, source.only)?,
        labels: source.labels,
    })
}

/// The section and the entry that a path of serde names: `measures[2].unit` is `measures`, its name, `unit`.
fn place_of(json: &serde_json::Value, path: &str) -> Vec<String> {
    let mut place = Vec::new();
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let (section, index) = match first.split_once('[') {
        Some((section, rest)) => (section, rest.trim_end_matches(']').parse::<usize>().ok()),
        None => (first, None),
    };
    place.push(section.to_owned());
    let name = index
        .and_then(|index| json.get(section)?.get(index)?.get("name")?.as_str())
        .map(str::to_owned);
    if let Some(name) = name {
        place.push(name);
        if let Some(key) = parts.next() {
            place.push(key.to_owned());
        }
    }
    place
}

/// The line, from 1, where a place of a file begins: its section, then the entry of that name, then the key in it.
///
/// The files are written in block style; the line of the nearest known place answers for one that is not there.
fn line_of(text: &str, place: &[&str]) -> usize {
    let mut lines = text.lines().enumerate();
    let mut at = 1;
    for (depth, step) in place.iter().enumerate() {
        let found = lines.find(|(_, line)| match depth {
            0 => line.split(':').next() == Some(step),
            1 => {
                let entry = line.trim_start();
                entry
                    .strip_prefix("- name:")
                    .or_else(|| entry.strip_prefix("- { name:"))
                    .and_then(|rest| rest.split(',').next())
                    .is_some_and(|name| name.trim() == *step)
            }
            _ => line.trim_start().split(':').next() == Some(step),
        });
        match found {
            Some((index, _)) => at = index + 1,
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_layer_are_good() {
        let model = embedded().unwrap_or_else(|error| {
            let lines: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        });
        assert_eq!(model.entities.len(), FILES.len());
    }
}
