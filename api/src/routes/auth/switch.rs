//! `POST /v1/auth/switch`: to another of one's organisations.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{SessionView, respond};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        client,
    },
    state::AppState,
};

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The organisation, by its short name.
    #[schema(example = "northwind")]
    tenant: String,
    /// Whether to put the refresh token into a cookie.
    #[serde(default)]
    cookie: bool,
}

/// Switch to another organisation
///
/// The session that asks ends; the answer has the tokens of the new one.
#[utoipa::path(
    post,
    path = "/v1/auth/switch",
    operation_id = "switch_tenant",
    tag = "auth",
    request_body = Switch,
    responses(
        (status = 200, description = "Signed in there", body = SessionView),
        (status = 403, description = "A key has one organisation", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "One is no member there", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSelf>,
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<Switch>,
) -> Result<Response, Problem> {
    let session = super::person(&caller)?;
    let grant = caller.authenticated().grant;
    let tokens = state
        .store
        .switch_tenant(&grant, session, &body.value.tenant, &client)
        .await?;
    let tokens = tokens.ok_or_else(|| Problem::not_found("organisation"))?;
    let now = state.store.clock().now();
    Ok(respond(tokens, body.value.cookie, &state.config.http, now))
}
