//! `PUT /v1/{leads,cases}/{id}/assign`: who has it.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::behaviour::handover::Assignee;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        body::{Json, Path},
        etag,
    },
    routes::records::{
        allowed::{On, Write},
        view,
    },
};

/// Who gets the record: a member, or a queue. Neither takes it from whoever has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assignment {
    /// The member.
    #[serde(default)]
    owner_id: Option<Uuid>,
    /// The queue, where nobody has it yet.
    #[serde(default)]
    queue_id: Option<Uuid>,
}

/// Assign a record
///
/// To a member, to a queue, or, with both null, to nobody.
#[utoipa::path(
    put,
    path = "/v1/{object}/{id}/assign",
    operation_id = "assign_object",
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "The record"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the record as it was read"),
    ),
    request_body = Assignment,
    responses(
        (status = 200, description = "The record", body = Object, headers(("ETag" = String))),
        (status = 403, description = "The role may not change it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such record", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No such member or queue", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<Assignment>,
) -> Result<Response, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let assignee = match (body.value.owner_id, body.value.queue_id) {
        (Some(_), Some(_)) => {
            return Err(Problem::field("/queue_id", "name an owner or a queue, not both"));
        }
        (Some(user), None) => Assignee::User(user),
        (None, Some(queue)) => Assignee::Queue(queue),
        (None, None) => Assignee::Nobody,
    };
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    for field in ["owner_id", "queue_id"] {
        if access.field_rule(caller.object, field).is_some() {
            return Err(crm_store::StoreError::Refused {
                what: format!("your role may not change {field}"),
                fields: vec![field.to_owned()],
            }
            .into());
        }
    }
    let record = tx.assign(caller.object, id, assignee, expected).await?;
    tx.commit().await?;
    Ok(view::respond(StatusCode::OK, &record, &access))
}
