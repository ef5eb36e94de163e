//! Arguments as a model wrote them, checked against the tool's schema.

use jsonschema::Validator;
use serde_json::Value;

use crate::{ToolError, ToolSpec};

/// More than any tool needs; a model that writes more has lost its way.
const MAX_BYTES: usize = 64 * 1024;
/// Problems named in one answer.
const MAX_PROBLEMS: usize = 5;
/// Characters of the model's own words that an answer repeats.
const SHOWN: usize = 60;

/// Reads `arguments`; the error tells the model what is wrong, where, and what
/// would be right.
pub(crate) fn parse(spec: &ToolSpec, validator: &Validator, arguments: &str) -> Result<Value, ToolError> {
    let tool = &spec.name;
    if arguments.len() > MAX_BYTES {
        let bytes = arguments.len();
        return Err(ToolError::Correctable(format!(
            "the arguments of {tool} have {bytes} bytes; at most {MAX_BYTES} are read"
        )));
    }
    // Some models write nothing at all when there is nothing to say.
    let text = if arguments.trim().is_empty() {
        "{}"
    } else {
        arguments
    };
    let mut value: Value = serde_json::from_str(text).map_err(|error| {
        ToolError::Correctable(format!(
            "the arguments of {tool} are not valid JSON ({error}); send one object such as {}",
            example(spec)
        ))
    })?;
    fill(&spec.parameters, &mut value);

    let problems: Vec<String> = validator
        .iter_errors(&value)
        .take(MAX_PROBLEMS)
        .map(|error| problem(spec, &error))
        .collect();
    if problems.is_empty() {
        return Ok(value);
    }
    Err(ToolError::Correctable(format!(
        "the arguments of {tool} are wrong: {}",
        problems.join("; ")
    )))
}

/// What the types refuse although the schema allowed it.
pub(crate) fn misread(tool: &str, error: &serde_json::Error) -> ToolError {
    ToolError::Correctable(format!(
        "the arguments of {tool} are wrong: {}",
        shown(&error.to_string())
    ))
}

/// The start of `text`, for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        short.push('…');
    }
    short
}

/// Strict mode makes a model write every field; others leave out what is open, empty or no.
fn fill(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(given) => {
            let Some(properties) = object_of(schema, given).and_then(|object| object.get("properties"))
            else {
                return;
            };
            for (name, property) in properties.as_object().into_iter().flatten() {
                match given.get_mut(name) {
                    Some(part) => fill(property, part),
                    None => {
                        if let Some(empty) = empty(property) {
                            given.insert(name.clone(), empty);
                        }
                    }
                }
            }
        }
        Value::Array(parts) => {
            let mut lists = std::iter::once(schema).chain(options(schema));
            if let Some(items) = lists.find_map(|schema| schema.get("items")) {
                for part in parts {
                    fill(items, part);
                }
            }
        }
        _ => {}
    }
}

/// The schema of an object among the choices of a schema: the one whose tag fits, or the only one.
fn object_of<'a>(schema: &'a Value, given: &serde_json::Map<String, Value>) -> Option<&'a Value> {
    if schema.get("properties").is_some() {
        return Some(schema);
    }
    let objects: Vec<&Value> = options(schema)
        .filter_map(|option| object_of(option, given))
        .collect();
    match objects.as_slice() {
        [one] => Some(*one),
        several => several.iter().copied().find(|object| has_tag(object, given)),
    }
}

fn options(schema: &Value) -> impl Iterator<Item = &Value> {
    schema
        .get("anyOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn has_tag(object: &Value, given: &serde_json::Map<String, Value>) -> bool {
    let properties = object.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().any(|(name, property)| {
        property
            .get("const")
            .is_some_and(|tag| given.get(name) == Some(tag))
    })
}

/// What stands for a field that was left out, if something does.
fn empty(property: &Value) -> Option<Value> {
    if nullable(property) {
        return Some(Value::Null);
    }
    match property.get("type").and_then(Value::as_str) {
        Some("boolean") => Some(false.into()),
        Some("array") if property.get("minItems").is_none() => Some(Value::Array(Vec::new())),
        _ => None,
    }
}

fn nullable(property: &Value) -> bool {
    let null = Value::from("null");
    match (property.get("type"), property.get("anyOf")) {
        (Some(Value::Array(types)), _) => types.contains(&null),
        (_, Some(Value::Array(options))) => options.iter().any(|option| option.get("type") == Some(&null)),
        _ => false,
    }
}

fn problem(spec: &ToolSpec, error: &jsonschema::ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let pointer = if pointer.is_empty() { "/" } else { pointer };
    // The value itself may be long, and came from outside.
    let what = error.masked_with("the value").to_string();
    let schema_path = error.schema_path().as_str();
    let parent = schema_path.rsplit_once('/').map_or("", |(parent, _)| parent);
    match spec.parameters.pointer(parent) {
        Some(right) if !parent.is_empty() => format!("at {pointer} {what}, right would be {right}"),
        _ => format!(
            "at {pointer} {what}, right would be an object such as {}",
            example(spec)
        ),
    }
}

/// An object of the right shape, with types in place of values.
fn example(spec: &ToolSpec) -> String {
    let properties = spec.parameters.get("properties").and_then(Value::as_object);
    let fields: serde_json::Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let types = match property.get("type") {
                Some(Value::String(one)) => one.clone(),
                Some(Value::Array(several)) => several
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(" or "),
                _ => "value".to_owned(),
            };
            (name.clone(), format!("<{types}>").into())
        })
        .collect();
    Value::Object(fields).to_string()
}
