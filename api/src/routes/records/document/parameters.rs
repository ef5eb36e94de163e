//! The parameters of the routes of records.

use crm_store::{
    catalog::{Field, FieldType, Object},
    query::Op,
};
use serde_json::json;
use utoipa::openapi::{
    RefOr, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
    schema::{
        AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
    },
};

use super::{schemas::spoken, values};

/// The record in the path.
pub(super) fn id(object: &Object) -> Parameter {
    let uuid = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(format!("The {}", spoken(object))))
        .schema(Some(uuid))
        .build()
}

/// `If-Match`, which a change needs.
pub(super) fn if_match() -> Parameter {
    header(
        "If-Match",
        Required::True,
        "The ETag of the record as you have read it",
    )
}

/// `If-None-Match`.
pub(super) fn if_none_match() -> Parameter {
    header(
        "If-None-Match",
        Required::False,
        "The ETag of the record as you have it: 304 when it is still so. Not looked at together with include",
    )
}

/// `Idempotency-Key`.
pub(super) fn idempotency_key() -> Parameter {
    header(
        "Idempotency-Key",
        Required::False,
        "Makes a repeated request harmless for 24 hours",
    )
}

/// What of a record is asked for.
pub(super) fn shape(object: &Object) -> Vec<Parameter> {
    let mut shape = vec![query(
        "fields",
        "Only these fields, and id",
        list_of(object.fields.iter().map(|field| field.name.to_owned()).collect()),
    )];
    if !object.relations.is_empty() {
        let names = object.relations.iter().map(|relation| relation.name.to_owned());
        shape.push(query(
            "include",
            "Also what these relations lead to",
            list_of(names.collect()),
        ));
    }
    shape.push(query(
        "deleted",
        "Deleted records too",
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Boolean))
            .default(Some(json!(false)))
            .into(),
    ));
    shape
}

/// Which records of a list, in which order.
pub(super) fn list(object: &Object) -> Vec<Parameter> {
    let mut list: Vec<Parameter> = indexed(object).map(filter).collect();
    let sortable = indexed(object).flat_map(|field| [field.name.to_owned(), format!("-{}", field.name)]);
    let sort = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(sortable));
    list.push(query(
        "sort",
        "The field to sort by, equal records by id; a minus sorts from high to low",
        sort.into(),
    ));
    if object.fields.iter().any(|field| field.searchable) {
        let words = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .max_length(Some(200));
        list.push(query("q", "Words that the record's texts hold", words.into()));
    }
    let limit = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(1))
        .maximum(Some(200))
        .default(Some(json!(50)));
    list.push(query("limit", "Records on a page", limit.into()));
    let cursor = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    list.push(query(
        "cursor",
        "The next_cursor of the page before, with all other parameters as they were",
        cursor.into(),
    ));
    list.extend(shape(object));
    list
}

fn indexed(object: &Object) -> impl Iterator<Item = &'static Field> {
    object.fields.iter().filter(|field| field.indexed)
}

/// `filter[status]`, an object of operators: `filter[status][in]=new,working`.
fn filter(field: &Field) -> Parameter {
    let start = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let schema = operators(field).fold(start, |schema, operator| {
        let value = match operator {
            "is_null" => ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)),
            "in" => ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .description(Some("Values joined by commas")),
            "contains" => ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .description(Some("Words of it")),
            _ => values::of_filter(field),
        };
        schema.property(operator, value)
    });
    ParameterBuilder::new()
        .name(format!("filter[{}]", field.name))
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(values::description(field)))
        .style(Some(ParameterStyle::DeepObject))
        .explode(Some(true))
        .schema(Some(schema))
        .build()
}

/// How a field can be compared.
fn operators(field: &Field) -> impl Iterator<Item = &'static str> {
    let is_ordered = !matches!(
        field.kind,
        FieldType::Id | FieldType::Enum(_) | FieldType::Boolean
    );
    let can_contain = field.searchable;
    let is_optional = !field.required;
    Op::WORDS.iter().copied().filter(move |operator| match *operator {
        "lt" | "lte" | "gt" | "gte" => is_ordered,
        "contains" => can_contain,
        "is_null" => is_optional,
        _ => true,
    })
}

fn list_of(words: Vec<String>) -> RefOr<Schema> {
    let word = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(words));
    ArrayBuilder::new()
        .items(word)
        .min_items(Some(1))
        .unique_items(true)
        .into()
}

fn query(name: &str, description: &str, schema: RefOr<Schema>) -> Parameter {
    let is_list = matches!(&schema, RefOr::T(Schema::Array(_)));
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema));
    if is_list {
        parameter
            .style(Some(ParameterStyle::Form))
            .explode(Some(false))
            .build()
    } else {
        parameter.build()
    }
}

fn header(name: &str, required: Required, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(
            ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)),
        ))
        .build()
}
