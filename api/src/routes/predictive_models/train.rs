//! `POST /v1/predictive-models`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::models::{ModelKind, Task, WorkState};
use serde::Deserialize;
use utoipa::ToSchema;

use super::WorkView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::Once,
    },
};

/// What to train.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "win"}))]
pub struct TrainingAsk {
    /// `win`, `lead` or `churn`.
    #[schema(value_type = String, example = "win")]
    kind: ModelKind,
}

/// Train a predictive model now
///
/// A worker learns from all ended records of the organisation and measures on later ones. The new model becomes active
/// only if it is not worse than the active one on the same records; why or why not stands in the list. Asking again while
/// one is being trained has one more trained after it.
#[utoipa::path(
    post,
    path = "/v1/predictive-models",
    operation_id = "train_predictive_model",
    tag = "predictions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = TrainingAsk,
    responses(
        (status = 202, description = "A worker will do it; the list says how far it is", body = WorkView),
        (status = 403, description = "Your role does not administer models", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A kind that is not trained", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageModels>,
    once: Once,
    body: Json<TrainingAsk>,
) -> Result<(StatusCode, JsonBody<WorkView>), Problem> {
    let kind = body.value.kind;
    let mut tx = caller.store().begin().await?;
    if once.enter(&mut tx, &body.hash).await? == crate::http::idempotency::Entered::First {
        tx.models().ask_for_training(kind).await?;
        once.done(&mut tx, 202, None).await?;
    }
    let running = tx.models().task(kind, Task::Train).await?;
    tx.commit().await?;
    let view = match running.filter(|work| work.state == WorkState::Running) {
        Some(work) => work.into(),
        None => WorkView::waiting(kind.as_str()),
    };
    Ok((StatusCode::ACCEPTED, JsonBody(view)))
}
