//! `GET /health`: each dependency with its latency.

use std::{future::Future, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use crm_store::{Store, StoreError, articles::INDEX_JOB, changes::INDEX_RECORD, jobs::Backlog};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use crate::{http::finish::chain, state::AppState};

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (some answers are worse or late) or `down`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The program's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Postgres.
    database: Check,
    /// The vector index.
    index: Check,
    /// The schema of the database.
    migrations: Migrations,
    /// Connections to Postgres.
    pool: Pool,
    /// Changes that wait to be indexed.
    indexing: Indexing,
    /// The models in the order in which they are asked; the last is the floor.
    #[schema(example = json!(["openai/gpt-4.1-mini", "offline/offline"]))]
    models: Vec<String>,
    /// Streams that are open.
    streams: usize,
}

/// A dependency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// `ok` or `down`.
    #[schema(example = "ok")]
    status: &'static str,
    /// How long it took to answer.
    #[schema(example = 0.8)]
    latency_ms: f64,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Where the schema stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Migrations {
    /// The last one that was applied.
    #[schema(example = 9)]
    applied: Option<i64>,
    /// The last one that this program knows.
    #[schema(example = 9)]
    expected: i64,
}

/// The pool of connections.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pool {
    /// Open ones.
    #[schema(example = 4)]
    open: u32,
    /// Open ones that nobody uses.
    #[schema(example = 4)]
    idle: u32,
    /// How many there may be.
    #[schema(example = 16)]
    max: u32,
}

/// What waits to be indexed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Indexing {
    /// Jobs that wait.
    #[schema(example = 0)]
    waiting: Option<i64>,
    /// Jobs that failed too often: a human must look.
    #[schema(example = 0)]
    dead: Option<i64>,
    /// Age of the oldest change that is not indexed.
    #[schema(example = 0.0)]
    oldest_seconds: Option<f64>,
}

/// How the service is, part by part
///
/// 200 also when it is degraded; 503 only when it cannot work.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "get_health",
    tag = "operations",
    responses(
        (status = 200, description = "It works, perhaps degraded", body = Health),
        (status = 503, description = "It cannot work", body = Health),
    ),
)]
pub async fn handler(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let (database, index, applied, backlog) = tokio::join!(
        check(async { state.store.ping().await.map(|()| None) }),
        check(async { state.services.index_check().await.map(Some) }),
        timeout(PATIENCE, state.store.schema_version()),
        timeout(PATIENCE, backlog(&state.store)),
    );
    let backlog = backlog.ok().and_then(Result::ok);
    let pool = state.store.pool_status();
    let now = state.store.clock().now();
    let oldest = backlog.map(|backlog| {
        backlog
            .oldest
            .map_or(0.0, |at| (now - at).as_seconds_f64().max(0.0))
    });
    let status = match (database.status, index.status, backlog) {
        ("ok", "ok", Some(Backlog { dead: 0, .. })) => "ok",
        ("ok", ..) => "degraded",
        _ => "down",
    };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        database,
        index,
        migrations: Migrations {
            applied: applied.ok().and_then(Result::ok),
            expected: Store::expected_schema(),
        },
        pool: Pool {
            open: pool.open,
            idle: pool.idle,
            max: pool.max,
        },
        indexing: Indexing {
            waiting: backlog.map(|backlog| backlog.ready),
            dead: backlog.map(|backlog| backlog.dead),
            oldest_seconds: oldest,
        },
        models: state.services.model_names(),
        streams: state.open_streams(),
    };
    let code = if status == "down" {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (code, Json(health))
}

/// Articles and records together.
async fn backlog(store: &Store) -> Result<Backlog, StoreError> {
    let mut tx = store.system().await?;
    let articles = tx.jobs().backlog(INDEX_JOB).await?;
    let records = tx.jobs().backlog(INDEX_RECORD).await?;
    Ok(Backlog {
        ready: articles.ready + records.ready,
        leased: articles.leased + records.leased,
        dead: articles.dead + records.dead,
        oldest: [articles.oldest, records.oldest].into_iter().flatten().min(),
    })
}

/// Asks a dependency; why it fails goes to the log, not to whoever asks.
async fn check<E: std::error::Error + Send + Sync + 'static>(
    ask: impl Future<Output = Result<Option<String>, E>>,
) -> Check {
    let started = Instant::now();
    let answer = timeout(PATIENCE, ask).await;
    let latency_ms = started.elapsed().as_secs_f64() * 1e3;
    match answer {
        Ok(Ok(detail)) => Check {
            status: "ok",
            latency_ms,
            detail,
        },
        Ok(Err(error)) => {
            tracing::warn!(error = chain(&error), "a health check failed");
            Check {
                status: "down",
                latency_ms,
                detail: None,
            }
        }
        Err(_) => Check {
            status: "down",
            latency_ms,
            detail: Some("no answer in time".to_owned()),
        },
    }
}
