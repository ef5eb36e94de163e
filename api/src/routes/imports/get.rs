//! `GET /v1/imports/{id}`.

use axum::Json;
use uuid::Uuid;

use super::ImportView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// See how far an import is
#[utoipa::path(
    get,
    path = "/v1/imports/{id}",
    operation_id = "get_import",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, description = "The import", body = ImportView),
        (status = 404, description = "No such import", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageImports>,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let import = tx.imports().get(id).await?;
    Ok(Json(import.ok_or_else(|| Problem::not_found("import"))?.into()))
}
