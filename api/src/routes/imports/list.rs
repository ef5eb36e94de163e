//! `GET /v1/imports`.

use axum::Json;

use super::ImportView;
use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List imports, newest first
#[utoipa::path(
    get,
    path = "/v1/imports",
    operation_id = "list_imports",
    tag = "administration",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<ImportView>)),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageImports>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ImportView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    Ok(Json(Page::of(
        tx.imports().list(wanted.after, wanted.limit.into()).await?,
    )))
}
