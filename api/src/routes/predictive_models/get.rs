//! `GET /v1/predictive-models/{id}`.

use axum::Json;
use uuid::Uuid;

use super::PredictiveModelView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// Read a predictive model
#[utoipa::path(
    get,
    path = "/v1/predictive-models/{id}",
    operation_id = "get_predictive_model",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The model")),
    responses(
        (status = 200, description = "The model", body = PredictiveModelView),
        (status = 404, description = "No such model that you may see", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<PredictiveModelView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let model = tx.models().get(id).await?;
    tx.commit().await?;
    let model = model.ok_or_else(|| Problem::not_found("predictive model"))?;
    Ok(Json(model.into()))
}
