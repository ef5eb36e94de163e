//! `GET /v1/imports/{id}/errors`.

use axum::Json;
use crm_store::import::ImportError;
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

/// A row that is no record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportErrorView {
    /// Where it stands in the file.
    line: i64,
    /// Why.
    #[schema(example = "close_date \"31/12/2026\" must be a day such as 2026-03-01; it looks like %d/%m/%Y")]
    reason: String,
}

impl From<ImportError> for ImportErrorView {
    fn from(error: ImportError) -> Self {
        Self {
            line: error.line,
            reason: error.reason,
        }
    }
}

/// List the bad rows of an import, in the order of the file
///
/// The first 10,000 are kept.
#[utoipa::path(
    get,
    path = "/v1/imports/{id}/errors",
    operation_id = "list_import_errors",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The import"), PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<ImportErrorView>),
        (status = 404, description = "No such import", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageImports>,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ImportErrorView>>, Problem> {
    let wanted = query.wanted::<i64>()?;
    let mut tx = caller.store().begin().await?;
    if tx.imports().get(id).await?.is_none() {
        return Err(Problem::not_found("import"));
    }
    let mut rows = tx
        .imports()
        .errors(id, wanted.after.unwrap_or(-1), wanted.rows())
        .await?;
    let limit = wanted.limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|error| error.line.to_string());
    Ok(Json(Page {
        next_cursor,
        ..Page::whole(rows)
    }))
}
