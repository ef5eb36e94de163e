//! `POST /v1/predictive-models/{id}/activate`.

use axum::Json;
use uuid::Uuid;

use super::PredictiveModelView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
        idempotency::{Entered, NO_BODY, Once},
    },
};

/// Make a model the active one, or go back to an earlier one
///
/// The one that was active is retired and can be made active again. All records are scored anew by a job.
#[utoipa::path(
    post,
    path = "/v1/predictive-models/{id}/activate",
    operation_id = "activate_predictive_model",
    tag = "predictions",
    params(
        ("id" = Uuid, Path, description = "The model"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    responses(
        (status = 200, description = "The model, which is active now", body = PredictiveModelView),
        (status = 403, description = "Your role does not administer models", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such model that you may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is too old: only its card is kept", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageModels>,
    once: Once,
    Path(id): Path<Uuid>,
) -> Result<Json<PredictiveModelView>, Problem> {
    let mut tx = caller.store().begin().await?;
    let model = match once.enter(&mut tx, &NO_BODY).await? {
        Entered::First => {
            let model = tx.models().activate(id, "Somebody chose it.").await?;
            let now = tx.now();
            tx.models().score_at(model.kind, now).await?;
            once.done(&mut tx, 200, Some(id)).await?;
            Some(model)
        }
        Entered::Before { .. } => tx.models().get(id).await?,
    };
    tx.commit().await?;
    let model = model.ok_or_else(|| Problem::not_found("predictive model"))?;
    Ok(Json(model.into()))
}
