//! `PUT /v1/settings/lead-scoring`.

use axum::{http::HeaderMap, response::Response};
use crm_store::settings::LeadScoring;

use super::LeadScoringView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        etag,
    },
};

/// Replace the rules for scores of leads
///
/// What is left out is as by default. All leads are scored anew soon; a lead whose band changes with the rules is told of as
/// one that crosses a line. With other `conversion_days` a model is learned anew; until it is better than nothing, the one
/// there is goes on speaking of its own time.
#[utoipa::path(
    put,
    path = "/v1/settings/lead-scoring",
    operation_id = "set_lead_scoring",
    tag = "administration",
    params(("If-Match" = String, Header, description = "The ETag of the rules, or of the settings, as they were read")),
    request_body(content = Object, description = "`points`, `half_life_days`, `cap`, `warm`, `hot`, `conversion_days`"),
    responses(
        (status = 200, description = "The rules", body = LeadScoringView, headers(("ETag" = String))),
        (status = 403, description = "For those who administer settings", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The settings have changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Rules that make no sense; the errors say what would be right", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageSettings>,
    headers: HeaderMap,
    body: Json<LeadScoring>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    let version = tx.set_lead_scoring(&body.value, expected).await?;
    let rules = tx.lead_scoring().await?;
    tx.commit().await?;
    Ok(LeadScoringView::respond(rules, version))
}
