//! `GET /v1/conversations/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::ConversationView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a conversation, without its messages
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}",
    operation_id = "get_conversation",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The conversation", body = ConversationView, headers(("ETag" = String))),
        (status = 404, description = "No such conversation", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadConversations>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let found = tx.conversations().get(id.into()).await?;
    let conversation = found.ok_or_else(|| Problem::not_found("conversation"))?;
    Ok(ConversationView::from(conversation).respond(StatusCode::OK))
}
