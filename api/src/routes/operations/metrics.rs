//! `GET /metrics`: numbers for Prometheus.

use axum::{
    extract::State,
    http::{HeaderName, header},
};

use crate::{metrics, state::AppState};

/// Numbers for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "operations",
    responses((status = 200, description = "In the text format", body = String, content_type = "text/plain; version=0.0.4")),
)]
pub async fn handler(State(state): State<AppState>) -> ([(HeaderName, &'static str); 1], String) {
    let pool = state.store.pool_status();
    metrics::pool(pool.open, pool.idle, pool.max, state.open_streams());
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.metrics.render(),
    )
}
