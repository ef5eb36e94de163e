//! `GET /v1/leads/{id}/score`.

use axum::{Json, extract::State};
use crm_store::models::ModelKind;
use crm_tools::predictions::{Why, score_one};
use uuid::Uuid;

use super::{
    LeadScoreView,
    view::{check, failed},
};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// How likely a lead converts
///
/// The latest score with its reasons; a lead that was never scored is scored now. A reason that rests on records that you
/// may not see is told without saying what it is, so that the parts still add up.
#[utoipa::path(
    get,
    path = "/v1/leads/{id}/score",
    operation_id = "get_lead_score",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    responses(
        (status = 200, description = "The score", body = LeadScoreView),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<LeadScoreView>, Problem> {
    let store = caller.store();
    check(store, id).await?;
    let view = LeadScoreView::read(store, id).await?;
    if view.is_scored() {
        return Ok(Json(view));
    }
    let predictor = &state.services.predictor;
    score_one(predictor, &store.predicting(), ModelKind::Lead, id, Why::Asked)
        .await
        .map_err(failed)?;
    Ok(Json(LeadScoreView::read(store, id).await?))
}
