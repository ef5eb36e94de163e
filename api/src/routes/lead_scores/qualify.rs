//! `PUT /v1/leads/{id}/qualification`: what was found out by asking.

use axum::Json as JsonBody;
use crm_store::leads::{JudgementKind, NewJudgement};
use serde::{Deserialize, Serialize};
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

/// The most questions of a qualification.
const MOST: usize = 50;

/// What was found out by asking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationRequest {
    /// 0 to 100; no probability.
    #[schema(minimum = 0, maximum = 100, example = 70)]
    score: f64,
    /// In a few words.
    #[schema(
        max_length = 4000,
        example = "Budget and need are clear, the decision maker is not known."
    )]
    reason: Option<String>,
    /// What was asked and what was said.
    #[serde(default)]
    parts: Vec<QualificationPart>,
}

/// One thing that was asked.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationPart {
    /// What it is about.
    #[schema(example = "budget")]
    slot: String,
    /// Whether it speaks for the lead; null while it is not known.
    met: Option<bool>,
    /// What it comes to.
    #[serde(default)]
    value: Option<String>,
    /// The words that say so.
    #[serde(default)]
    quote: Option<String>,
}

/// Say what was found out by asking
///
/// For an agent or a program that qualifies leads, or a person. Shown apart from what the model says; it is no probability.
#[utoipa::path(
    put,
    path = "/v1/leads/{id}/qualification",
    operation_id = "qualify_lead",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    request_body = QualificationRequest,
    responses(
        (status = 200, description = "All that is said of the lead", body = LeadScoreView),
        (status = 403, description = "You may not change the lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteRecords>,
    Path(id): Path<Uuid>,
    body: Json<QualificationRequest>,
) -> Result<JsonBody<LeadScoreView>, Problem> {
    let said = body.value;
    if said.parts.len() > MOST {
        return Err(Problem::field("/parts", format!("must be at most {MOST}")));
    }
    let has_nul = |part: &QualificationPart| {
        [Some(&part.slot), part.value.as_ref(), part.quote.as_ref()]
            .into_iter()
            .flatten()
            .any(|text| text.contains('\0'))
    };
    if said.parts.iter().any(has_nul) {
        return Err(Problem::field("/parts", "must not contain NUL"));
    }
    let new = NewJudgement {
        kind: JudgementKind::Qualification,
        value: said.score,
        reason: said.reason.as_deref(),
        parts: serde_json::to_value(&said.parts).map_err(Problem::internal)?,
    };
    let mut tx = caller.store().begin().await?;
    tx.leads().judge(id, &new).await?;
    let view = LeadScoreView::of(&mut tx, id).await?;
    tx.commit().await?;
    Ok(JsonBody(view))
}
