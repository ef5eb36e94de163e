//! The schemas of an object: `Lead`, `NewLead`, `LeadPatch`, `LeadPage`, `LeadRows`.

use crm_store::{
    catalog::{Field, Link, Object, Relation},
    records::MAX_ROWS,
};
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    Ref, RefOr, Schema,
    schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type},
};

use super::values;

/// The names of an object's schemas.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) record: String,
    pub(super) new: String,
    pub(super) patch: String,
    pub(super) page: String,
    pub(super) rows: String,
}

impl Names {
    pub(super) fn of(object: &Object) -> Self {
        let record = pascal(object.name);
        Self {
            new: format!("New{record}"),
            patch: format!("{record}Patch"),
            page: format!("{record}Page"),
            rows: format!("{record}Rows"),
            record,
        }
    }
}

/// All schemas of an object, by name.
pub(super) fn of_object(object: &Object) -> Vec<(String, RefOr<Schema>)> {
    let names = Names::of(object);
    let page = page(&names.record);
    let rows = rows(object, &names.record);
    vec![
        (names.record, record(object)),
        (names.new, new(object)),
        (names.patch, patch(object)),
        (names.page, page),
        (names.rows, rows),
        ("RecordMoney".to_owned(), values::money()),
    ]
}

/// A record as it is read. A field may be null although the object requires it: the reader's role may mask it.
fn record(object: &Object) -> RefOr<Schema> {
    let masked = ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)))
        .description(Some(
            "The fields whose values your role does not show; they are null here",
        ));
    let start = ObjectBuilder::new().description(Some(object.help));
    let schema = object
        .fields
        .iter()
        .fold(start, |schema, field| {
            let is_nullable = !matches!(field.name, "id" | "version");
            schema.property(field.name, values::of_field(field, is_nullable))
        })
        .property("masked_fields", masked);
    let schema = object.relations.iter().fold(schema, |schema, relation| {
        schema.property(relation.name, included(relation))
    });
    schema.required("id").into()
}

/// What `include` adds: a record, or several.
fn included(relation: &Relation) -> RefOr<Schema> {
    let one = |types: SchemaType| {
        ObjectBuilder::new()
            .schema_type(types)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
    };
    let target = relation.target.replace('_', " ");
    match relation.by {
        Link::Field(field) => one(SchemaType::Array(vec![Type::Object, Type::Null]))
            .description(Some(format!(
                "The {target} in {field}; only with include={}",
                relation.name
            )))
            .into(),
        Link::TheirField(_) => ArrayBuilder::new()
            .items(one(SchemaType::Type(Type::Object)))
            .description(Some(format!(
                "Each {target} of it; only with include={}",
                relation.name
            )))
            .into(),
    }
}

/// The fields of a new record.
fn new(object: &Object) -> RefOr<Schema> {
    let schema = writable(object)
        .filter(|field| is_needed(field))
        .fold(closed(object), |schema, field| schema.required(field.name));
    let sample: Map<String, Value> = writable(object)
        .filter(|field| is_needed(field) || field.name == "external_id")
        .filter_map(|field| Some((field.name.to_owned(), values::example(field)?)))
        .collect();
    schema
        .description(Some(format!("The fields of a new {}", spoken(object))))
        .examples([Value::Object(sample)])
        .into()
}

/// The fields to change.
fn patch(object: &Object) -> RefOr<Schema> {
    closed(object)
        .description(Some(
            "The fields to change; what is left out stays. null empties a field that may be empty",
        ))
        .into()
}

/// Every field that the API's users may set, and no other.
fn closed(object: &Object) -> ObjectBuilder {
    let start = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    writable(object).fold(start, |schema, field| {
        schema.property(field.name, values::of_field(field, !field.required))
    })
}

fn page(record: &str) -> RefOr<Schema> {
    let next = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .description(Some("Give this as cursor to read on; null on the last page"));
    ObjectBuilder::new()
        .property("data", ArrayBuilder::new().items(Ref::from_schema_name(record)))
        .property("next_cursor", next)
        .required("data")
        .required("next_cursor")
        .into()
}

/// Rows of a bulk request. Each is judged on its own, so the schema of the whole takes any.
fn rows(object: &Object, record: &str) -> RefOr<Schema> {
    let row = ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some(format!(
            "Fields as in New{record}, or as in {record}Patch for a {} that exists, perhaps with its id. A row that is \
             wrong fails alone",
            spoken(object)
        )));
    let rows = ArrayBuilder::new()
        .items(row)
        .min_items(Some(1))
        .max_items(Some(MAX_ROWS));
    let sample: Map<String, Value> = writable(object)
        .filter(|field| is_needed(field) || field.name == "external_id")
        .filter_map(|field| Some((field.name.to_owned(), values::example(field)?)))
        .collect();
    ObjectBuilder::new()
        .property("rows", rows)
        .required("rows")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .examples([json!({"rows": [sample]})])
        .into()
}

fn writable(object: &Object) -> impl Iterator<Item = &'static Field> {
    object.fields.iter().filter(|field| field.writable)
}

/// Whether a new record must say it.
fn is_needed(field: &Field) -> bool {
    field.required && field.writable && field.preset.is_none()
}

/// The object's name inside a sentence.
pub(super) fn spoken(object: &Object) -> String {
    object.name.replace('_', " ")
}

fn pascal(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}
