//! `POST /v1/imports/{id}/cancel`.

use axum::{Json, http::StatusCode};
use uuid::Uuid;

use super::ImportView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Stop an import
///
/// The batch at hand ends; what was written stays. An import that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/v1/imports/{id}/cancel",
    operation_id = "cancel_import",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The import")),
    responses(
        (status = 202, description = "It will stop", body = ImportView),
        (status = 404, description = "No such import", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageImports>,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<ImportView>), Problem> {
    let mut tx = caller.store().begin().await?;
    let import = match tx.imports().cancel(id).await? {
        Some(import) => Some(import),
        None => tx.imports().get(id).await?,
    };
    let import = import.ok_or_else(|| Problem::not_found("import"))?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}
