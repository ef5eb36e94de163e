//! `GET /v1/custom-schemas`.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::CustomSchemaView;
use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// Every schema; an object has one at the most.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomSchemaList {
    /// The schemas, by object.
    data: Vec<CustomSchemaView>,
}

/// List the schemas of custom fields
#[utoipa::path(
    get,
    path = "/v1/custom-schemas",
    operation_id = "list_custom_schemas",
    tag = "administration",
    responses(
        (status = 200, description = "The schemas", body = CustomSchemaList),
        (status = 403, description = "The key lacks the scope settings:read", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSettings>) -> Result<Json<CustomSchemaList>, Problem> {
    let mut tx = caller.store().begin().await?;
    let schemas = tx.custom_schemas().list().await?;
    Ok(Json(CustomSchemaList {
        data: schemas.into_iter().map(CustomSchemaView::from).collect(),
    }))
}
