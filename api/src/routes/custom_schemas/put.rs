//! `PUT /v1/custom-schemas/{object}`.

use axum::{http::HeaderMap, response::Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{CustomSchemaView, object};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
};

/// A schema to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCustomSchema {
    /// A JSON Schema whose type is `object`. Patterns are matched without backtracking; references stay inside.
    #[schema(value_type = Object, example = json!({"type": "object", "properties": {"region": {"enum": ["north", "south"]}}}))]
    schema: Value,
}

/// Set the schema of an object's custom fields
///
/// It holds for what is written from now on; records that do not follow it stay as they are. The first schema of an
/// object needs no `If-Match`.
#[utoipa::path(
    put,
    path = "/v1/custom-schemas/{object}",
    operation_id = "set_custom_schema",
    tag = "administration",
    params(
        ("object" = String, Path, description = "The object, such as `leads`"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the schema as it was read, where there is one"),
    ),
    request_body = SetCustomSchema,
    responses(
        (status = 200, description = "The schema", body = CustomSchemaView, headers(("ETag" = String))),
        (status = 403, description = "For those who administer the catalogue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such object", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No schema that can be used: the pointers say where", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "There is a schema, and If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageCatalog>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Json<SetCustomSchema>,
) -> Result<Response, Problem> {
    let object = object(&name)?;
    let mut expected = etag::if_match_given(&headers)?;
    let mut tx = caller.store().begin().await?;
    if expected.is_none() && tx.custom_schemas().get(object).await?.is_some() {
        expected = Some(etag::if_match(&headers)?);
    }
    let set = tx
        .custom_schemas()
        .set(object, &body.value.schema, expected)
        .await?;
    tx.commit().await?;
    Ok(CustomSchemaView::from(set).respond())
}
