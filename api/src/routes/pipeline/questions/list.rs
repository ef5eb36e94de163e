//! `GET /v1/pipeline/questions`.

use axum::Json;
use crm_store::questions::QuestionCursor;

use super::{SavedQuestionView, view::Looking};
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List saved questions
///
/// Your own, pinned ones first, of which there are at most 200; then those that others share with you, by name; page by
/// page. A shared question gives everybody the numbers of their own rights.
#[utoipa::path(
    get,
    path = "/v1/pipeline/questions",
    operation_id = "list_questions",
    tag = "pipeline",
    params(PageQuery),
    responses((status = 200, description = "The questions", body = Page<SavedQuestionView>)),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SavedQuestionView>>, Problem> {
    let wanted = query.wanted::<QuestionCursor>()?;
    let mut tx = caller.store().begin().await?;
    let (saved, next) = tx.questions().list(wanted.after.as_ref(), wanted.limit).await?;
    let looking = Looking::of(&caller, &mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page {
        data: saved.into_iter().map(|saved| looking.view(saved)).collect(),
        next_cursor: next.map(|place| place.to_string()),
    }))
}
