//! `PUT /v1/views/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use uuid::Uuid;

use super::{SavedView, view::ViewToSave};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
};

/// Replace a saved view
///
/// One's own alone.
#[utoipa::path(
    put,
    path = "/v1/views/{id}",
    operation_id = "update_view",
    tag = "views",
    params(
        ("id" = Uuid, Path, description = "The view"),
        ("If-Match" = String, Header, description = "The ETag of the view as it was read"),
    ),
    request_body = ViewToSave,
    responses(
        (status = 200, description = "The view", body = SavedView, headers(("ETag" = String))),
        (status = 403, description = "Somebody else's view", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such view", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "You have a view with this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Fields that the object does not have", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<ViewToSave>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    let view = tx.views().update(id, &body.value.into(), Some(expected)).await?;
    tx.commit().await?;
    Ok(SavedView::from(view).respond(StatusCode::OK))
}
