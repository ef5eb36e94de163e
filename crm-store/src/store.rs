//! The way in: connections, migrations, and tenants to open.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection, Executor, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Clock, Grant, Listener, Secrets, StoreError, SystemTx, TenantStore,
    jobs::Turn,
    replica::{self, Replica},
};

/// Every migration, in order, as part of the program.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Connections that the cross-tenant role may have; jobs and keys need few.
const SYSTEM_CONNECTIONS: u32 = 4;
/// A connection that rested longer than this is asked whether it lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// How to reach Postgres.
#[derive(Clone)]
pub struct StoreConfig {
    /// `postgres://…`; its role needs membership in `crm_app` and `crm_system`.
    pub url: String,
    /// `postgres://…` of a copy that Postgres keeps, for questions; its role needs membership in `crm_app`.
    pub read_url: Option<String>,
    /// The most that the copy may be behind to be asked.
    pub read_max_lag: Duration,
    /// Connections for work inside tenants.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl StoreConfig {
    /// The defaults for a service, on the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            read_url: None,
            read_max_lag: Duration::from_secs(30),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("url", &"[redacted]")
            .field("read_url", &self.read_url.as_ref().map(|_| "[redacted]"))
            .field("read_max_lag", &self.read_max_lag)
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish()
    }
}

/// How long [`Store::close`] waits for statements under way.
const CLOSING: Duration = Duration::from_secs(5);

/// What [`Store::migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema before; 0 is an empty database.
    pub from: i64,
    /// The schema now.
    pub to: i64,
}

/// The load of the connection pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Open connections.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Connections that may be open.
    pub max: u32,
}

/// A database of this service. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    app: PgPool,
    system: PgPool,
    replica: Option<Replica>,
    options: PgConnectOptions,
    clock: Arc<dyn Clock>,
    turn: Turn,
    secrets: Option<Secrets>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("pool", &self.pool_status())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Connects, and checks that the database has at least the schema that this program needs.
    pub async fn connect(config: &StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let options = options(&config.url, config)?;
        let replica = match &config.read_url {
            Some(url) => {
                let pool = pool(config)
                    .max_connections(config.max_connections)
                    .acquire_timeout(config.acquire_timeout.min(replica::PATIENCE))
                    .connect_lazy_with(replica::options(self::options(url, config)?));
                Some(Replica::new(pool, config.read_max_lag))
            }
            None => None,
        };
        let app = pool(config)
            .max_connections(config.max_connections)
            .connect_with(options.clone())
            .await?;
        // The role is set for the life of the connection, so that looking up a
        // key is one round trip.
        let system = pool(config)
            .max_connections(SYSTEM_CONNECTIONS)
            .after_connect(|conn, _| {
                Box::pin(async move { conn.execute("SET ROLE crm_system").await.map(|_| ()) })
            })
            .connect_lazy_with(options.clone());
        let store = Self {
            app,
            system,
            replica,
            options,
            clock,
            turn: Turn::default(),
            secrets: None,
        };
        let (found, expected) = (store.schema_version().await?, Self::expected_schema());
        if found < expected {
            Err(StoreError::Schema { found, expected })
        } else {
            Ok(store)
        }
    }

    /// The same store, which can seal and open the secrets that it keeps.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// The keys for secrets, if any were given.
    pub fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_ref()
    }

    /// Brings the database at `admin_url` to this program's schema. Its role must own the database.
    pub async fn migrate(admin_url: &str) -> Result<Migrated, StoreError> {
        let mut conn = PgConnection::connect(admin_url).await?;
        let known: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut conn)
            .await?;
        let from = if known { applied(&mut conn).await? } else { 0 };
        MIGRATOR.run(&mut conn).await?;
        let to = applied(&mut conn).await?;
        conn.close().await?;
        Ok(Migrated { from, to })
    }

    /// The last migration that this program knows.
    pub fn expected_schema() -> i64 {
        MIGRATOR
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    /// The last migration that was applied to the database; 0 when there was none.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let version = async {
            let mut conn = self.system.acquire().await?;
            applied(&mut conn).await
        };
        match version.await {
            // Neither the role nor the table is there before the first migration.
            Err(StoreError::Database(sqlx::Error::Database(error)))
                if matches!(error.code().as_deref(), Some("22023" | "42704" | "42P01")) =>
            {
                Ok(0)
            }
            version => version,
        }
    }

    /// Asks Postgres for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.app.acquire().await?;
        Ok(conn.ping().await?)
    }

    /// The load of the pool that serves tenants.
    pub fn pool_status(&self) -> PoolStatus {
        PoolStatus {
            open: self.app.size(),
            idle: u32::try_from(self.app.num_idle()).unwrap_or(u32::MAX),
            max: self.app.options().get_max_connections(),
        }
    }

    /// The time that this store goes by.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The same database by another time.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            ..self.clone()
        }
    }

    /// Opens what `grant` allows: one tenant, as one actor.
    pub fn open(&self, grant: &Grant) -> TenantStore {
        TenantStore::new(
            self.app.clone(),
            *grant,
            self.clock(),
            self.secrets.clone(),
            self.replica.clone(),
        )
    }

    /// Opens a transaction for the few reads and writes that cross tenants.
    pub async fn system(&self) -> Result<SystemTx, StoreError> {
        SystemTx::open(&self.system, self.clock(), self.turn.clone()).await
    }

    /// Listens to channels of Postgres on a connection of its own.
    pub async fn listen(&self, channels: &[&str]) -> Result<Listener, StoreError> {
        Listener::open(self.options.clone(), channels).await
    }

    /// Closes every connection and waits until they are closed; not longer than a few seconds for a statement that somebody
    /// gave up and that Postgres works on still. Nothing of it is kept: its transaction ends with its connection.
    pub async fn close(&self) {
        let replica = async {
            if let Some(replica) = &self.replica {
                replica.pool.close().await;
            }
        };
        let closed = async { tokio::join!(self.app.close(), self.system.close(), replica) };
        if tokio::time::timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("a statement was still running when the database was left");
        }
    }

    /// A connection of the tenants' pool without a tenant, for attacks on ourselves.
    pub(crate) async fn raw(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, StoreError> {
        Ok(self.app.acquire().await?)
    }

    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    pub(crate) fn system_pool(&self) -> &PgPool {
        &self.system
    }
}

fn options(url: &str, config: &StoreConfig) -> Result<PgConnectOptions, StoreError> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("crm-ai")
        .options([(
            "statement_timeout",
            config.statement_timeout.as_millis().to_string(),
        )]))
}

fn pool(config: &StoreConfig) -> PgPoolOptions {
    PgPoolOptions::new()
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
}

async fn applied(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT COALESCE(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(conn)
            .await?,
    )
}
