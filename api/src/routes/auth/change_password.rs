//! `PUT /v1/auth/password`: another password, for who knows the old one.

use axum::{extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        client,
    },
    state::AppState,
};

/// Both passwords.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one until now.
    #[schema(value_type = String)]
    old_password: SecretString,
    /// 12 to 256 characters.
    #[schema(value_type = String)]
    new_password: SecretString,
}

/// Change one's password
///
/// One's other sessions end.
#[utoipa::path(
    put,
    path = "/v1/auth/password",
    operation_id = "change_password",
    tag = "auth",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "It holds from now on"),
        (status = 403, description = "Keys have no password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields, or the old password is wrong", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadSelf>,
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let session = super::person(&caller)?;
    let ChangePassword {
        old_password,
        new_password,
    } = &body.value;
    let grant = caller.authenticated().grant;
    let changed = state
        .store
        .change_password(
            &grant,
            session,
            old_password.expose_secret(),
            new_password.expose_secret(),
            &client,
        )
        .await
        .map_err(|error| match error {
            crm_store::StoreError::Invalid { message, .. } => Problem::field("/new_password", message),
            other => other.into(),
        })?;
    if changed {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::field(
            "/old_password",
            "is not the password of this account",
        ))
    }
}
