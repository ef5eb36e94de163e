//! `POST /v1/auth/refresh`.

use axum::{extract::State, http::HeaderMap, response::Response};
use crm_store::auth::Refreshed;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    cookie,
    view::{SessionView, respond},
};
use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{body::Json, client},
    state::AppState,
};

/// The token; browsers send the cookie instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token, unless it is in the cookie.
    #[schema(value_type = Option<String>, example = "crr_AZOz…")]
    refresh_token: Option<SecretString>,
}

/// Get new tokens
///
/// A refresh token is good once. One that comes a second time was copied, so the whole session ends.
#[utoipa::path(
    post,
    path = "/v1/auth/refresh",
    operation_id = "refresh_tokens",
    tag = "auth",
    security(()),
    request_body = Refresh,
    responses(
        (status = 200, description = "New tokens; the refresh token in a cookie if it came in one", body = SessionView),
        (status = 401, description = "The session has ended: sign in again", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The cookie came from another site", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    client::From(client): client::From,
    headers: HeaderMap,
    body: Json<Refresh>,
) -> Result<Response, Problem> {
    let (token, in_cookie) = match body.value.refresh_token {
        Some(token) => (token, false),
        None => match cookie::read(&headers, &state.config.http)? {
            Some(token) => (SecretString::from(token), true),
            None => {
                return Err(Problem::field(
                    "/refresh_token",
                    "is required when there is no cookie",
                ));
            }
        },
    };
    match state.store.refresh(token.expose_secret(), &client).await? {
        Refreshed::Again(tokens) => {
            let now = state.store.clock().now();
            Ok(respond(tokens, in_cookie, &state.config.http, now))
        }
        Refreshed::Refused | Refreshed::Reused => {
            let problem = Problem::new(
                ProblemKind::Unauthenticated,
                "the session has ended: sign in again",
            );
            Err(match cookie::clear(&state.config.http).filter(|_| in_cookie) {
                Some(cleared) => problem.header(axum::http::header::SET_COOKIE, cleared),
                None => problem,
            })
        }
    }
}
