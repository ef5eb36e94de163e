//! `DELETE /v1/views/{id}`.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Remove a saved view
///
/// One's own alone.
#[utoipa::path(
    delete,
    path = "/v1/views/{id}",
    operation_id = "delete_view",
    tag = "views",
    params(("id" = Uuid, Path, description = "The view")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "Somebody else's view", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such view", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.views().delete(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
