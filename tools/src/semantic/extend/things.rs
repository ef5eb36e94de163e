//! Dimensions and measures that a tenant adds, or gives more words to.

use std::collections::BTreeMap;

use crm_store::{
    analytics::{Filter, Formula, Measure},
    catalog::FieldType,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{Adding, Target, step};
use crate::semantic::{
    build, lower,
    model::{DimensionKind, Entity, Labels, Language, MeasureDef, ValueSource, Words},
    nearest::nearest,
    query::QueryFilter,
    source::DimensionSource,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewDimension {
    /// `custom.region`, `account.custom.tier`.
    field: String,
    labels: Labels,
    synonyms: Json,
    value_words: Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewMeasure {
    /// The measure that it counts fewer records of.
    of: String,
    filters: Vec<QueryFilter>,
    labels: Labels,
    definition: Labels,
    synonyms: Json,
}

impl Adding {
    /// Reads an entry; what it has that it may not have is told.
    fn read<T: DeserializeOwned>(&mut self, json: &Json, pointer: &str) -> Option<T> {
        match serde_path_to_error::deserialize(json) {
            Ok(read) => Some(read),
            Err(error) => {
                let path = error.path().to_string();
                let path = path.replace(['.', '['], "/").replace(']', "");
                let place = if path == "/" || path.is_empty() {
                    pointer.to_owned()
                } else {
                    format!("{pointer}/{}", path.trim_start_matches('/'))
                };
                self.say(place, error.into_inner().to_string());
                None
            }
        }
    }

    pub(super) fn dimension(&mut self, at: usize, name: &str, json: &Json, pointer: &str) {
        let is_there = self
            .model
            .entities
            .get(at)
            .is_some_and(|entity| entity.dimension(name).is_some());
        if is_there {
            let entries = self.object(json, pointer);
            if entries
                .iter()
                .any(|(key, _)| !matches!(key.as_str(), "synonyms" | "value_words"))
            {
                let message =
                    format!("{name} is there already and can be given synonyms and value_words only");
                self.say(pointer, message);
            }
            for (key, words) in entries {
                match key.as_str() {
                    "synonyms" => {
                        self.words(at, Target::Dimension(name), words, &format!("{pointer}/synonyms"));
                    }
                    "value_words" => self.values(at, name, words, &format!("{pointer}/value_words")),
                    _ => {}
                }
            }
            return;
        }
        let Some(more) = self.read::<NewDimension>(json, pointer) else {
            return;
        };
        if !more.field.starts_with("custom.") && !more.field.contains(".custom.") {
            self.say(
                format!("{pointer}/field"),
                "must be a field that you added: custom.<name>, or <reference>.custom.<name>",
            );
            return;
        }
        let Some(labels) = self.filled(&more.labels, &format!("{pointer}/labels")) else {
            return;
        };
        let source = DimensionSource {
            name: name.to_owned(),
            field: Some(more.field),
            kind: None,
            values: None,
            labels,
            synonyms: Words::new(),
            value_words: BTreeMap::new(),
            only_with: Vec::new(),
        };
        let Some(entity) = self.model.entities.get(at) else {
            return;
        };
        let dimension = match build::dimension(entity.object, source) {
            Ok(dimension) => dimension,
            Err(message) => return self.say(format!("{pointer}/field"), message),
        };
        if let Err(messages) = self.attempt(at, |entity| entity.dimensions.push(dimension)) {
            return self.say(pointer, messages.join("; "));
        }
        self.words(
            at,
            Target::Dimension(name),
            &more.synonyms,
            &format!("{pointer}/synonyms"),
        );
        self.values(at, name, &more.value_words, &format!("{pointer}/value_words"));
    }

    /// Words for values of a dimension.
    fn values(&mut self, at: usize, name: &str, json: &Json, pointer: &str) {
        for (value, words) in self.object(json, pointer) {
            let pointer = step(pointer, value);
            let Some(own) = self
                .model
                .entities
                .get(at)
                .and_then(|entity| entity.dimension(name))
            else {
                return;
            };
            let is_fixed = own.values == ValueSource::Enum || own.kind == DimensionKind::Boolean;
            if is_fixed && !own.value_words.contains_key(value) {
                let known: Vec<&str> = own.value_words.keys().map(String::as_str).collect();
                let message = format!(
                    "{value} is no {name}{}; there are {}",
                    nearest(known.iter().copied(), value),
                    known.join(", ")
                );
                self.say(pointer, message);
                continue;
            }
            self.words(at, Target::Value(name, value), words, &pointer);
        }
    }

    pub(super) fn measure(&mut self, at: usize, name: &str, json: &Json, pointer: &str) {
        let Some(entity) = self.model.entities.get(at) else {
            return;
        };
        if entity.measure(name).is_some() {
            let entries = self.object(json, pointer);
            if entries.iter().any(|(key, _)| *key != "synonyms") {
                let message = format!("{name} is there already and can be given synonyms only");
                self.say(pointer, message);
            }
            if let Some((_, words)) = entries.into_iter().find(|(key, _)| *key == "synonyms") {
                self.words(at, Target::Measure(name), words, &format!("{pointer}/synonyms"));
            }
            return;
        }
        let Some(more) = self.read::<NewMeasure>(json, pointer) else {
            return;
        };
        let Some(entity) = self.model.entities.get(at) else {
            return;
        };
        let Some(base) = entity.measure(&more.of).cloned() else {
            let names: Vec<&str> = entity
                .measures
                .iter()
                .map(|measure| measure.name.as_str())
                .collect();
            let message = format!("must be a measure of {}: {}", entity.name, names.join(", "));
            return self.say(format!("{pointer}/of"), message);
        };
        if more.filters.is_empty() || more.filters.len() > 10 {
            return self.say(format!("{pointer}/filters"), "must be 1 to 10");
        }
        let mut only = Vec::new();
        let mut wrong = Vec::new();
        for (place, said) in more.filters.iter().enumerate() {
            match filter(entity, said) {
                Ok(filter) => only.push(filter),
                Err((part, message)) => wrong.push((format!("{pointer}/filters/{place}/{part}"), message)),
            }
        }
        let is_wrong = !wrong.is_empty();
        for (place, message) in wrong {
            self.say(place, message);
        }
        let labels = self.filled(&more.labels, &format!("{pointer}/labels"));
        let definition = self.filled(&more.definition, &format!("{pointer}/definition"));
        let (Some(labels), Some(definition), false) = (labels, definition, is_wrong) else {
            return;
        };
        let new = MeasureDef {
            name: name.to_owned(),
            labels,
            definition,
            synonyms: Words::new(),
            measure: narrowed(base.measure.clone(), &only),
            ..base
        };
        if let Err(messages) = self.attempt(at, |entity| entity.measures.push(new)) {
            return self.say(pointer, messages.join("; "));
        }
        self.words(
            at,
            Target::Measure(name),
            &more.synonyms,
            &format!("{pointer}/synonyms"),
        );
    }

    /// Labels in every language: those that are missing are the first that there is.
    fn filled(&mut self, labels: &Labels, pointer: &str) -> Option<Labels> {
        let first = labels.get(&Language::En).or_else(|| labels.values().next());
        let good = |text: &&String| {
            (1..=300).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
        };
        let Some(first) = first.filter(|_| labels.values().all(|text| good(&text))) else {
            self.say(
                pointer,
                "must have a text of 1 to 300 characters in one language at least",
            );
            return None;
        };
        let in_each = |language| (language, labels.get(&language).unwrap_or(first).clone());
        Some(Language::ALL.into_iter().map(in_each).collect())
    }
}

/// A condition that holds for everybody alike: no names of people or records, which not all may see.
fn filter(entity: &Entity, filter: &QueryFilter) -> Result<Filter, (&'static str, String)> {
    let Some(dimension) = entity.dimension(&filter.dimension) else {
        let names = entity.dimensions.iter().map(|dimension| dimension.name.as_str());
        let near = nearest(names, &filter.dimension);
        return Err(("dimension", format!("{} is no dimension{near}", filter.dimension)));
    };
    if matches!(dimension.kind, DimensionKind::Person | DimensionKind::Record) {
        return Err((
            "dimension",
            format!("{} names records that not everybody may see", dimension.name),
        ));
    }
    if let (ValueSource::Enum, FieldType::Enum(known)) = (dimension.values, dimension.path.field.kind) {
        let values = match &filter.value {
            Json::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let odd = values
            .iter()
            .find(|value| value.as_str().is_none_or(|word| !known.contains(&word)));
        if let Some(odd) = odd.filter(|_| !filter.value.is_boolean()) {
            return Err(("value", format!("{odd} is none of {}", known.join(", "))));
        }
    }
    lower::filter(dimension, filter)
}

/// A measure of fewer records.
fn narrowed(measure: Measure, only: &[Filter]) -> Measure {
    let narrow = |formula: Formula| Formula {
        only: formula.only.into_iter().chain(only.iter().cloned()).collect(),
        aggregate: formula.aggregate,
    };
    match measure {
        Measure::Plain(formula) => Measure::Plain(narrow(formula)),
        Measure::Attainment(formula) => Measure::Attainment(narrow(formula)),
        Measure::Total { of, and } => Measure::Total {
            of: narrow(of),
            and: narrow(and),
        },
        Measure::Ratio { of, by } => Measure::Ratio {
            of: narrow(of),
            by: narrow(by),
        },
    }
}
