//! `GET /v1/security-events`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::{Cursor, security::SecurityEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEvents {
    /// Of this kind, such as `lockout`.
    kind: Option<String>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Something that somebody should see.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// The event.
    id: Uuid,
    /// What happened: `lockout`, `refresh_token_reused`, `wrong_organisation`, `member_changed`, …
    #[schema(example = "lockout")]
    kind: String,
    /// `user`, `api_key`, `visitor` or `job`.
    #[schema(example = "user")]
    actor_kind: String,
    /// Who did it, or to whom it happened.
    actor_id: Uuid,
    /// From which address.
    ip: Option<String>,
    /// The request.
    request_id: Option<String>,
    /// More about it.
    #[schema(value_type = Object)]
    detail: Value,
    /// When.
    at: DateTime<Utc>,
}

impl From<SecurityEvent> for EventView {
    fn from(event: SecurityEvent) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            ip: event.ip,
            request_id: event.request_id,
            detail: event.detail,
            at: event.at,
        }
    }
}

/// List security events, newest first
#[utoipa::path(
    get,
    path = "/v1/security-events",
    operation_id = "list_security_events",
    tag = "administration",
    params(ListEvents),
    responses(
        (status = 200, description = "A page", body = Page<EventView>),
        (status = 403, description = "For those who look after security", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSecurity>,
    Query(query): Query<ListEvents>,
) -> Result<Json<Page<EventView>>, Problem> {
    let wanted: Wanted<Cursor> = Wanted::new(query.limit, query.cursor.as_deref())?;
    let mut tx = caller.store().begin().await?;
    let page = tx
        .security()
        .events(query.kind.as_deref(), wanted.after, wanted.limit.into())
        .await?;
    Ok(Json(Page::of(page)))
}
