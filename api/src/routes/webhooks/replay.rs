//! `POST /v1/webhooks/{id}/replay`.

use axum::{Json as JsonBody, http::StatusCode};
use chrono::{DateTime, Utc};
use crm_store::webhooks::{DeliveryState, Replay};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        idempotency::{Entered, Once},
    },
};

/// What to send again: deliveries by id, or those of a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayDeliveries {
    /// These deliveries, up to 1,000.
    delivery_ids: Option<Vec<Uuid>>,
    /// Those from this moment on.
    since: Option<DateTime<Utc>>,
    /// Those before this moment; now, when left out.
    until: Option<DateTime<Utc>>,
    /// Only `failed` or only `delivered` ones of the span.
    #[schema(value_type = Option<String>, example = "failed")]
    state: Option<DeliveryState>,
}

/// How many are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// So many; 1,000 at most, the oldest of the span. For more, go on with a later `since`.
    replayed: u64,
}

/// Send events again
///
/// Under their old ids, so that a receiver that had one knows it.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/replay",
    operation_id = "replay_webhook",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = ReplayDeliveries,
    responses(
        (status = 202, description = "They are on their way", body = Replayed),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
    once: Once,
    body: Json<ReplayDeliveries>,
) -> Result<(StatusCode, JsonBody<Replayed>), Problem> {
    let wanted = body.value;
    let mut tx = caller.store().begin().await?;
    let what = match (wanted.delivery_ids, wanted.since) {
        (Some(ids), None) if wanted.until.is_none() && wanted.state.is_none() => Replay::These(ids),
        (None, Some(since)) => Replay::Span {
            since,
            until: wanted.until.unwrap_or_else(|| tx.now()),
            state: wanted.state,
        },
        _ => {
            return Err(Problem::field(
                "/delivery_ids",
                "give either delivery_ids alone, or since with until and state as needed",
            ));
        }
    };
    let replayed = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let replayed = tx.webhooks().replay(id, &what).await?;
            once.done(&mut tx, 202, Some(id)).await?;
            replayed
        }
        Entered::Before { .. } => 0,
    };
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, JsonBody(Replayed { replayed })))
}
