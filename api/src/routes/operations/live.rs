//! `GET /health/live`: the process answers.

use axum::Json;
use serde_json::{Value, json};

/// Whether the process answers
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "get_liveness",
    tag = "operations",
    responses((status = 200, description = "It does", body = Object, example = json!({"status": "ok"}))),
)]
pub async fn handler() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
