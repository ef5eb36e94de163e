//! `GET /v1/pipeline/questions`.

use axum::Json;

use super::SavedQuestionView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
};

/// List saved questions
///
/// Your own, pinned ones first; there are at most 200.
#[utoipa::path(
    get,
    path = "/v1/pipeline/questions",
    operation_id = "list_questions",
    tag = "pipeline",
    responses((status = 200, description = "The questions", body = Page<SavedQuestionView>)),
)]
pub async fn handler(caller: Allowed<scopes::ReadRecords>) -> Result<Json<Page<SavedQuestionView>>, Problem> {
    let mut tx = caller.store().begin().await?;
    let saved = tx.questions().list().await?;
    tx.commit().await?;
    Ok(Json(Page {
        data: saved.into_iter().map(SavedQuestionView::from).collect(),
        next_cursor: None,
    }))
}
