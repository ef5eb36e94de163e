//! `GET /v1/settings/lead-scoring`.

use axum::response::Response;

use super::LeadScoringView;
use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// Read the rules for scores of leads
///
/// What counts how many points, and from where on a lead is warm or hot; the defaults where the organisation set none.
#[utoipa::path(
    get,
    path = "/v1/settings/lead-scoring",
    operation_id = "get_lead_scoring",
    tag = "administration",
    responses(
        (status = 200, description = "The rules", body = LeadScoringView, headers(("ETag" = String))),
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSettings>) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    let (rules, version) = tx.lead_scoring_with_version().await?;
    tx.commit().await?;
    Ok(LeadScoringView::respond(rules, version))
}
