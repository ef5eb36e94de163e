//! What a tenant adds to the layer: words of its own, dimensions of its own fields, measures with a filter.
//!
//! Nothing of the program's own layer can be changed or taken away: what is there gains words, what is new has a new
//! name, reads fields that the tenant added, or counts fewer records than a measure that is there.
//!
//! Each entry is tried for itself. What is wrong with one is told by a pointer to it, and the others are used all the same:
//! a later version of the layer may have taken a name or a word that was free when the entry was written.

mod things;

use std::collections::BTreeMap;

use crm_store::FieldError;
use serde_json::Value as Json;

use super::{
    check,
    model::{Entity, Language, SemanticModel, Words},
    nearest::nearest,
    resolve::wrong,
};

/// The most things that a tenant adds to an entity, of each kind.
const MOST: usize = 100;
/// The most words of one thing in one language.
const MOST_WORDS: usize = 50;
/// The most problems that are told.
const MOST_PROBLEMS: usize = 100;

impl SemanticModel {
    /// The layer with what a tenant adds to it. Errors point into the tenant's document and say what would be right.
    pub fn extended(&self, tenant: &Json) -> Result<Self, Vec<FieldError>> {
        let model = self.extended_where_good(tenant);
        if model.left_out.is_empty() {
            Ok(model)
        } else {
            Err(model.left_out)
        }
    }

    /// The layer with those entries of a tenant's document that can be used; [`SemanticModel::left_out`] names the others and
    /// says why.
    #[must_use]
    pub fn extended_where_good(&self, tenant: &Json) -> Self {
        let mut adding = Adding {
            model: self.clone(),
            problems: Vec::new(),
        };
        adding.document(tenant);
        let mut model = adding.model;
        model.left_out = adding.problems;
        model.left_out.truncate(MOST_PROBLEMS);
        model.key = None;
        model
    }
}

/// A layer on its way, and what could not be added.
struct Adding {
    model: SemanticModel,
    problems: Vec<FieldError>,
}

/// Whose words are added to.
#[derive(Clone, Copy)]
enum Target<'a> {
    Entity,
    Dimension(&'a str),
    Measure(&'a str),
    Value(&'a str, &'a str),
}

impl Target<'_> {
    fn words<'e>(&self, entity: &'e mut Entity) -> Option<&'e mut Words> {
        let named = |entity: &'e mut Entity, name: &str| {
            entity
                .dimensions
                .iter_mut()
                .find(|dimension| dimension.name == name)
        };
        match *self {
            Self::Entity => Some(&mut entity.synonyms),
            Self::Dimension(name) => Some(&mut named(entity, name)?.synonyms),
            Self::Measure(name) => Some(
                &mut entity
                    .measures
                    .iter_mut()
                    .find(|measure| measure.name == name)?
                    .synonyms,
            ),
            Self::Value(name, value) => Some(
                named(entity, name)?
                    .value_words
                    .entry(value.to_owned())
                    .or_default(),
            ),
        }
    }
}

/// A word, and where it stands.
type Placed = (String, String);

impl Adding {
    fn say(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.problems.push(wrong(pointer.into(), message));
    }

    /// The entries of an object, or a problem.
    fn object<'j>(&mut self, json: &'j Json, pointer: &str) -> Vec<(&'j String, &'j Json)> {
        match json {
            Json::Object(entries) => entries.iter().collect(),
            Json::Null => Vec::new(),
            _ => {
                self.say(pointer, "must be an object");
                Vec::new()
            }
        }
    }

    fn document(&mut self, tenant: &Json) {
        for (key, value) in self.object(tenant, "") {
            let pointer = step("", key);
            if key != "entities" {
                self.say(pointer, format!("unknown field `{key}`; there is entities"));
                continue;
            }
            for (name, more) in self.object(value, &pointer) {
                let pointer = step(&pointer, name);
                if let Some(at) = self.model.entities.iter().position(|entity| entity.name == *name) {
                    self.entity(at, more, &pointer);
                    continue;
                }
                let entities = self.model.entities.iter();
                let names: Vec<&str> = entities.map(|entity| entity.name.as_str()).collect();
                let message = format!(
                    "{name} is no entity{}; there are {}",
                    nearest(names.iter().copied(), name),
                    names.join(", ")
                );
                self.say(pointer, message);
            }
        }
    }

    fn entity(&mut self, at: usize, more: &Json, pointer: &str) {
        let known = ["synonyms", "dimensions", "measures"];
        let entries = self.object(more, pointer);
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            self.say(
                step(pointer, key),
                format!("unknown field `{key}`; there are {}", known.join(", ")),
            );
        }
        let section = |name: &str| {
            entries
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, json)| *json)
        };
        if let Some(words) = section("synonyms") {
            self.words(at, Target::Entity, words, &format!("{pointer}/synonyms"));
        }
        // A measure may name a dimension of the same document.
        for part in ["dimensions", "measures"] {
            let Some(json) = section(part) else { continue };
            let pointer = format!("{pointer}/{part}");
            let things = self.object(json, &pointer);
            if things.len() > MOST {
                self.say(pointer, format!("must be at most {MOST}"));
                continue;
            }
            for (name, thing) in things {
                let pointer = step(&pointer, name);
                if part == "dimensions" {
                    self.dimension(at, name, thing, &pointer);
                } else {
                    self.measure(at, name, thing, &pointer);
                }
            }
        }
    }

    /// Changes an entity, if it is a good one afterwards. The words of what is wrong otherwise.
    fn attempt(&mut self, at: usize, change: impl FnOnce(&mut Entity)) -> Result<(), Vec<String>> {
        let Some(entity) = self.model.entities.get_mut(at) else {
            return Ok(());
        };
        let mut changed = entity.clone();
        change(&mut changed);
        let wrong = check::entity(&changed);
        if wrong.is_empty() {
            *entity = changed;
            return Ok(());
        }
        Err(wrong.into_iter().map(|(_, message)| message).collect())
    }

    /// Adds words to those that are there: a list at once, and word by word where it is not good as a whole.
    fn words(&mut self, at: usize, target: Target<'_>, json: &Json, pointer: &str) {
        for (language, placed) in self.read_words(json, pointer) {
            let add = |words: &[Placed]| {
                let words: Vec<String> = words.iter().map(|(_, word)| word.clone()).collect();
                move |entity: &mut Entity| {
                    if let Some(own) = target.words(entity) {
                        own.entry(language).or_default().extend(words);
                        // A word for a value in one language stands for the others too, where they have none.
                        if matches!(target, Target::Value(..)) {
                            everywhere(own);
                        }
                    }
                }
            };
            if self.attempt(at, add(&placed)).is_ok() {
                continue;
            }
            for one in &placed {
                if let Err(messages) = self.attempt(at, add(std::slice::from_ref(one))) {
                    self.say(one.0.clone(), messages.join("; "));
                }
            }
        }
    }

    /// Words by language, each with its place; what is no word is told.
    fn read_words(&mut self, json: &Json, pointer: &str) -> Vec<(Language, Vec<Placed>)> {
        let mut read = Vec::new();
        for (code, list) in self.object(json, pointer) {
            let pointer = step(pointer, code);
            let Some(language) = Language::ALL.into_iter().find(|language| language.code() == code) else {
                self.say(
                    pointer,
                    format!("{code} is no language of the layer; there are en, de, es, fr"),
                );
                continue;
            };
            let Some(list) = list.as_array().filter(|list| list.len() <= MOST_WORDS) else {
                self.say(
                    pointer,
                    format!("must be at most {MOST_WORDS} words of 1 to 60 characters each"),
                );
                continue;
            };
            let mut words = Vec::with_capacity(list.len());
            for (place, word) in list.iter().enumerate() {
                let pointer = format!("{pointer}/{place}");
                let good = |word: &&str| {
                    (1..=60).contains(&word.trim().chars().count())
                        && !word.chars().any(char::is_control)
                        && word.chars().any(char::is_alphanumeric)
                };
                match word.as_str().filter(good) {
                    Some(word) => words.push((pointer, word.trim().to_owned())),
                    None => self.say(
                        pointer,
                        "must be a text of 1 to 60 characters with a letter or digit in it",
                    ),
                }
            }
            read.push((language, words));
        }
        read
    }
}

/// A pointer one step further (RFC 6901).
fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A word in one language stands for the others too, where they have none.
fn everywhere(words: &mut Words) {
    let Some(first) = words.values().flatten().next().cloned() else {
        return;
    };
    let filled: BTreeMap<Language, Vec<String>> = Language::ALL
        .into_iter()
        .map(|language| {
            let own = words.get(&language).cloned().unwrap_or_default();
            let own = if own.is_empty() { vec![first.clone()] } else { own };
            (language, own)
        })
        .collect();
    *words = filled;
}

#[cfg(test)]
mod tests;
