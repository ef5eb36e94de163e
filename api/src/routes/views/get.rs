//! `GET /v1/views/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::SavedView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a saved view
#[utoipa::path(
    get,
    path = "/v1/views/{id}",
    operation_id = "get_view",
    tag = "views",
    params(("id" = Uuid, Path, description = "The view")),
    responses(
        (status = 200, description = "The view", body = SavedView, headers(("ETag" = String))),
        (status = 404, description = "No such view", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let view = tx.views().get(id).await?;
    let view = view.ok_or_else(|| Problem::not_found("view"))?;
    Ok(SavedView::from(view).respond(StatusCode::OK))
}
