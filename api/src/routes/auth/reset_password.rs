//! `POST /v1/auth/reset-password`: a link for a new password.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody,
    http::{body::Json, client},
    state::AppState,
};

/// The answer comes after this time whether there is such an account or not: the work for one that exists is done by then.
const ANSWER_AFTER: Duration = Duration::from_millis(250);

/// Whose password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// The address.
    #[schema(example = "ada@brightwater.example")]
    email: String,
}

/// Ask for a new password
///
/// If the address is a member's, a mail with a link goes there that works for an hour, once. The answer is the same for
/// every address.
#[utoipa::path(
    post,
    path = "/v1/auth/reset-password",
    operation_id = "reset_password",
    tag = "auth",
    security(()),
    request_body = ResetPassword,
    responses(
        (status = 202, description = "If there is such a member, a mail is on its way"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    client::From(client): client::From,
    body: Json<ResetPassword>,
) -> Result<StatusCode, Problem> {
    let answer_at = Instant::now() + ANSWER_AFTER;
    state.store.request_reset(&body.value.email, &client).await?;
    sleep_until(answer_at).await;
    Ok(StatusCode::ACCEPTED)
}
