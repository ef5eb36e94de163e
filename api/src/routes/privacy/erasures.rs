//! `GET /v1/privacy/erasures`.

use axum::Json;

use super::ErasureView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List erasures with their receipts, newest first
#[utoipa::path(
    get,
    path = "/v1/privacy/erasures",
    operation_id = "list_erasures",
    tag = "administration",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<ErasureView>)),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ErasureView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    Ok(Json(Page::of(
        tx.privacy().erasures(wanted.after, wanted.limit.into()).await?,
    )))
}
