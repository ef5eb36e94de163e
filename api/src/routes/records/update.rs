//! `PATCH /v1/{plural}/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::records::Draft;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    allowed::{On, Write},
    view,
};
use crate::{
    Problem,
    http::{
        body::{Json, Path},
        etag,
    },
};

/// Changes fields of a record that is still as the caller has read it.
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let object = caller.object;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(object, &body.value, &access)?;
    let record = tx.records(object).update(id, draft, Some(expected)).await?;
    tx.commit().await?;
    Ok(view::respond(StatusCode::OK, &record, &access))
}
