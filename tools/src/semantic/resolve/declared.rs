//! Values that the layer declares: words of a field and what people say for them.

use crm_store::catalog::FieldType;
use serde_json::Value as Json;

use super::{
    super::{model::DimensionDef, nearest::nearest},
    Found, shown,
};

/// The value that a word of people names.
pub(super) fn spoken<'a>(dimension: &'a DimensionDef, text: &str) -> Option<&'a str> {
    let said = text.to_lowercase();
    dimension.value_words.iter().find_map(|(value, words)| {
        let mut all = words.values().flatten();
        (value.to_lowercase() == said || all.any(|word| word.to_lowercase() == said))
            .then_some(value.as_str())
    })
}

/// True or false, by a word that the layer has for it.
pub(super) fn boolean(dimension: &DimensionDef, value: &Json) -> Result<Found, String> {
    let said = match value {
        Json::Bool(said) => Some(*said),
        Json::String(text) => spoken(dimension, text)
            .or(Some(text))
            .and_then(|word| word.parse().ok()),
        _ => None,
    };
    said.map(|said| (Json::Bool(said), said.to_string(), true))
        .ok_or_else(|| "must be true or false".to_owned())
}

/// One of the words of a field, or one that the layer has for it.
pub(super) fn word(dimension: &DimensionDef, text: &str) -> Result<Found, String> {
    let FieldType::Enum(words) = dimension.path.field.kind else {
        return Ok((Json::from(text), text.to_owned(), true));
    };
    let found = words
        .iter()
        .copied()
        .find(|word| word.eq_ignore_ascii_case(text))
        .or_else(|| spoken(dimension, text));
    found
        .map(|word| (Json::from(word), word.to_owned(), true))
        .ok_or_else(|| {
            format!(
                "{} is no {}{}; there are {}",
                shown(text),
                dimension.name,
                nearest(words.iter().copied(), text),
                words.join(", ")
            )
        })
}
