//! `GET /v1/api-keys`.

use axum::Json;

use super::KeyView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
};

/// List keys, newest first, also revoked ones
#[utoipa::path(
    get,
    path = "/v1/api-keys",
    operation_id = "list_api_keys",
    tag = "administration",
    params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<KeyView>),
        (status = 403, description = "The key lacks the scope keys:manage", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageKeys>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<KeyView>>, Problem> {
    let wanted = query.wanted()?;
    let mut tx = caller.store().begin().await?;
    Ok(Json(Page::of(
        tx.keys().list(wanted.after, wanted.limit.into()).await?,
    )))
}
