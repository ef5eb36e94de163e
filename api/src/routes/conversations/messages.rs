//! `GET /v1/conversations/{id}/messages`.

use axum::Json;
use uuid::Uuid;

use super::MessageView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        page::{Page, PageQuery},
    },
};

/// List what was said in a conversation, oldest first
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/messages",
    operation_id = "list_conversation_messages",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation"), PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<MessageView>),
        (status = 404, description = "No such conversation", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadConversations>,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MessageView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    let mut conversations = tx.conversations();
    if conversations.get(id.into()).await?.is_none() {
        return Err(Problem::not_found("conversation"));
    }
    let page = conversations
        .messages(id.into(), wanted.after, wanted.limit.into())
        .await?;
    Ok(Json(Page::of(page)))
}
