//! JSON Schemas of tool arguments, in the subset that providers accept.
//!
//! The subset is that of strict mode: no references, every object closed, every
//! property required (an optional one may be null) and described. What is
//! outside it is refused when the program starts, with the path, instead of by
//! a provider in the middle of a conversation.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

/// Keywords that strict mode understands.
const KEYWORDS: &[&str] = &[
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "pattern",
    "format",
    "minItems",
    "maxItems",
];
/// Formats that strict mode understands.
const FORMATS: &[&str] = &[
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uuid",
];
/// Levels of objects, lists and choices. Strict mode takes ten; a choice of typed queries has nine.
const MAX_DEPTH: usize = 10;

/// A schema that a provider would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema at {path}: {problem}")]
pub struct SchemaError {
    /// Where, as a JSON pointer; `/` is the root.
    pub path: String,
    /// What a provider would refuse.
    pub problem: String,
}

/// The schema of `T`, brought into the subset.
pub fn of<T: JsonSchema>() -> Result<Value, SchemaError> {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    tighten(&mut schema);
    check(&schema)?;
    Ok(schema)
}

/// Refuses what a provider would refuse.
pub fn check(schema: &Value) -> Result<(), SchemaError> {
    if schema.get("type") != Some(&Value::from("object")) {
        return Err(refuse("", "the root must be an object"));
    }
    check_at(schema, "", 0)
}

/// Drops what only describes Rust types and closes every object.
fn tighten(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    for noise in ["title", "default", "$schema", "examples"] {
        map.remove(noise);
    }
    if map
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| !FORMATS.contains(&format))
    {
        map.remove("format");
    }
    if let Some(choices) = plain_choices(map) {
        map.remove("oneOf");
        map.insert("type".to_owned(), "string".into());
        map.insert("enum".to_owned(), choices);
    }
    // The variants of a tagged enum exclude each other by their tags already.
    if let Some(variants) = map.remove("oneOf") {
        map.insert("anyOf".to_owned(), variants);
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        let names: Vec<Value> = properties.keys().map(|name| name.clone().into()).collect();
        properties.values_mut().for_each(tighten);
        map.insert("required".to_owned(), names.into());
    }
    if map.get("type") == Some(&Value::from("object")) {
        map.entry("properties")
            .or_insert_with(|| Value::Object(Map::new()));
        map.entry("required").or_insert_with(|| Value::Array(Vec::new()));
        map.entry("additionalProperties").or_insert(false.into());
    }
    if let Some(items) = map.get_mut("items") {
        tighten(items);
    }
    if let Some(Value::Array(options)) = map.get_mut("anyOf") {
        options.iter_mut().for_each(tighten);
    }
}

/// The choices of an enum whose variants have doc comments: `oneOf` of constants.
fn plain_choices(map: &Map<String, Value>) -> Option<Value> {
    map.get("oneOf")?
        .as_array()?
        .iter()
        .map(|choice| choice.get("const").cloned())
        .collect::<Option<Vec<_>>>()
        .map(Value::Array)
}

fn check_at(schema: &Value, path: &str, depth: usize) -> Result<(), SchemaError> {
    let Value::Object(map) = schema else {
        return Err(refuse(path, "must be an object, not true or false"));
    };
    if depth > MAX_DEPTH {
        return Err(refuse(path, "is nested too deeply"));
    }
    if let Some(keyword) = map.keys().find(|key| !KEYWORDS.contains(&key.as_str())) {
        return Err(refuse(path, &format!("`{keyword}` is not accepted")));
    }
    if !["type", "anyOf", "enum", "const"]
        .iter()
        .any(|key| map.contains_key(*key))
    {
        return Err(refuse(path, "has no type"));
    }
    if map.contains_key("properties") || map.get("type") == Some(&Value::from("object")) {
        check_object(map, path, depth)?;
    }
    if map.get("type") == Some(&Value::from("array")) && !map.contains_key("items") {
        return Err(refuse(path, "a list must say what its items are"));
    }
    if let Some(items) = map.get("items") {
        check_at(items, &format!("{path}/items"), depth + 1)?;
    }
    for (at, option) in map
        .get("anyOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        check_at(option, &format!("{path}/anyOf/{at}"), depth + 1)?;
    }
    Ok(())
}

fn check_object(map: &Map<String, Value>, path: &str, depth: usize) -> Result<(), SchemaError> {
    if map.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(refuse(path, "`additionalProperties` must be false"));
    }
    let required: Vec<&str> = map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in map
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let at = format!("{path}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
        if !required.contains(&name.as_str()) {
            return Err(refuse(
                &at,
                "must be in `required`; make it nullable to leave it open",
            ));
        }
        // A tag says all by its only value.
        if property.get("const").is_none()
            && property
                .get("description")
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
        {
            return Err(refuse(&at, "has no description; write a doc comment"));
        }
        check_at(property, &at, depth + 1)?;
    }
    Ok(())
}

fn refuse(path: &str, problem: &str) -> SchemaError {
    let path = if path.is_empty() { "/" } else { path };
    SchemaError {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Finds things.
    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Args {
        /// The words.
        words: String,
        /// How many.
        #[schemars(range(min = 1, max = 9))]
        limit: Option<u8>,
        /// The order.
        order: Order,
        /// The filters.
        filters: Vec<Filter>,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is read")]
    enum Order {
        /// Newest first.
        Newest,
        /// Best first.
        Best,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Filter {
        /// The field.
        field: String,
    }

    #[test]
    fn a_rust_type_becomes_a_strict_schema() {
        assert_eq!(
            of::<Args>().unwrap(),
            json!({
                "description": "Finds things.",
                "type": "object",
                "properties": {
                    "words": {"description": "The words.", "type": "string"},
                    "limit": {"description": "How many.", "type": ["integer", "null"], "minimum": 1, "maximum": 9},
                    "order": {"description": "The order.", "type": "string", "enum": ["newest", "best"]},
                    "filters": {"description": "The filters.", "type": "array", "items": {
                        "type": "object",
                        "properties": {"field": {"description": "The field.", "type": "string"}},
                        "required": ["field"],
                        "additionalProperties": false,
                    }},
                },
                "additionalProperties": false,
                "required": ["words", "limit", "order", "filters"],
            })
        );
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Undescribed {
        /// Fine.
        fine: String,
        bare: u8,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Open {
        /// Anything goes.
        map: std::collections::BTreeMap<String, String>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Bounded {
        /// A short text.
        #[schemars(length(max = 5))]
        text: String,
    }

    #[test]
    fn what_a_provider_would_refuse_is_refused_with_its_path() {
        let problem = |result: Result<Value, SchemaError>| result.unwrap_err().to_string();

        assert_eq!(
            problem(of::<Undescribed>()),
            "the schema at /properties/bare: has no description; write a doc comment"
        );
        assert_eq!(
            problem(of::<Open>()),
            "the schema at /properties/map: `additionalProperties` must be false"
        );
        assert_eq!(
            problem(of::<Bounded>()),
            "the schema at /properties/text: `maxLength` is not accepted"
        );
        assert_eq!(
            problem(of::<String>()),
            "the schema at /: the root must be an object"
        );
    }

    #[test]
    fn a_reference_is_refused() {
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"description": "A.", "$ref": "#/$defs/A"}}});

        assert_eq!(check(&schema).unwrap_err().path, "/properties/a");
    }
}
