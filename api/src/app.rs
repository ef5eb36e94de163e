//! The whole service in one process, from the port to the last closed connection.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{body::Bytes, serve::ListenerExt};
use crm_store::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AppError,
    beacon::Beacon,
    config::Config,
    database::Database,
    openapi,
    router::router,
    services::{PartOverrides, Services},
    state::AppState,
    worker::Workers,
};

/// How long connections have to end once their streams are told to.
const FAREWELL: Duration = Duration::from_secs(5);

/// The service, before it serves.
#[derive(Debug)]
pub struct App {
    listener: TcpListener,
    database: Database,
    state: AppState,
    beacon: Beacon,
}

/// What a test decides instead of the configuration.
#[derive(Default)]
pub struct Overrides {
    /// The time.
    pub clock: Option<Arc<dyn Clock>>,
    /// Parts that are brought along.
    pub parts: PartOverrides,
}

/// The service while it serves.
#[derive(Debug)]
#[must_use = "dropping it leaves runs and connections to chance: shut it down"]
pub struct RunningApp {
    /// Where it listens.
    pub addr: SocketAddr,
    state: AppState,
    database: Database,
    beacon: Beacon,
    workers: Option<Workers>,
    server: TaskTracker,
    stop_accepting: CancellationToken,
}

impl App {
    /// Opens everything and serves.
    pub async fn start(config: Config, overrides: Overrides) -> Result<RunningApp, AppError> {
        Self::prepare(config, overrides).await?.serve()
    }

    /// Takes the port, opens database, index and models. Nobody is served yet.
    pub async fn prepare(config: Config, overrides: Overrides) -> Result<Self, AppError> {
        // First of all, so that a taken port is said before a long start.
        let listener = listen(SocketAddr::new(config.http.host, config.http.port)).await?;
        let clock = overrides.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let database = Database::open(&config).await?;
        let sole = database.owns_cluster();
        if sole {
            database.migrate().await?;
        }
        let store = database.connect(&config, clock).await?;
        let login_url = database.login_url().await?;
        store
            .complete_roles()
            .await
            .map_err(AppError::store("roles cannot be made"))?;
        store
            .warm_up_sign_in()
            .await
            .map_err(AppError::store("passwords cannot be hashed"))?;
        let services = Services::open(&config, store, overrides.parts, sole).await?;
        let addr = listener.local_addr().map_err(|source| AppError::Listen {
            addr: requested(&config),
            source,
        })?;
        let beacon = Beacon::new(
            format!("http://{}", reachable(addr)),
            login_url,
            database.admin_url().clone(),
        );
        let mut document = openapi::document();
        openapi::complete(&mut document);
        let document = document.to_json().map(Bytes::from).unwrap_or_default();
        let state = AppState::new(config, services, beacon.token.clone(), document);
        Ok(Self {
            listener,
            database,
            state,
            beacon,
        })
    }

    /// What handlers will reach.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Where the service will be for clients.
    pub fn base_url(&self) -> String {
        self.state
            .config
            .http
            .public_url
            .clone()
            .unwrap_or_else(|| self.beacon.url.clone())
    }

    /// Closes what was opened, when it is not to serve after all.
    pub async fn close(self) -> Result<(), AppError> {
        self.state.services.runner.shutdown(Duration::ZERO).await;
        self.state.store.close().await;
        self.database.close().await
    }

    /// Serves from now on.
    pub fn serve(self) -> Result<RunningApp, AppError> {
        let Self {
            listener,
            database,
            state,
            beacon,
        } = self;
        let config = &state.config;
        let addr = listener.local_addr().map_err(|source| AppError::Listen {
            addr: requested(config),
            source,
        })?;
        let router = router(state.clone())?;
        // Small frames of a stream must not wait for each other.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY was refused");
            }
        });
        let stop_accepting = CancellationToken::new();
        let server = TaskTracker::new();
        let serving = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(stop_accepting.clone().cancelled_owned());
        state.set_ready(true);
        server.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server stopped");
            }
        });
        let feed = state.feed.clone();
        state
            .tasks
            .spawn(feed.run(state.store.clone(), state.ending.clone()));
        state.tasks.spawn(crate::http::rate_limit::sweep(state.clone()));
        server.close();
        beacon.write(&config.data.dir)?;
        let workers = config
            .worker
            .in_process
            .then(|| Workers::start(&state.services, config))
            .transpose()?;
        tracing::info!(%addr, "serving");
        Ok(RunningApp {
            addr,
            state,
            database,
            beacon,
            workers,
            server,
            stop_accepting,
        })
    }
}

impl RunningApp {
    /// What handlers reach.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The service's address for clients on this machine.
    pub fn url(&self) -> String {
        self.beacon.url.clone()
    }

    /// Ends the service: takes no more requests, lets runs finish for the
    /// configured grace, marks the rest interrupted, then closes everything.
    pub async fn shutdown(self) -> Result<(), AppError> {
        self.shutdown_hurried_by(std::future::pending()).await
    }

    /// Like [`Self::shutdown`]; when `hurry` comes, the grace is over.
    pub async fn shutdown_hurried_by(self, hurry: impl Future<Output = ()>) -> Result<(), AppError> {
        let Self {
            state,
            database,
            beacon,
            workers,
            server,
            stop_accepting,
            ..
        } = self;
        state.set_ready(false);
        stop_accepting.cancel();
        let runner = &state.services.runner;
        tokio::select! {
            () = runner.shutdown(state.config.shutdown.grace) => {}
            () = hurry => runner.shutdown(Duration::ZERO).await,
        }
        // Readers have had `run_finished`; those of other processes' runs come back elsewhere.
        state.ending.cancel();
        state.tasks.close();
        let farewell = async {
            state.tasks.wait().await;
            server.wait().await;
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        if let Some(workers) = workers {
            workers.stop().await;
        }
        beacon.remove(&state.config.data.dir);
        state.store.close().await;
        database.close().await
    }
}

fn requested(config: &Config) -> SocketAddr {
    SocketAddr::new(config.http.host, config.http.port)
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => AppError::PortTaken { addr },
            _ => AppError::Listen { addr, source },
        })
}

/// An address that listens everywhere is reached on the loopback one.
fn reachable(addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], addr.port()))
    } else {
        addr
    }
}
