//! `GET /v1/inbound/{channel}/{site}`: a provider asks whether we are there.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::receive::{door, unsigned};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::gate,
        body::{Path, Query},
    },
    state::AppState,
};

/// Characters of a challenge.
const LONGEST: usize = 256;

/// The question.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Challenge {
    /// `subscribe`.
    #[serde(rename = "hub.mode")]
    #[param(rename = "hub.mode")]
    mode: Option<String>,
    /// The token that the channel was given.
    #[serde(rename = "hub.verify_token")]
    #[param(rename = "hub.verify_token")]
    verify_token: Option<String>,
    /// What to answer.
    #[serde(rename = "hub.challenge")]
    #[param(rename = "hub.challenge")]
    answer: Option<String>,
}

/// Answer a provider's challenge
#[utoipa::path(
    get,
    path = "/v1/inbound/{channel}/{site}",
    operation_id = "verify_inbound",
    tag = "conversations",
    params(
        ("channel" = String, Path, description = "`whatsapp` or `email`"),
        ("site" = String, Path, description = "The site of the channel"),
        Challenge,
    ),
    responses(
        (status = 200, description = "The challenge", content((String = "text/plain"))),
        (status = 401, description = "The token is not right", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Messages from channels are switched off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The challenge cannot be repeated", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    Path((channel, site)): Path<(String, String)>,
    Query(asked): Query<Challenge>,
) -> Result<Response, Problem> {
    let (_, door) = door(&state, &channel, &site).await?;
    let subscribes = asked.mode.as_deref() == Some("subscribe");
    if !door.verifies(asked.verify_token.as_deref().unwrap_or_default()) || !subscribes {
        return Err(unsigned());
    }
    gate::check(door.gates(), "/v1/inbound/", false)?;
    let challenge = asked.answer.unwrap_or_default();
    // It is repeated as it is, so it must be nothing that a browser could take for a page.
    let is_plain = challenge
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_plain || challenge.is_empty() || challenge.len() > LONGEST {
        return Err(Problem::field(
            "?hub.challenge",
            "must have 1 to 256 letters, digits, hyphens, underscores and dots",
        ));
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, plain)], challenge).into_response())
}
