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

/// A route of an object with its operations.
pub(super) struct Described {
    pub(super) path: String,
    pub(super) item: PathItem,
}

/// The records of an object: to list and to make them.
pub(super) fn collection(object: &Object) -> Described {
    described(object, "", operations::collection(object))
}

/// One record: to read, change and delete it.
pub(super) fn member(object: &Object) -> Described {
    described(object, "/{id}", operations::member(object))
}

/// A deleted record: to bring it back.
pub(super) fn restore(object: &Object) -> Described {
    described(object, "/{id}/restore", operations::restore(object))
}

/// Many records: to make or change them at once.
pub(super) fn bulk(object: &Object) -> Described {
    described(object, "/bulk", operations::bulk(object))
}

fn described(object: &Object, rest: &str, item: PathItem) -> Described {
    Described {
        path: format!("/v1/{}{rest}", object.plural),
        item,
    }
}
