//! `DELETE /v1/custom-schemas/{object}`.

use axum::http::{HeaderMap, StatusCode};

use super::object;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        etag,
    },
};

/// Take the schema of an object's custom fields away
///
/// Any custom fields are fine again.
#[utoipa::path(
    delete,
    path = "/v1/custom-schemas/{object}",
    operation_id = "delete_custom_schema",
    tag = "administration",
    params(
        ("object" = String, Path, description = "The object, such as `leads`"),
        ("If-Match" = String, Header, description = "The ETag of the schema as it was read"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "For those who administer the catalogue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such object or schema", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageCatalog>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let object = object(&name)?;
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    if tx.custom_schemas().get(object).await?.is_none() {
        return Err(Problem::not_found("schema"));
    }
    tx.custom_schemas().delete(object, Some(expected)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
