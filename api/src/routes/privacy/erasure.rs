//! `GET /v1/privacy/erasures/{id}`.

use axum::Json;
use uuid::Uuid;

use super::ErasureView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// See an erasure and its receipt
#[utoipa::path(
    get,
    path = "/v1/privacy/erasures/{id}",
    operation_id = "get_erasure",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The erasure")),
    responses(
        (status = 200, description = "The erasure", body = ErasureView),
        (status = 404, description = "No such erasure", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    Path(id): Path<Uuid>,
) -> Result<Json<ErasureView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let found = tx.privacy().erasure(id).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("erasure"))?.into()))
}
