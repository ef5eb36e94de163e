//! `GET /v1/articles/{id}/answers`: what an edit or a withdrawal makes stale.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::articles::QuotingAnswer;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        page::{Page, PageQuery},
    },
};

/// An answer that quotes the article.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotingAnswerView {
    /// The answer.
    answer_id: Uuid,
    /// The run that gave it.
    run_id: Uuid,
    /// The question.
    #[schema(example = "How long is the reset link valid?")]
    question: String,
    /// When it was answered.
    answered_at: DateTime<Utc>,
    /// The version that it quotes.
    version_id: Uuid,
    /// Its number.
    version_number: i32,
    /// Whether readers still get that version today.
    is_current: bool,
    /// The quotes, in the order of their markers.
    quotes: Vec<String>,
}

impl From<QuotingAnswer> for QuotingAnswerView {
    fn from(answer: QuotingAnswer) -> Self {
        Self {
            answer_id: answer.answer_id.uuid(),
            run_id: answer.run_id.uuid(),
            question: answer.question,
            answered_at: answer.answered_at,
            version_id: answer.version_id.uuid(),
            version_number: answer.version_number,
            is_current: answer.is_current,
            quotes: answer.quotes,
        }
    }
}

/// List past answers that quote an article, newest first
#[utoipa::path(
    get,
    path = "/v1/articles/{id}/answers",
    operation_id = "list_article_answers",
    tag = "articles",
    params(("id" = Uuid, Path, description = "The article"), PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<QuotingAnswerView>),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadArticles>,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<QuotingAnswerView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    if tx.articles().get(id.into()).await?.is_none() {
        return Err(Problem::not_found("article"));
    }
    Ok(Json(Page::of(
        tx.articles()
            .answers_quoting(id.into(), wanted.after, wanted.limit.into())
            .await?,
    )))
}
