//! `GET /v1/leads/{id}/enrichment`.

use axum::Json;
use uuid::Uuid;

use super::EnrichmentView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
};

/// What was found about a lead
///
/// In its mail domain and in its own words, by rules, each with where it was found and the words that say so. Nothing of it
/// is in the lead before somebody accepts it. `fields` has where each value that the lead holds comes from.
#[utoipa::path(
    get,
    path = "/v1/leads/{id}/enrichment",
    operation_id = "get_lead_enrichment",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The lead")),
    responses(
        (status = 200, description = "What was found", body = EnrichmentView),
        (status = 404, description = "No such lead", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<EnrichmentView>, Problem> {
    Ok(Json(EnrichmentView::read(caller.store(), id).await?))
}
