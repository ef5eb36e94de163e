//! `/control/v1`: how the command line reaches the embedded parts of a running
//! server. Only who can read the data folder has the token; it is no part of
//! the API for clients.

use axum::{
    Json, Router,
    extract::{FromRequestParts, State},
    http::request::Parts,
    routing::{get, post},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Problem, ProblemKind,
    commands::{self, AskRequest, EvalRequest, IndexReport, IndexRequest},
    http::{auth::bearer, finish::chain},
    state::AppState,
};

/// Where the command line finds these routes.
pub const PREFIX: &str = "/control/v1";

/// The routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/control/v1/hello", get(hello))
        .route("/control/v1/ask", post(ask))
        .route("/control/v1/index", post(index))
        .route("/control/v1/eval", post(eval))
}

/// Somebody who can read the data folder.
struct Operator;

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let given = bearer(&parts.headers).unwrap_or_default();
        // Hashes are compared, so that the time tells nothing about the token.
        let same = Sha256::digest(given) == Sha256::digest(state.control_token.expose_secret());
        // Nobody else needs to know that this exists.
        same.then_some(Self)
            .ok_or_else(|| Problem::new(ProblemKind::NotFound, "there is no such path; see /docs"))
    }
}

async fn hello(_: Operator) -> Json<Value> {
    Json(json!({"version": env!("CARGO_PKG_VERSION")}))
}

async fn ask(
    _: Operator,
    State(state): State<AppState>,
    Json(request): Json<AskRequest>,
) -> Result<Json<Value>, Problem> {
    commands::ask(&state.services, &request)
        .await
        .map(Json)
        .map_err(failed)
}

async fn index(
    _: Operator,
    State(state): State<AppState>,
    Json(request): Json<IndexRequest>,
) -> Result<Json<IndexReport>, Problem> {
    commands::index(&state.services, &request)
        .await
        .map(Json)
        .map_err(failed)
}

async fn eval(
    _: Operator,
    State(state): State<AppState>,
    Json(request): Json<EvalRequest>,
) -> Result<Json<commands::EvalResult>, Problem> {
    commands::evaluate(&state.services, &request)
        .await
        .map(Json)
        .map_err(failed)
}

/// The operator may know why; others cannot ask.
fn failed(error: anyhow::Error) -> Problem {
    let words: Vec<String> = error.chain().map(ToString::to_string).collect();
    let error: Box<dyn std::error::Error + Send + Sync> = error.into();
    tracing::warn!(error = chain(error.as_ref()), "a command failed");
    Problem::new(ProblemKind::Invalid, words.join(": "))
}
