//! `GET /v1/channels/{id}`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::ChannelView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a door for messages
#[utoipa::path(
    get,
    path = "/v1/channels/{id}",
    operation_id = "get_channel",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The channel")),
    responses(
        (status = 200, description = "The channel", body = ChannelView, headers(("ETag" = String))),
        (status = 404, description = "No such channel", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageChannels>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let found = tx.channels().get(id).await?;
    let channel = found.ok_or_else(|| Problem::not_found("channel"))?;
    Ok(ChannelView::from(channel).respond(StatusCode::OK))
}
