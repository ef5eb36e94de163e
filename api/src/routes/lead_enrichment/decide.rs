//! `POST /v1/leads/{id}/enrichment/{suggestion}/accept` and `/decline`.

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::EnrichmentView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        idempotency::{Entered, NO_BODY, Once},
    },
};

/// How to accept.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AcceptQuery {
    /// Whether another value that the lead holds already is replaced.
    #[serde(default)]
    replace: bool,
}

/// Accept what was found
///
/// Writes it into the lead in your name. A field that holds another value already is 409 unless you say `replace`. An
/// account is only noted beside the lead.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/enrichment/{suggestion}/accept",
    operation_id = "accept_lead_suggestion",
    tag = "predictions",
    params(
        ("id" = Uuid, Path, description = "The lead"),
        ("suggestion" = Uuid, Path, description = "What was found"),
        AcceptQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    responses(
        (status = 200, description = "What was found, as it is now", body = EnrichmentView),
        (status = 403, description = "You may not change the lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead or suggestion", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Somebody decided already, or the lead holds another value", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn accept(
    caller: Allowed<scopes::WriteRecords>,
    Path((id, suggestion)): Path<(Uuid, Uuid)>,
    Query(query): Query<AcceptQuery>,
    once: Once,
) -> Result<Json<EnrichmentView>, Problem> {
    let mut tx = caller.store().begin().await?;
    if once.enter(&mut tx, &NO_BODY).await? == Entered::First {
        tx.leads().accept(id, suggestion, query.replace).await?;
        once.done(&mut tx, 200, Some(suggestion)).await?;
    }
    tx.commit().await?;
    Ok(Json(EnrichmentView::read(caller.store(), id).await?))
}

/// Decline what was found
///
/// It does not come back.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/enrichment/{suggestion}/decline",
    operation_id = "decline_lead_suggestion",
    tag = "predictions",
    params(
        ("id" = Uuid, Path, description = "The lead"),
        ("suggestion" = Uuid, Path, description = "What was found"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    responses(
        (status = 200, description = "What was found, as it is now", body = EnrichmentView),
        (status = 403, description = "You may not change the lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such lead or suggestion", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Somebody decided already", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn decline(
    caller: Allowed<scopes::WriteRecords>,
    Path((id, suggestion)): Path<(Uuid, Uuid)>,
    once: Once,
) -> Result<Json<EnrichmentView>, Problem> {
    let mut tx = caller.store().begin().await?;
    if once.enter(&mut tx, &NO_BODY).await? == Entered::First {
        tx.leads().decline(id, suggestion).await?;
        once.done(&mut tx, 200, Some(suggestion)).await?;
    }
    tx.commit().await?;
    Ok(Json(EnrichmentView::read(caller.store(), id).await?))
}
