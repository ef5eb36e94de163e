//! The records of every object that the catalogue says is served, by one implementation.
//!
//! Each object has the same routes under `/v1/{plural}`; a layer tells the handlers which object a route is for. What
//! an object does beyond that, such as converting a lead, is in a folder of its own, merged beside this router.

pub(in crate::routes) mod allowed;
mod bulk;
mod create;
mod delete;
mod document;
mod get;
mod list;
mod query;
mod restore;
mod update;
pub(in crate::routes) mod view;

use axum::{
    Extension,
    routing::{get as on_get, post as on_post},
};
use crm_store::catalog::{OBJECTS, Object};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, path::Paths},
};
use utoipa_axum::router::OpenApiRouter;

pub use self::allowed::Reader;
use self::allowed::Served;
pub(crate) use self::view::of_query;
use crate::state::AppState;

/// The objects that have these routes.
pub fn served() -> impl Iterator<Item = &'static Object> {
    OBJECTS
        .iter()
        .copied()
        .filter(|object| object.rules().is_some_and(|rules| rules.served))
}

/// The routes of every served object.
pub fn router() -> OpenApiRouter<AppState> {
    served().fold(OpenApiRouter::new(), |router, object| {
        let layer = Extension(Served(object));
        router
            .routes(documented(
                document::collection(object),
                schemas(object),
                on_get(list::handler).post(create::handler).layer(layer),
            ))
            .routes(documented(
                document::member(object),
                Vec::new(),
                on_get(get::handler)
                    .patch(update::handler)
                    .delete(delete::handler)
                    .layer(layer),
            ))
            .routes(documented(
                document::restore(object),
                Vec::new(),
                on_post(restore::handler).layer(layer),
            ))
            .routes(documented(
                document::bulk(object),
                Vec::new(),
                on_post(bulk::handler).layer(layer),
            ))
    })
}

/// The schemas of an object, and those that all of them use.
fn schemas(object: &Object) -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = document::schemas(object);
    bulk::BulkResult::schemas(&mut schemas);
    schemas.push((bulk::BulkResult::name().into_owned(), bulk::BulkResult::schema()));
    schemas
}

fn documented(
    route: document::Described,
    schemas: Vec<(String, RefOr<Schema>)>,
    router: axum::routing::MethodRouter<AppState>,
) -> utoipa_axum::router::UtoipaMethodRouter<AppState> {
    let mut paths = Paths::new();
    paths.paths.insert(route.path, route.item);
    (schemas, paths, router)
}
