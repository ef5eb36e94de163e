//! What every handler can reach.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::body::Bytes;
use crm_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Config,
    feed::FeedHub,
    http::{load::Places, rate_limit::RateLimiter},
    services::Services,
};

/// Shared by all requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Inner>);

/// The parts of [`AppState`].
#[derive(Debug)]
pub struct Inner {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Index, models and runs.
    pub services: Services,
    /// Room for requests and streams.
    pub places: Places,
    /// Wakes the readers of the feed.
    pub feed: FeedHub,
    /// How fast each key may ask.
    pub limiter: RateLimiter,
    /// Requests with an effect, which outlive their connections.
    pub tasks: TaskTracker,
    /// Cancelled when streams must end.
    pub ending: CancellationToken,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
    /// What opens `/control`.
    pub control_token: SecretString,
    /// The `OpenAPI` document, written once.
    pub openapi: Bytes,
    ready: AtomicBool,
}

impl AppState {
    /// The state of a service that is not ready yet.
    pub fn new(config: Config, services: Services, control_token: SecretString, openapi: Bytes) -> Self {
        Self(Arc::new(Inner {
            store: services.store.clone(),
            services,
            places: Places::new(config.http.max_in_flight.get(), config.http.max_streams.get()),
            feed: FeedHub::default(),
            limiter: RateLimiter::new(config.rate_limit),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            metrics: crate::metrics::install(),
            control_token,
            openapi,
            ready: AtomicBool::new(false),
            config,
        }))
    }

    /// Says whether requests are welcome.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Whether requests are welcome.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Streams that are open.
    pub fn open_streams(&self) -> usize {
        self.places.open_streams(self.config.http.max_streams.get())
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
