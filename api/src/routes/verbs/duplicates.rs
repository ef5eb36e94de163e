//! `GET /v1/{object}/{id}/duplicates`: what may be the same.

use axum::Json;
use crm_store::behaviour::duplicates::Duplicate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::body::Path,
    routes::records::allowed::{On, Read},
};

/// The records that may be the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Duplicates {
    /// The surest first.
    data: Vec<DuplicateView>,
}

/// A record that may be the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DuplicateView {
    /// The record.
    #[schema(value_type = Object)]
    record: Map<String, Value>,
    /// The rules that say so, each the criteria that agree.
    #[schema(example = json!([["email"], ["name", "company"]]))]
    because: Vec<Vec<&'static str>>,
}

/// Find duplicates of a record
///
/// By the organisation's duplicate rules; without any, by address, telephone number, name and domain.
#[utoipa::path(
    get,
    path = "/v1/{object}/{id}/duplicates",
    operation_id = "object_duplicates",
    tag = "records",
    params(("id" = Uuid, Path, description = "The record")),
    responses(
        (status = 200, description = "What may be the same", body = Duplicates),
        (status = 404, description = "No such record", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(caller: On<Read>, Path(id): Path<Uuid>) -> Result<Json<Duplicates>, Problem> {
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let found = tx.duplicates(caller.object, id).await?;
    let show = |Duplicate { record, because }: Duplicate| DuplicateView {
        record: record.to_json(&access),
        because: because
            .iter()
            .map(|rule| rule.iter().map(|criterion| criterion.as_str()).collect())
            .collect(),
    };
    Ok(Json(Duplicates {
        data: found.into_iter().map(show).collect(),
    }))
}
