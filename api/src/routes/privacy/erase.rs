//! `POST /v1/privacy/erasures`.

use axum::{Json as JsonBody, http::StatusCode};

use super::{AboutWhom, ErasureView};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// Forget a person or the whole organisation
///
/// Records, messages, runs, vectors and every mention go, for good. What was done stands in a signed receipt.
#[utoipa::path(
    post,
    path = "/v1/privacy/erasures",
    operation_id = "create_erasure",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = AboutWhom,
    responses(
        (status = 202, description = "A worker will do it", body = ErasureView),
        (status = 404, description = "No such person", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Nobody or several are named", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManagePrivacy>,
    once: Once,
    body: Json<AboutWhom>,
) -> Result<(StatusCode, JsonBody<ErasureView>), Problem> {
    let mut tx = caller.store().begin().await?;
    let subject = body.value.subject(&tx.tenant().await?.slug)?;
    let erasure = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let erasure = tx.privacy().erase(&subject).await?;
            once.done(&mut tx, 202, Some(erasure.id)).await?;
            erasure
        }
        Entered::Before { resource, .. } => {
            let found = match resource {
                Some(id) => tx.privacy().erasure(id).await?,
                None => None,
            };
            found.ok_or_else(|| Problem::not_found("erasure"))?
        }
    };
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, JsonBody(erasure.into())))
}
