//! What somebody gets who signed in.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use crm_store::auth::{Choice, Tokens};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cookie;
use crate::{Problem, ProblemKind, config::Http};

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// For `Authorization: Bearer`, for ten minutes.
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Until when the access token is good.
    expires_at: DateTime<Utc>,
    /// Good once, for the next pair. Left out when it was put in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Until when the session can be refreshed.
    refresh_expires_at: DateTime<Utc>,
    /// The organisation.
    #[schema(example = "brightwater")]
    tenant: String,
    /// The person.
    user_id: Uuid,
}

/// An organisation that one may sign in to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TenantChoice {
    /// What to name as `tenant`.
    #[schema(example = "brightwater")]
    slug: String,
    /// Its name.
    #[schema(example = "Brightwater Pools")]
    name: String,
    /// The role that one has there.
    #[schema(example = "sales")]
    role: String,
}

impl From<Choice> for TenantChoice {
    fn from(choice: Choice) -> Self {
        Self {
            slug: choice.slug,
            name: choice.name,
            role: choice.role,
        }
    }
}

/// The answer with tokens: the refresh token in a cookie or in the body. Never kept by a cache.
pub(super) fn respond(tokens: Tokens, in_cookie: bool, http: &Http, now: DateTime<Utc>) -> Response {
    let seconds = (tokens.refresh_expires_at - now).num_seconds();
    let cookie = in_cookie
        .then(|| cookie::set(&tokens.refresh_token, seconds, http))
        .flatten();
    let view = SessionView {
        access_token: tokens.access_token,
        token_type: "Bearer",
        expires_at: tokens.access_expires_at,
        refresh_token: (!in_cookie).then_some(tokens.refresh_token),
        refresh_expires_at: tokens.refresh_expires_at,
        tenant: tokens.tenant,
        user_id: tokens.user.uuid(),
    };
    let mut response = (StatusCode::OK, Json(view)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// What everyone is told whose sign-in failed, for whatever reason.
pub(super) fn refused() -> Problem {
    Problem::new(
        ProblemKind::Unauthenticated,
        "address, password or organisation is wrong",
    )
}

/// Too many attempts.
pub(super) fn locked(until: DateTime<Utc>, now: DateTime<Utc>) -> Problem {
    let wait = u64::try_from((until - now).num_seconds()).unwrap_or(0).max(1);
    Problem::new(
        ProblemKind::RateLimited,
        format!("too many attempts to sign in: wait {wait} s"),
    )
    .header(header::RETRY_AFTER, HeaderValue::from(wait))
}
