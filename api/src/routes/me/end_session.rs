//! `DELETE /v1/me/sessions/{id}`.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Sign me out elsewhere
///
/// The session's tokens are refused from now on, on every replica. It may be the one that asks.
#[utoipa::path(
    delete,
    path = "/v1/me/sessions/{id}",
    operation_id = "end_my_session",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, description = "No open session of the caller", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSelf>, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.sessions().end_own(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
