//! `GET /v1/privacy/exports/{id}/file`.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// Fetch the file of an export
#[utoipa::path(
    get,
    path = "/v1/privacy/exports/{id}/file",
    operation_id = "get_privacy_export_file",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The export")),
    responses(
        (status = 200, description = "One JSON object a line: `table` and `row`", body = String, content_type = "application/x-ndjson"),
        (status = 404, description = "No such export, or it is not done, or its time is over", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let now = tx.now();
    let export = tx.privacy().exported(id).await?;
    tx.commit().await?;
    let path = export
        .filter(|export| export.state == "done" && export.expires_at.is_some_and(|until| until > now))
        .and_then(|export| export.path)
        .ok_or_else(|| Problem::not_found("file"))?;
    let file = tokio::fs::File::open(state.config.data.dir.join(path))
        .await
        .map_err(|error| Problem::not_found("file").because(error))?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"export-{id}.jsonl\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}
