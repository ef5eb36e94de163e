//! Reading the files of the layer, and what is wrong in them by file, entity and line.

use std::fmt;

use crm_store::catalog::{self, Object};

use super::{
    build, check,
    model::{Entity, SemanticModel},
    source::EntitySource,
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
        Ok(SemanticModel {
            entities,
            ..SemanticModel::default()
        })
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
            name.clone_into(&mut self.entity);
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
            match build::dimension(object, dimension) {
                Ok(dimension) => dimensions.push(dimension),
                Err(message) => self.say(&["dimensions", &name], format!("{name}: {message}")),
            }
        }
        let mut measures = Vec::new();
        for measure in source.measures {
            let name = measure.name.clone();
            match build::measure(object, measure) {
                Ok(measure) => measures.push(measure),
                Err(message) => self.say(&["measures", &name], format!("{name}: {message}")),
            }
        }
        let cohort = source.cohort.and_then(|cohort| {
            build::cohort(object, cohort)
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
