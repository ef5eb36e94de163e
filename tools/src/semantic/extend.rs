//! What a tenant adds to the layer: words of its own, dimensions of its own fields, measures with a filter.
//!
//! Nothing of the program's own layer can be changed or taken away: what is there gains words, what is new has a new
//! name, reads fields that the tenant added, or counts fewer records than a measure that is there.

use std::collections::BTreeMap;

use crm_store::{
    FieldError,
    analytics::{Filter, Formula, Measure},
    catalog::FieldType,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    build, check, lower,
    model::{DimensionKind, Entity, Labels, Language, MeasureDef, SemanticModel, ValueSource, Words},
    nearest::nearest,
    query::QueryFilter,
    resolve::wrong,
    source::DimensionSource,
};

/// The most things that a tenant adds to an entity.
const MOST: usize = 100;
/// The most words of one thing in one language.
const MOST_WORDS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extension {
    #[serde(default)]
    entities: BTreeMap<String, EntityExtension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EntityExtension {
    synonyms: Words,
    dimensions: BTreeMap<String, DimensionExtension>,
    measures: BTreeMap<String, MeasureExtension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DimensionExtension {
    /// Of a new one: `custom.region`, `account.custom.tier`.
    field: Option<String>,
    labels: Labels,
    synonyms: Words,
    value_words: BTreeMap<String, Words>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MeasureExtension {
    /// Of a new one: the measure that it counts fewer records of.
    of: Option<String>,
    filters: Vec<QueryFilter>,
    labels: Labels,
    definition: Labels,
    synonyms: Words,
}

impl SemanticModel {
    /// The layer with what a tenant adds to it. Errors point into the tenant's document and say what would be right.
    pub fn extended(&self, tenant: &Json) -> Result<Self, Vec<FieldError>> {
        if tenant.is_null() {
            return Ok(self.clone());
        }
        let extension: Extension = serde_path_to_error::deserialize(tenant).map_err(|error| {
            let path = error.path().to_string();
            let pointer = if path == "." {
                String::new()
            } else {
                format!("/{}", path.replace(['.', '['], "/").replace(']', ""))
            };
            vec![wrong(pointer, error.into_inner().to_string())]
        })?;
        let mut model = self.clone();
        let mut problems = Vec::new();
        for (name, more) in extension.entities {
            let pointer = format!("/entities/{name}");
            let names: Vec<String> = self.entities.iter().map(|entity| entity.name.clone()).collect();
            match model.entities.iter_mut().find(|entity| entity.name == name) {
                Some(entity) => extend(entity, more, &pointer, &mut problems),
                None => problems.push(wrong(
                    pointer,
                    format!(
                        "{name} is no entity{}; there are {}",
                        nearest(names.iter().map(String::as_str), &name),
                        names.join(", ")
                    ),
                )),
            }
        }
        if problems.is_empty() {
            Ok(model)
        } else {
            Err(problems)
        }
    }
}

fn extend(entity: &mut Entity, more: EntityExtension, pointer: &str, problems: &mut Vec<FieldError>) {
    for (section, count) in [
        ("dimensions", more.dimensions.len()),
        ("measures", more.measures.len()),
    ] {
        if count > MOST {
            problems.push(wrong(
                format!("{pointer}/{section}"),
                format!("must be at most {MOST}"),
            ));
            return;
        }
    }
    words(
        &mut entity.synonyms,
        more.synonyms,
        &format!("{pointer}/synonyms"),
        problems,
    );
    for (name, dimension) in more.dimensions {
        let pointer = format!("{pointer}/dimensions/{name}");
        self::dimension(entity, name, dimension, &pointer, problems);
    }
    for (name, measure) in more.measures {
        let pointer = format!("{pointer}/measures/{name}");
        self::measure(entity, name, measure, &pointer, problems);
    }
    if !problems.is_empty() {
        return;
    }
    for (place, message) in check::entity(entity) {
        problems.push(wrong(format!("{pointer}/{}", place.join("/")), message));
    }
}

/// Adds words to those that are there.
fn words(own: &mut Words, more: Words, pointer: &str, problems: &mut Vec<FieldError>) {
    for (language, new) in more {
        let place = format!("{pointer}/{language}");
        let good = |word: &String| {
            (1..=60).contains(&word.trim().chars().count()) && !word.chars().any(char::is_control)
        };
        if new.len() > MOST_WORDS || !new.iter().all(good) {
            problems.push(wrong(
                place,
                format!("must be at most {MOST_WORDS} words of 1 to 60 characters each"),
            ));
            continue;
        }
        own.entry(language).or_default().extend(new);
    }
}

/// Labels in every language: those that are missing are the first that there is.
fn filled(labels: &Labels, pointer: &str, problems: &mut Vec<FieldError>) -> Labels {
    let first = labels.get(&Language::En).or_else(|| labels.values().next());
    let Some(first) = first.filter(|first| (1..=300).contains(&first.trim().chars().count())) else {
        problems.push(wrong(
            pointer,
            "must have a text of 1 to 300 characters in one language at least",
        ));
        return Labels::new();
    };
    Language::ALL
        .into_iter()
        .map(|language| (language, labels.get(&language).unwrap_or(first).clone()))
        .collect()
}

fn dimension(
    entity: &mut Entity,
    name: String,
    more: DimensionExtension,
    pointer: &str,
    problems: &mut Vec<FieldError>,
) {
    if let Some(own) = entity
        .dimensions
        .iter_mut()
        .find(|dimension| dimension.name == name)
    {
        if more.field.is_some() || !more.labels.is_empty() {
            problems.push(wrong(
                pointer,
                format!("{name} is there already and can be given synonyms and value_words only"),
            ));
        }
        words(
            &mut own.synonyms,
            more.synonyms,
            &format!("{pointer}/synonyms"),
            problems,
        );
        for (value, new) in more.value_words {
            let pointer = format!("{pointer}/value_words/{value}");
            let is_fixed = own.values == ValueSource::Enum || own.kind == DimensionKind::Boolean;
            if is_fixed && !own.value_words.contains_key(&value) {
                let known = own.value_words.keys().map(String::as_str);
                problems.push(wrong(
                    &pointer,
                    format!("{value} is no {name}{}", nearest(known, &value)),
                ));
                continue;
            }
            let has = own.value_words.entry(value).or_default();
            let first = new.values().flatten().next().cloned();
            words(has, new, &pointer, problems);
            every_language(has, first);
        }
        return;
    }
    let field = more.field.unwrap_or_default();
    if !field.starts_with("custom.") && !field.contains(".custom.") {
        problems.push(wrong(
            format!("{pointer}/field"),
            "must be a field that you added: custom.<name>, or <reference>.custom.<name>",
        ));
        return;
    }
    let source = DimensionSource {
        name,
        field: Some(field),
        kind: None,
        values: None,
        labels: filled(&more.labels, &format!("{pointer}/labels"), problems),
        synonyms: Words::new(),
        value_words: BTreeMap::new(),
    };
    match build::dimension(entity.object, source) {
        Ok(mut dimension) => {
            words(
                &mut dimension.synonyms,
                more.synonyms,
                &format!("{pointer}/synonyms"),
                problems,
            );
            for (value, new) in more.value_words {
                let mut has = Words::new();
                let first = new.values().flatten().next().cloned();
                words(&mut has, new, &format!("{pointer}/value_words/{value}"), problems);
                every_language(&mut has, first);
                dimension.value_words.insert(value, has);
            }
            entity.dimensions.push(dimension);
        }
        Err(message) => problems.push(wrong(format!("{pointer}/field"), message)),
    }
}

/// A word in one language stands for the others too, where they have none.
fn every_language(words: &mut Words, first: Option<String>) {
    let Some(first) = first else { return };
    for language in Language::ALL {
        let own = words.entry(language).or_default();
        if own.is_empty() {
            own.push(first.clone());
        }
    }
}

fn measure(
    entity: &mut Entity,
    name: String,
    more: MeasureExtension,
    pointer: &str,
    problems: &mut Vec<FieldError>,
) {
    if let Some(own) = entity.measures.iter_mut().find(|measure| measure.name == name) {
        if more.of.is_some()
            || !more.filters.is_empty()
            || !more.labels.is_empty()
            || !more.definition.is_empty()
        {
            problems.push(wrong(
                pointer,
                format!("{name} is there already and can be given synonyms only"),
            ));
        }
        words(
            &mut own.synonyms,
            more.synonyms,
            &format!("{pointer}/synonyms"),
            problems,
        );
        return;
    }
    let of = more.of.unwrap_or_default();
    let Some(base) = entity.measure(&of).cloned() else {
        let names: Vec<&str> = entity
            .measures
            .iter()
            .map(|measure| measure.name.as_str())
            .collect();
        problems.push(wrong(
            format!("{pointer}/of"),
            format!("must be a measure of {}: {}", entity.name, names.join(", ")),
        ));
        return;
    };
    if more.filters.is_empty() || more.filters.len() > 10 {
        problems.push(wrong(format!("{pointer}/filters"), "must be 1 to 10"));
        return;
    }
    let mut only = Vec::new();
    for (place, filter) in more.filters.iter().enumerate() {
        let pointer = format!("{pointer}/filters/{place}");
        match self::filter(entity, filter) {
            Ok(filter) => only.push(filter),
            Err((part, message)) => problems.push(wrong(format!("{pointer}/{part}"), message)),
        }
    }
    let mut synonyms = Words::new();
    words(
        &mut synonyms,
        more.synonyms,
        &format!("{pointer}/synonyms"),
        problems,
    );
    entity.measures.push(MeasureDef {
        name,
        labels: filled(&more.labels, &format!("{pointer}/labels"), problems),
        definition: filled(&more.definition, &format!("{pointer}/definition"), problems),
        synonyms,
        measure: narrowed(base.measure.clone(), &only),
        ..base
    });
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
        Measure::Ratio { of, by } => Measure::Ratio {
            of: narrow(of),
            by: narrow(by),
        },
    }
}

#[cfg(test)]
mod tests;
