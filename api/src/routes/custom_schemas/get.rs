//! `GET /v1/custom-schemas/{object}`.

use axum::response::Response;

use super::{CustomSchemaView, object};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read the schema of an object's custom fields
#[utoipa::path(
    get,
    path = "/v1/custom-schemas/{object}",
    operation_id = "get_custom_schema",
    tag = "administration",
    params(("object" = String, Path, description = "The object, such as `leads`")),
    responses(
        (status = 200, description = "The schema", body = CustomSchemaView, headers(("ETag" = String))),
        (status = 404, description = "No such object, or it takes any custom fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSettings>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let object = object(&name)?;
    let mut tx = caller.store().begin().await?;
    let schema = tx.custom_schemas().get(object).await?;
    let schema = schema.ok_or_else(|| Problem::not_found("schema"))?;
    Ok(CustomSchemaView::from(schema).respond())
}
