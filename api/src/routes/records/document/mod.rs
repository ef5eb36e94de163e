//! The `OpenAPI` description of the routes, made from the catalogue.

mod operations;
mod parameters;
mod schemas;
mod values;

use crm_store::catalog::Object;
use utoipa::openapi::{PathItem, RefOr, Schema};

/// The schemas of an object's routes, by name.
pub(super) fn schemas(object: &Object) -> Vec<(String, RefOr<Schema>)> {
    schemas::of_object(object)
}

/// The paths of an object's routes with their operations: the collection, a record, its return, many at once.
pub(super) fn paths(object: &Object) -> [(String, PathItem); 4] {
    let at = format!("/v1/{}", object.plural);
    [
        (at.clone(), operations::collection(object)),
        (format!("{at}/{{id}}"), operations::member(object)),
        (format!("{at}/{{id}}/restore"), operations::restore(object)),
        (format!("{at}/bulk"), operations::bulk(object)),
    ]
}
