//! `DELETE /v1/channels/{id}`.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Close a door for messages for good
///
/// Conversations that came through it stay.
#[utoipa::path(
    delete,
    path = "/v1/channels/{id}",
    operation_id = "delete_channel",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The channel")),
    responses(
        (status = 204, description = "Nothing comes through it any more"),
        (status = 404, description = "No such channel", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageChannels>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.channels().delete(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
