//! `GET /v1/channels`.

use axum::Json;

use super::ChannelView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
};

/// List doors for messages, oldest first, on one page
#[utoipa::path(
    get,
    path = "/v1/channels",
    operation_id = "list_channels",
    tag = "administration",
    responses((status = 200, description = "All of them", body = Page<ChannelView>)),
)]
pub async fn handler(caller: Allowed<scopes::ManageChannels>) -> Result<Json<Page<ChannelView>>, Problem> {
    let mut tx = caller.store().begin().await?;
    Ok(Json(Page::whole(tx.channels().list().await?)))
}
