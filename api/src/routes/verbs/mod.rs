//! What can be done with records beyond making, reading and changing them.
//!
//! A verb that several objects have is written once, with `{object}` in its path; `of` gives it to an object.

mod assign;
mod convert;
mod duplicates;
mod merge;
mod overview;
mod similar;
mod timeline;

use axum::Extension;
use crm_rag::RecordKind;
use crm_store::catalog::{ACCOUNT, CASE, CONTACT, LEAD, OPPORTUNITY, Object};
use utoipa::openapi::{
    RefOr,
    path::{PathItem, Paths},
};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

pub(in crate::routes) use self::similar::SimilarRecord;
use super::records::allowed::Served;
use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    let mut router = OpenApiRouter::new()
        .routes(of(&LEAD, routes!(convert::handler)))
        .routes(of(&ACCOUNT, routes!(overview::handler)));
    for object in [&LEAD, &CONTACT, &ACCOUNT, &OPPORTUNITY, &CASE] {
        router = router.routes(of(object, routes!(timeline::handler)));
    }
    for kind in RecordKind::ALL {
        router = router.routes(of(kind.object(), routes!(similar::handler)));
    }
    for object in [&LEAD, &CONTACT, &ACCOUNT] {
        router = router
            .routes(of(object, routes!(duplicates::handler)))
            .routes(of(object, routes!(merge::handler)));
    }
    for object in [&LEAD, &CASE] {
        router = router.routes(of(object, routes!(assign::handler)));
    }
    router
}

/// The route of a verb for one object: its path, its description, and the layer that tells the handler.
fn of(
    object: &'static Object,
    (schemas, paths, methods): UtoipaMethodRouter<AppState>,
) -> UtoipaMethodRouter<AppState> {
    let mut own = Paths::new();
    for (path, mut item) in paths.paths {
        describe(object, &mut item);
        own.paths.insert(path.replace("{object}", object.plural), item);
    }
    (schemas, own, methods.layer(Extension(Served(object))))
}

/// Puts the object's name where the description says `object`.
fn describe(object: &Object, item: &mut PathItem) {
    let operations = [&mut item.get, &mut item.post, &mut item.put];
    for operation in operations.into_iter().flatten() {
        let name = object.name.replace('_', " ");
        if let Some(id) = &mut operation.operation_id {
            *id = id.replace("object", object.name);
        }
        if let Some(summary) = &mut operation.summary {
            *summary = summary.replace("record", &name);
        }
        // The path has the object's own name there.
        if let Some(parameters) = &mut operation.parameters {
            parameters.retain(|parameter| !matches!(parameter, RefOr::T(known) if known.name == "object"));
        }
        operation.tags = Some(vec![object.plural.to_owned()]);
    }
}
