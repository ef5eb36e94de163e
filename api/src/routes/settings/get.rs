//! `GET /v1/settings`.

use axum::response::Response;

use super::SettingsView;
use crate::{
    Problem, ProblemBody,
    http::auth::{Allowed, scopes},
};

/// Read the settings
#[utoipa::path(
    get,
    path = "/v1/settings",
    operation_id = "get_settings",
    tag = "administration",
    responses(
        (status = 200, description = "The settings", body = SettingsView, headers(("ETag" = String))),
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(caller: Allowed<scopes::ReadSettings>) -> Result<Response, Problem> {
    let mut tx = caller.store().begin().await?;
    Ok(SettingsView::respond(tx.settings().await?))
}
