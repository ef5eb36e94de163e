//! `GET /v1/settings/retention`.

use axum::Json;

use super::RetentionView;
use crate::{
    Problem,
    http::auth::{Allowed, scopes},
};

/// Read for how long things are kept
#[utoipa::path(
    get,
    path = "/v1/settings/retention",
    operation_id = "get_retention",
    tag = "administration",
    responses((status = 200, description = "Days, by kind", body = RetentionView)),
)]
pub async fn handler(caller: Allowed<scopes::ReadSettings>) -> Result<Json<RetentionView>, Problem> {
    let mut tx = caller.store().begin().await?;
    Ok(Json(tx.retention().await?.into()))
}
