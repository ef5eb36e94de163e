//! `GET /v1/webhooks`.

use axum::Json;

use super::WebhookView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List webhooks, newest first
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    operation_id = "list_webhooks",
    tag = "administration",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<WebhookView>)),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    let page = tx.webhooks().list(wanted.after, wanted.limit.into()).await?;
    Ok(Json(Page::of(page)))
}
