//! `GET /v1/{plural}/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use uuid::Uuid;

use super::{
    allowed::{On, Read},
    query::Given,
    view,
};
use crate::{
    Problem,
    http::{body::Path, etag},
};

/// Shows a record.
pub(super) async fn handler(
    caller: On<Read>,
    Path(id): Path<Uuid>,
    given: Given,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let object = caller.object;
    let select = given.of_one(object)?;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let record = tx
        .records(object)
        .get(id, &select)
        .await
        .map_err(view::of_query)?;
    let record = record.ok_or_else(|| Problem::not_found(object.name))?;
    // The tag tells the version of the record, not of what is included.
    if select.include.is_empty() && etag::is_known(&headers, record.version) {
        return Ok(view::unchanged(record.version));
    }
    Ok(view::respond(StatusCode::OK, &record, &access))
}
