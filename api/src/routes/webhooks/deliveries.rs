//! `GET /v1/webhooks/{id}/deliveries`.

use axum::Json;
use crm_store::webhooks::DeliveryState;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::DeliveryView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Path, Query},
        page::{Page, Wanted},
    },
};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// `pending`, `delivered` or `failed`.
    #[param(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what a webhook was told, newest first
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    operation_id = "list_webhook_deliveries",
    tag = "administration",
    params(("id" = Uuid, Path, description = "The webhook"), DeliveryQuery),
    responses(
        (status = 200, description = "A page", body = Page<DeliveryView>),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageWebhooks>,
    Path(id): Path<Uuid>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let mut tx = caller.store().begin().await?;
    let page = tx
        .webhooks()
        .deliveries(id, query.state, wanted.after, wanted.limit.into())
        .await?;
    Ok(Json(Page::of(page)))
}
