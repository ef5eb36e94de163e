//! `POST /v1/auth/logout`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::cookie;
use crate::{
    Problem, ProblemBody,
    http::{auth::bearer, body::Json},
    state::AppState,
};

/// What to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    /// The refresh token of the session, unless the access token or the cookie says it.
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
    /// Whether to end every session of this person, everywhere. Needs the access token.
    #[serde(default)]
    everywhere: bool,
}

/// Sign out
///
/// The session is named by the access token, the refresh token or the cookie, so that it also works when one of them has
/// expired. The same answer whether there was a session or not.
#[utoipa::path(
    post,
    path = "/v1/auth/logout",
    operation_id = "logout",
    tag = "auth",
    security(()),
    request_body = Logout,
    responses(
        (status = 204, description = "The session has ended: its tokens are refused from now on"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Json<Logout>,
) -> Result<Response, Problem> {
    let known = match bearer(&headers) {
        Some(token) => state.store.authenticate(token).await?,
        None => None,
    };
    if let Some((grant, session)) = known.and_then(|known| Some((known.grant, known.session?))) {
        state
            .store
            .sign_out(&grant, session, body.value.everywhere)
            .await?;
    }
    let kept = cookie::read(&headers, &state.config.http)?;
    let tokens = [body.value.refresh_token, kept.map(SecretString::from)];
    for token in tokens.into_iter().flatten() {
        state.store.sign_out_with(token.expose_secret()).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cleared) = cookie::clear(&state.config.http) {
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    Ok(response)
}
