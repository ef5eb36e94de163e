//! `POST /v1/leads/score-all`.

use axum::{Json, http::StatusCode};
use crm_store::{
    access::Verb,
    catalog::LEAD,
    models::{ModelKind, Task},
};

use super::ScoringAsked;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        idempotency::{Entered, NO_BODY, Once},
    },
};

/// Score all leads now
///
/// A worker scores every lead that has not ended, in batches; `GET /v1/predictive-models` says how far it is. Each score is
/// for whoever may read its lead.
#[utoipa::path(
    post,
    path = "/v1/leads/score-all",
    operation_id = "score_all_leads",
    tag = "predictions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    responses(
        (status = 202, description = "A worker will do it", body = ScoringAsked),
        (status = 403, description = "Your role may not change leads", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    once: Once,
) -> Result<(StatusCode, Json<ScoringAsked>), Problem> {
    let mut tx = caller.store().begin().await?;
    tx.access().await?.require(&LEAD, Verb::Update)?;
    if once.enter(&mut tx, &NO_BODY).await? == Entered::First {
        let now = tx.now();
        tx.models().score_at(ModelKind::Lead, now).await?;
        once.done(&mut tx, 202, None).await?;
    }
    let work = tx.models().task(ModelKind::Lead, Task::Score).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(ScoringAsked::of(work))))
}
