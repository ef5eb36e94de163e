//! `POST /v1/auth/reset-password/confirm`: sets a new password.

use axum::{extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody,
    http::{body::Json, client},
    state::AppState,
};

/// The link's token and the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmReset {
    /// The token of the link.
    #[schema(value_type = String, example = "crp_…")]
    token: SecretString,
    /// 12 to 256 characters.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Set a new password
///
/// Every session of the person ends.
#[utoipa::path(
    post,
    path = "/v1/auth/reset-password/confirm",
    operation_id = "confirm_reset_password",
    tag = "auth",
    security(()),
    request_body = ConfirmReset,
    responses(
        (status = 204, description = "Sign in with it"),
        (status = 404, description = "The link is unknown, used or expired", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<ConfirmReset>,
) -> Result<StatusCode, Problem> {
    let ConfirmReset { token, password } = &body.value;
    let set = state
        .store
        .confirm_reset(token.expose_secret(), password.expose_secret(), &client)
        .await?;
    if set {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("open link for a new password"))
    }
}
