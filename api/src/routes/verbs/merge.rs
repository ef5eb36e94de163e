//! `POST /v1/{object}/{id}/merge`: several records become one.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::records::Draft;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        body::{Json, Path},
        etag,
        idempotency::{Entered, Once},
    },
    routes::records::{
        allowed::{On, Write},
        view,
    },
};

/// What to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    /// The records that go into this one, 1 to 10. They are put away.
    #[schema(min_items = 1, max_items = 10)]
    with: Vec<Uuid>,
    /// What the record is to have afterwards; what it lacks comes from the others, in their order.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    fields: Map<String, Value>,
}

/// Merge others into a record
///
/// Everything that names one of the others names this record from then on. Their history is kept and part of this record's
/// timeline.
#[utoipa::path(
    post,
    path = "/v1/{object}/{id}/merge",
    operation_id = "merge_object",
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "The record that stays"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the record as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = Merge,
    responses(
        (status = 200, description = "The record", body = Object, headers(("ETag" = String))),
        (status = 403, description = "The role may not delete such records", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such record", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another record is in the way", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Records that cannot be merged, or bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    once: Once,
    body: Json<Merge>,
) -> Result<Response, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let object = caller.object;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let record = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let chosen = Draft::from_json(object, &body.value.fields, &access)?;
            let merged = tx
                .merge_records(object, id, &body.value.with, chosen, expected)
                .await?;
            once.done(&mut tx, 200, Some(id)).await?;
            merged
        }
        Entered::Before { resource, .. } => view::again(&mut tx, object, resource).await?,
    };
    tx.commit().await?;
    Ok(view::respond(StatusCode::OK, &record, &access))
}
