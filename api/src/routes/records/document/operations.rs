//! The operations of an object's routes. What can go wrong is added by [`crate::openapi::complete`].

use crm_store::catalog::Object;
use utoipa::openapi::{
    Content, Header, HttpMethod, PathItem, Ref, Required,
    path::{OperationBuilder, Parameter},
    request_body::RequestBodyBuilder,
    response::ResponseBuilder,
    schema::{ObjectBuilder, SchemaType, Type},
};

use super::{
    parameters,
    schemas::{Names, spoken},
};

/// `/v1/{plural}`.
pub(super) fn collection(object: &Object) -> PathItem {
    let (names, many) = (Names::of(object), many(object));
    let list = start(object, "list", true, format!("List {many}"))
        .description(Some(
            "Filters and sorting look at indexed fields alone, so that every page is fast. Without sort the order is by id.",
        ))
        .parameters(Some(parameters::list(object)))
        .response("200", json("A page", &names.page));
    let create = start(object, "create", false, format!("Make a {}", spoken(object)))
        .parameter(parameters::idempotency_key())
        .request_body(Some(body(&names.new)))
        .response("201", with_location(with_tag(json("The record", &names.record))))
        .response("409", problem("Another record is in the way, such as one with this external_id, or the same request is being worked on"));
    item([(HttpMethod::Get, list), (HttpMethod::Post, create)])
}

/// `/v1/{plural}/{id}`.
pub(super) fn member(object: &Object) -> PathItem {
    let (names, one) = (Names::of(object), spoken(object));
    let get = start(object, "get", false, format!("Read a {one}"))
        .parameters(Some(with(parameters::id(object), parameters::shape(object))))
        .parameter(parameters::if_none_match())
        .response("200", with_tag(json("The record", &names.record)))
        .response(
            "304",
            with_tag(ResponseBuilder::new().description("It is still as you have it")).build(),
        );
    let update = start(object, "update", false, format!("Change a {one}"))
        .parameter(parameters::id(object))
        .parameter(parameters::if_match())
        .request_body(Some(body(&names.patch)))
        .response("200", with_tag(json("The record", &names.record)))
        .response("409", problem("Another record is in the way"));
    let delete = start(object, "delete", false, format!("Delete a {one}"))
        .description(Some(
            "It can be restored until the organisation's retention removes it.",
        ))
        .parameter(parameters::id(object))
        .parameter(parameters::if_match())
        .response("204", ResponseBuilder::new().description("It is deleted"))
        .response("409", problem("Other records need it"));
    item([
        (HttpMethod::Get, get),
        (HttpMethod::Patch, update),
        (HttpMethod::Delete, delete),
    ])
}

/// `/v1/{plural}/{id}/restore`.
pub(super) fn restore(object: &Object) -> PathItem {
    let (names, one) = (Names::of(object), spoken(object));
    let restore = start(object, "restore", false, format!("Bring a deleted {one} back"))
        .description(Some("A record that is not deleted stays as it is."))
        .parameter(parameters::id(object))
        .parameter(parameters::idempotency_key())
        .response("200", with_tag(json("The record", &names.record)))
        .response(
            "409",
            problem("Another record has taken its place, or the same request is being worked on"),
        );
    item([(HttpMethod::Post, restore)])
}

/// `/v1/{plural}/bulk`.
pub(super) fn bulk(object: &Object) -> PathItem {
    let names = Names::of(object);
    let bulk = start(object, "upsert", true, format!("Make or change up to 1,000 {}", many(object)))
        .description(Some(
            "Each row is found by its id, else by its external_id, and made when there is none. Rows are judged one by \
             one: good ones go in, each of the others says what is wrong.",
        ))
        .parameter(parameters::idempotency_key())
        .request_body(Some(body(&names.rows)))
        .response("200", json("What became of each row", "BulkResult"))
        .response("409", problem("The same request is being worked on"));
    item([(HttpMethod::Post, bulk)])
}

fn start(object: &Object, verb: &str, is_many: bool, summary: String) -> OperationBuilder {
    let name = if is_many { object.plural } else { object.name };
    OperationBuilder::new()
        .operation_id(Some(format!("{verb}_{name}")))
        .tag(object.plural)
        .summary(Some(summary))
}

fn item<const N: usize>(operations: [(HttpMethod, OperationBuilder); N]) -> PathItem {
    operations
        .into_iter()
        .fold(PathItem::default(), |item, (method, operation)| {
            let mut other = PathItem::new(method, operation.build());
            other.merge_operations(item);
            other
        })
}

fn with(first: Parameter, others: Vec<Parameter>) -> Vec<Parameter> {
    std::iter::once(first).chain(others).collect()
}

fn body(schema: &str) -> utoipa::openapi::request_body::RequestBody {
    RequestBodyBuilder::new()
        .content(
            "application/json",
            Content::new(Some(Ref::from_schema_name(schema))),
        )
        .required(Some(Required::True))
        .build()
}

fn json(description: &str, schema: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(description).content(
        "application/json",
        Content::new(Some(Ref::from_schema_name(schema))),
    )
}

fn problem(description: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(description).content(
        "application/problem+json",
        Content::new(Some(Ref::from_schema_name("ProblemBody"))),
    )
}

fn with_tag(response: ResponseBuilder) -> ResponseBuilder {
    response.header("ETag", text("The version, for If-Match and If-None-Match"))
}

fn with_location(response: ResponseBuilder) -> ResponseBuilder {
    response.header("Location", text("Where the record is"))
}

fn text(description: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)));
    header.description = Some(description.to_owned());
    header
}

fn many(object: &Object) -> String {
    object.plural.replace('_', " ")
}
