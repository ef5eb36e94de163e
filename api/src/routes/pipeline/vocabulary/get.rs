//! `GET /v1/pipeline/vocabulary`.

use axum::response::Response;
use crm_tools::semantic::stale_vocabulary;

use super::VocabularyView;
use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// Read the vocabulary
///
/// What the organisation added to the words in which its numbers can be asked for, and which entries of it are not used.
#[utoipa::path(
    get,
    path = "/v1/pipeline/vocabulary",
    operation_id = "get_vocabulary",
    tag = "pipeline",
    responses(
        (status = 200, description = "The vocabulary", body = VocabularyView, headers(("ETag" = String))),
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSettings>) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let (vocabulary, version) = tx.vocabulary_with_version().await?;
    let left_out = stale_vocabulary(&mut tx, &vocabulary).await?;
    tx.commit().await?;
    Ok(VocabularyView::respond(vocabulary, left_out, version))
}
