//! `POST /v1/leads/{id}/score`.

use axum::{Json, extract::State};
use crm_store::{access::Verb, catalog::LEAD, models::ModelKind};
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
        idempotency::{Entered, NO_BODY, Once},
    },
    state::AppState,
};

/// Score a lead now
///
/// As it is at this moment, without waiting for the job that scores what changed.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/score",
    operation_id = "score_lead",
    tag = "predictions",
    params(
        ("id" = Uuid, Path, description = "The lead"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    responses(
        (status = 200, description = "The score", body = LeadScoreView),
        (status = 403, description = "Your role may not change leads", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::WriteRecords>,
    once: Once,
    Path(id): Path<Uuid>,
) -> Result<Json<LeadScoreView>, Problem> {
    let store = caller.store();
    let mut tx = store.begin().await?;
    tx.access().await?.require(&LEAD, Verb::Update)?;
    tx.commit().await?;
    check(store, id).await?;
    if once.enter_alone(store, &NO_BODY).await? == Entered::First {
        let predictor = &state.services.predictor;
        let scored = score_one(predictor, &store.predicting(), ModelKind::Lead, id, Why::Asked).await;
        // What failed may be tried again under the same key.
        once.settle_alone(store, scored.is_ok().then_some((200, id)))
            .await?;
        scored.map_err(failed)?;
    }
    Ok(Json(LeadScoreView::read(store, id).await?))
}
