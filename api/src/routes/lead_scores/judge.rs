//! `PUT` and `DELETE /v1/leads/{id}/score`: a person's own probability.

use axum::Json as JsonBody;
use crm_store::leads::{JudgementKind, NewJudgement};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::LeadScoreView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
    },
};

/// A person's probability.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"probability": 0.8, "reason": "Met them at the fair; budget is approved."}))]
pub struct OverrideRequest {
    /// Between 0 and 1.
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    /// Why, in a few words.
    #[schema(min_length = 1, max_length = 4000)]
    reason: String,
}

/// Say how likely a lead converts
///
/// Kept beside what the model says and shown apart from it; the order of leads and their bands stay the model's. It is also
/// kept as a training example: what was said, what you say, and what was known of the lead. A second one takes the place of
/// the first.
#[utoipa::path(
    put,
    path = "/v1/leads/{id}/score",
    operation_id = "override_lead_score",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    request_body = OverrideRequest,
    responses(
        (status = 200, description = "All that is said of the lead", body = LeadScoreView),
        (status = 403, description = "You may not change the lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn set(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
    body: Json<OverrideRequest>,
) -> Result<JsonBody<LeadScoreView>, Problem> {
    let new = NewJudgement {
        kind: JudgementKind::Override,
        value: body.value.probability,
        reason: Some(&body.value.reason),
        parts: json!([]),
    };
    let mut tx = caller.store().begin().await?;
    tx.leads().judge(id, &new).await?;
    let view = LeadScoreView::of(&mut tx, id).await?;
    tx.commit().await?;
    Ok(JsonBody(view))
}

/// Take a person's probability back
///
/// The training example stays, marked as taken back.
#[utoipa::path(
    delete,
    path = "/v1/leads/{id}/score",
    operation_id = "clear_lead_override",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    responses(
        (status = 200, description = "All that is said of the lead", body = LeadScoreView),
        (status = 403, description = "You may not change the lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn clear(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
) -> Result<JsonBody<LeadScoreView>, Problem> {
    let mut tx = caller.store().begin().await?;
    tx.leads().take_back(id, JudgementKind::Override).await?;
    let view = LeadScoreView::of(&mut tx, id).await?;
    tx.commit().await?;
    Ok(JsonBody(view))
}
