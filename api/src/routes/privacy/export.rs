//! `POST /v1/privacy/exports`.

use axum::{Json as JsonBody, http::StatusCode};

use super::{AboutWhom, ExportView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// Write down everything about a person or of the organisation
///
/// A job writes one JSON object a line: the table and the row. The file can be fetched for seven days.
#[utoipa::path(
    post,
    path = "/v1/privacy/exports",
    operation_id = "create_privacy_export",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = AboutWhom,
    responses(
        (status = 202, description = "A worker will do it", body = ExportView),
        (status = 404, description = "No such person", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Nobody or several are named", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    once: Once,
    body: Json<AboutWhom>,
) -> Result<(StatusCode, JsonBody<ExportView>), Problem> {
    let mut tx = caller.store().begin().await?;
    let subject = body.value.subject(&tx.tenant().await?.slug)?;
    let export = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let export = tx.privacy().export(&subject).await?;
            once.done(&mut tx, 202, Some(export.id)).await?;
            export
        }
        Entered::Before { resource, .. } => {
            let found = match resource {
                Some(id) => tx.privacy().exported(id).await?,
                None => None,
            };
            found.ok_or_else(|| Problem::not_found("export"))?
        }
    };
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, JsonBody(export.into())))
}
