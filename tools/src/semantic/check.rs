//! What must hold for an entity of the layer, whoever wrote it.

use std::collections::BTreeMap;

use crm_store::catalog::FieldType;

use super::model::{DimensionKind, Entity, Labels, Language, ValueSource, Words};

/// A place in the file of an entity and what is wrong there.
type Wrong = (Vec<String>, String);

/// All that is wrong with an entity.
pub(super) fn entity(entity: &Entity) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    in_all_languages(&mut wrong, &["labels"], "labels", &entity.labels);
    names(entity, &mut wrong);
    times(entity, &mut wrong);
    references(entity, &mut wrong);
    for dimension in &entity.dimensions {
        let place = ["dimensions", dimension.name.as_str()];
        in_all_languages(&mut wrong, &place, "labels", &dimension.labels);
        values(entity, &dimension.name, &mut wrong);
    }
    for measure in &entity.measures {
        let place = ["measures", measure.name.as_str()];
        in_all_languages(&mut wrong, &place, "labels", &measure.labels);
        in_all_languages(&mut wrong, &place, "definition", &measure.definition);
    }
    if let Some(cohort) = &entity.cohort {
        in_all_languages(&mut wrong, &["cohort"], "labels", &cohort.labels);
    }
    synonyms(entity, &mut wrong);
    wrong
}

fn say(wrong: &mut Vec<Wrong>, place: &[&str], message: impl Into<String>) {
    wrong.push((
        place.iter().map(|step| (*step).to_owned()).collect(),
        message.into(),
    ));
}

fn in_all_languages(wrong: &mut Vec<Wrong>, place: &[&str], what: &str, labels: &Labels) {
    for language in Language::ALL {
        if labels.get(&language).is_none_or(|label| label.trim().is_empty()) {
            say(
                wrong,
                place,
                format!("{}: {what} lack {language}", place.join(".")),
            );
        }
    }
}

fn names(entity: &Entity, wrong: &mut Vec<Wrong>) {
    let dimensions = entity
        .dimensions
        .iter()
        .map(|it| ("dimensions", it.name.as_str()));
    let measures = entity.measures.iter().map(|it| ("measures", it.name.as_str()));
    let mut seen = Vec::new();
    for (section, name) in dimensions.chain(measures) {
        let named = (1..=60).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !named {
            say(
                wrong,
                &[section, name],
                format!("{name} is no name: small letters, digits and _"),
            );
        }
        if seen.contains(&name) {
            say(wrong, &[section, name], format!("{name} is there twice"));
        }
        seen.push(name);
    }
    if entity.measures.is_empty() {
        say(wrong, &["measures"], "there is no measure");
    }
}

fn times(entity: &Entity, wrong: &mut Vec<Wrong>) {
    let is_time = |name: &str| {
        entity
            .dimension(name)
            .is_some_and(|dimension| dimension.kind == DimensionKind::Time)
    };
    if let Some(time) = entity.time.as_deref().filter(|time| !is_time(time)) {
        say(wrong, &["time"], format!("{time} is no dimension of time"));
    }
    for measure in &entity.measures {
        if let Some(time) = measure.time.as_deref().filter(|time| !is_time(time)) {
            say(
                wrong,
                &["measures", &measure.name, "time"],
                format!("{}: {time} is no dimension of time", measure.name),
            );
        }
    }
    for dimension in &entity.dimensions {
        let timed = matches!(dimension.path.field.kind, FieldType::Time | FieldType::Date)
            || dimension.path.custom.is_some();
        if dimension.kind == DimensionKind::Time && !timed {
            say(
                wrong,
                &["dimensions", &dimension.name],
                format!("{} holds no days or moments", dimension.name),
            );
        }
    }
}

/// That names of dimensions name some.
fn references(entity: &Entity, wrong: &mut Vec<Wrong>) {
    let missing = |name: &&String| entity.dimension(name).is_none();
    for name in entity.drill_down.iter().filter(missing) {
        say(wrong, &["drill_down"], format!("{name} is no dimension"));
    }
    if entity.drill_down.is_empty() {
        say(
            wrong,
            &["drill_down"],
            "names no dimension to show of the records",
        );
    }
    for filter in &entity.filters {
        if entity.dimension(&filter.dimension).is_none() {
            say(
                wrong,
                &["filters"],
                format!("{} is no dimension", filter.dimension),
            );
        }
    }
    for dimension in &entity.dimensions {
        for name in dimension.only_with.iter().filter(missing) {
            say(
                wrong,
                &["dimensions", &dimension.name],
                format!("{}: {name} is no dimension", dimension.name),
            );
        }
    }
    for measure in &entity.measures {
        let named = measure.not_by.iter().chain(&measure.only_by).chain(&measure.by);
        for name in named.filter(missing) {
            say(
                wrong,
                &["measures", &measure.name],
                format!("{}: {name} is no dimension", measure.name),
            );
        }
    }
}

/// That the words of values belong to values that there are.
fn values(entity: &Entity, name: &str, wrong: &mut Vec<Wrong>) {
    let Some(dimension) = entity.dimension(name) else {
        return;
    };
    let place = ["dimensions", name];
    let known: Option<Vec<&str>> = match (dimension.values, dimension.path.field.kind) {
        (ValueSource::Enum, FieldType::Enum(words)) => Some(words.to_vec()),
        (ValueSource::Enum, _) => {
            say(
                wrong,
                &place,
                format!("{name}: the catalogue lists no words for it"),
            );
            None
        }
        _ if dimension.kind == DimensionKind::Boolean => Some(vec!["true", "false"]),
        _ => None,
    };
    for (value, words) in &dimension.value_words {
        if let Some(known) = &known
            && !known.contains(&value.as_str())
        {
            say(
                wrong,
                &place,
                format!("{name}: {value} is none of {}", known.join(", ")),
            );
        }
        for language in Language::ALL {
            if words.get(&language).is_none_or(Vec::is_empty) {
                say(
                    wrong,
                    &place,
                    format!("{name}: {value} has no word in {language}"),
                );
            }
        }
    }
    if dimension.values == ValueSource::Enum {
        for value in known.into_iter().flatten() {
            if !dimension.value_words.contains_key(value) {
                say(wrong, &place, format!("{name}: {value} has no words"));
            }
        }
    }
}

/// That no word names two things of the entity in one language.
fn synonyms(entity: &Entity, wrong: &mut Vec<Wrong>) {
    for language in Language::ALL {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut named = |place: [&str; 2], label: &Labels, synonyms: &Words| {
            let own = synonyms.get(&language).into_iter().flatten();
            let mut mine: Vec<String> = label
                .get(&language)
                .into_iter()
                .chain(own)
                .map(|word| plain(word))
                .collect();
            mine.sort();
            if mine.windows(2).any(|pair| pair.first() == pair.last()) {
                say(
                    wrong,
                    &place,
                    format!("{}: a word is there twice in {language}", place.join(".")),
                );
                mine.dedup();
            }
            for word in mine {
                match seen.get(&word) {
                    Some(other) => say(
                        wrong,
                        &place,
                        format!("{}: \"{word}\" in {language} is {other} too", place.join(".")),
                    ),
                    None => {
                        seen.insert(word, place.join("."));
                    }
                }
            }
        };
        for dimension in &entity.dimensions {
            named(
                ["dimensions", &dimension.name],
                &dimension.labels,
                &dimension.synonyms,
            );
        }
        for measure in &entity.measures {
            named(["measures", &measure.name], &measure.labels, &measure.synonyms);
        }
        for dimension in &entity.dimensions {
            let mut values: BTreeMap<String, &str> = BTreeMap::new();
            for (value, words) in &dimension.value_words {
                for word in words.get(&language).into_iter().flatten() {
                    if let Some(other) = values.insert(plain(word), value)
                        && other != value
                    {
                        say(
                            wrong,
                            &["dimensions", &dimension.name],
                            format!(
                                "{}: \"{word}\" in {language} is {other} and {value}",
                                dimension.name
                            ),
                        );
                    }
                }
            }
        }
    }
}

/// A word as comparisons see it.
fn plain(word: &str) -> String {
    word.trim().to_lowercase()
}
