//! `GET /v1/pipeline/questions/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::{SavedQuestionView, view::Looking};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a saved question
#[utoipa::path(
    get,
    path = "/v1/pipeline/questions/{id}",
    operation_id = "get_question",
    tag = "pipeline",
    params(("id" = Uuid, Path, description = "The question")),
    responses(
        (status = 200, description = "The question", body = SavedQuestionView, headers(("ETag" = String))),
        (status = 404, description = "No such question that you may see", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let saved = tx.questions().get(id).await?;
    let looking = Looking::of(&caller, &mut tx).await?;
    tx.commit().await?;
    let saved = saved.ok_or_else(|| Problem::not_found("question"))?;
    Ok(looking.view(saved).respond(StatusCode::OK))
}
