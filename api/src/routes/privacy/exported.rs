//! `GET /v1/privacy/exports/{id}`.

use axum::Json;
use uuid::Uuid;

use super::ExportView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// See whether an export is there
#[utoipa::path(
    get,
    path = "/v1/privacy/exports/{id}",
    operation_id = "get_privacy_export",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The export")),
    responses(
        (status = 200, description = "The export", body = ExportView),
        (status = 404, description = "No such export", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    Path(id): Path<Uuid>,
) -> Result<Json<ExportView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let found = tx.privacy().exported(id).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("export"))?.into()))
}
