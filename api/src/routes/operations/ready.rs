//! `GET /health/ready`: whether to send requests here.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{Problem, ProblemBody, state::AppState};

/// Whether to send requests here
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "get_readiness",
    tag = "operations",
    responses(
        (status = 200, description = "Yes", body = Object, example = json!({"status": "ok"})),
        (status = 503, description = "Not now: it starts, stops, or has no database", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    if !state.is_ready() {
        return Err(Problem::unavailable("the service is starting or stopping"));
    }
    state.store.ping().await?;
    Ok(Json(json!({"status": "ok"})))
}
