//! From JSON or text to typed values, with words about what would be right.
//!
//! Text is stored as it was sent, code point by code point: no Unicode normal form is forced on it, and nothing is
//! escaped. Searching folds case and accents by itself.

mod address;
mod codes;
mod number;
mod text;
mod time;

pub(crate) use address::{Region, phone, region};
pub(crate) use text::nearest;

use serde_json::Value as Json;
use uuid::Uuid;

use super::Value;
use crate::catalog::{Field, FieldType};

/// The most bytes that structured data may have.
const MAX_JSON: usize = 65_536;

/// Reads a value of a field from JSON. The error says what would be right.
pub(crate) fn parse(field: &Field, json: &Json) -> Result<Value, String> {
    let value = parse_json(field, json)?;
    number::in_range(field, &value)?;
    Ok(value)
}

fn parse_json(field: &Field, json: &Json) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::String(said) => parse_said(field, said),
        _ => match field.kind {
            FieldType::Integer | FieldType::BigInteger => number::integer(field.kind, &json.to_string()),
            FieldType::Decimal => number::decimal(&json.to_string()),
            FieldType::Money(_) => number::money(json),
            FieldType::Boolean => json
                .as_bool()
                .map(Value::Boolean)
                .ok_or_else(|| BOOLEAN.to_owned()),
            FieldType::Json => structured(json.clone()),
            kind => Err(expected(kind)),
        },
    }
}

/// Reads a value of a field from text, as imports, query strings and form posts have it.
///
/// Empty text is no value.
pub(crate) fn parse_text(field: &Field, said: &str) -> Result<Value, String> {
    let value = parse_said(field, said)?;
    number::in_range(field, &value)?;
    Ok(value)
}

fn parse_said(field: &Field, said: &str) -> Result<Value, String> {
    if said.contains('\0') {
        return Err("must not contain the character NUL".to_owned());
    }
    if said.trim().is_empty() {
        return Ok(Value::Null);
    }
    match field.kind {
        FieldType::Id => Uuid::try_parse(said.trim())
            .map(Value::Id)
            .map_err(|_| expected(field.kind)),
        FieldType::Text => text::line(said),
        FieldType::LongText => text::long(said),
        FieldType::Enum(words) => text::word(words, said),
        FieldType::Integer | FieldType::BigInteger => number::integer(field.kind, said.trim()),
        FieldType::Decimal => number::decimal(said.trim()),
        FieldType::Money(_) => number::money(&Json::String(said.to_owned())),
        FieldType::Boolean => match said.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(BOOLEAN.to_owned()),
        },
        FieldType::Time => time::moment(said.trim()),
        FieldType::Date => time::day(said.trim()),
        FieldType::Email => address::email(said.trim()),
        FieldType::Phone => address::plausible_phone(said.trim()),
        FieldType::Url => address::url(said.trim()),
        FieldType::Currency => codes::currency(said.trim()),
        FieldType::Language => codes::language(said.trim()),
        FieldType::Country => codes::country(said.trim()),
        FieldType::Json => serde_json::from_str(said)
            .map_err(|_| expected(field.kind))
            .and_then(structured),
        FieldType::Bytes => Err("cannot be set".to_owned()),
    }
}

const BOOLEAN: &str = "must be true or false";

fn structured(json: Json) -> Result<Value, String> {
    if json.to_string().len() > MAX_JSON {
        return Err(format!("must have at most {MAX_JSON} bytes of JSON"));
    }
    if has_nul(&json) {
        return Err("must not contain the character NUL".to_owned());
    }
    Ok(Value::Json(json))
}

fn has_nul(json: &Json) -> bool {
    match json {
        Json::String(said) => said.contains('\0'),
        Json::Array(items) => items.iter().any(has_nul),
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// What would be right for a type.
fn expected(kind: FieldType) -> String {
    match kind {
        FieldType::Id => "must be an id (a UUID such as 0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f)".to_owned(),
        FieldType::Enum(words) => format!("must be one of {}", words.join(", ")),
        FieldType::Time => time::MOMENT.to_owned(),
        FieldType::Date => time::DAY.to_owned(),
        FieldType::Boolean => BOOLEAN.to_owned(),
        FieldType::Json => "must be JSON".to_owned(),
        _ => "must be text".to_owned(),
    }
}
