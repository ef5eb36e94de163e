//! Records as clients see them.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use crm_store::{
    StoreError, TenantTx,
    access::Access,
    catalog::Object,
    records::{Record, Select},
};
use uuid::Uuid;

use crate::{Problem, http::etag};

/// One record with its `ETag`.
pub(in crate::routes) fn respond(status: StatusCode, record: &Record, access: &Access) -> Response {
    etag::tagged(record.version, (status, Json(record.to_json(access))))
}

/// A new record, with where it is.
pub(super) fn created(record: &Record, access: &Access) -> Response {
    let mut response = respond(StatusCode::CREATED, record, access);
    let location = HeaderValue::from_str(&format!("/v1/{}/{}", record.object.plural, record.id));
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The record is still as the caller has it.
pub(super) fn unchanged(version: i64) -> Response {
    etag::tagged(version, StatusCode::NOT_MODIFIED)
}

/// The record that an earlier request with the same key made or changed, as it is now.
pub(in crate::routes) async fn again(
    tx: &mut TenantTx,
    object: &'static Object,
    id: Option<Uuid>,
) -> Result<Record, Problem> {
    let missing = || Problem::not_found(object.name);
    let id = id.ok_or_else(missing)?;
    tx.records(object)
        .get(id, &Select::default())
        .await?
        .ok_or_else(missing)
}

/// Points at parameters of the query, not at fields of a body.
pub(crate) fn of_query(error: StoreError) -> Problem {
    match error {
        StoreError::Invalid { field, message } => Problem::field(format!("?{field}"), message),
        other => other.into(),
    }
}
