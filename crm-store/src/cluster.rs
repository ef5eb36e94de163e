//! A private PostgreSQL server: made, started, found again and stopped by this program.
//!
//! ```no_run
//! # async fn example() -> Result<(), crm_store::cluster::ClusterError> {
//! use crm_store::cluster::{Cluster, ClusterConfig};
//!
//! let cluster = Cluster::start(ClusterConfig::new(".data")).await?;
//! let migrations_run_as = cluster.admin_url();
//! // … migrate, which makes the role crm_login …
//! let service_connects_as = cluster.login_url().await?;
//! cluster.stop().await?;
//! # Ok(()) }
//! ```
//!
//! Things to note:
//! - One process works on a data folder at a time; a second one is told who holds it.
//! - A server that dies while the program goes on is started again within a second or two.
//! - The server outlives a killed process. The next start finds it by its pid file, makes sure that it is the
//!   server of this folder, and goes on with it, or starts it again when its settings differ.
//! - As root the server runs as another user (the owner of the data, else `crm-ai` or `postgres`, made if need be),
//!   and its files lie where that user reaches them.
//! - It listens on the loopback address with a password, and on a socket in a folder that is closed to other users.
//!   The URLs lead to the socket, which saves the price of a password check at each connection.

mod binaries;
mod error;
mod folder;
mod lock;
mod port;
mod postmaster;
mod server;
mod settings;
mod user;
mod watchdog;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, PgConnection};

pub use error::ClusterError;

use binaries::Binaries;
use error::OnFile;
use folder::{Folder, Record};
use lock::FolderLock;
use server::{OWNER, Server, StopMode};
use settings::Settings;
use user::ServerUser;
use watchdog::Watchdog;

/// The database of the service.
const DATABASE: &str = "crm_ai";

/// The role that the service logs in as; the migrations make it, this module gives it its password.
const LOGIN: &str = "crm_login";

/// How long a killed server may still hold its port. Connections that are open elsewhere know no other one.
const DYING: Duration = Duration::from_secs(10);

/// What a private server is started with.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// The folder that holds the data; made if it is not there.
    pub data_dir: PathBuf,
    /// The folder of the server's programs; searched for when it is not given.
    pub bin_dir: Option<PathBuf>,
    /// The cache folder that scripts/setup.sh fills, searched last.
    pub cache_dir: Option<PathBuf>,
    /// The port to listen on when it is free; else the one of the last time, else any free one.
    pub port: Option<u16>,
    /// How many connections the server takes.
    pub max_connections: u16,
    /// Whether a commit survives a crash of the machine. Tests do without, which is a good deal faster.
    pub durable: bool,
    /// Whether the server goes on when the [`Cluster`] is dropped.
    pub detached: bool,
    /// Whether a server that dies while we go on is started again.
    pub watched: bool,
}

impl ClusterConfig {
    /// The defaults for a data folder: durable, 200 connections, watched, stopped on drop.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: None,
            cache_dir: None,
            port: None,
            max_connections: 200,
            durable: true,
            detached: false,
            watched: true,
        }
    }
}

/// A private server that runs. Dropping it stops the server unless it was started detached.
pub struct Cluster {
    server: Arc<Server>,
    record: Record,
    detached: bool,
    watchdog: Option<Watchdog>,
    /// Released last: the server is stopped before another process may take the folder.
    _lock: FolderLock,
}

impl Cluster {
    /// Takes the data folder, makes the database if there is none, and starts the server unless it runs.
    pub async fn start(config: ClusterConfig) -> Result<Self, ClusterError> {
        let watched = config.watched;
        let mut cluster = blocking(move || Self::launch(&config)).await?;
        cluster.revive().await?;
        cluster.ensure_database().await?;
        if watched {
            let watchdog = Watchdog::new(Arc::clone(&cluster.server), cluster.port());
            cluster.watchdog = Some(watchdog.on("watch the server of", cluster.data_dir())?);
        }
        Ok(cluster)
    }

    fn launch(config: &ClusterConfig) -> Result<Self, ClusterError> {
        std::fs::create_dir_all(&config.data_dir).on("make the data folder", &config.data_dir)?;
        let data_dir = config
            .data_dir
            .canonicalize()
            .on("find the data folder", &config.data_dir)?;
        let lock = FolderLock::take(&data_dir)?;
        let user = ServerUser::choose(&data_dir.join("postgres"))?;
        let folder = Folder::open(&data_dir, user)?;
        let made_by = folder.data_major()?;
        let known = folder.record()?;
        let binaries = Binaries::find(
            config.bin_dir.as_deref(),
            config.cache_dir.as_deref(),
            made_by,
            user,
        )?;
        check_major(&folder, &binaries, made_by)?;
        let mut record = match (known, made_by) {
            (Some(record), _) => record,
            (None, None) => Record::new(binaries.major(), port::free(config.port, Duration::ZERO)?),
            (None, Some(_)) => {
                return Err(folder.damaged(format!(
                    "cluster.json is missing, and with it the passwords; restore it, or remove {} to start over",
                    data_dir.display()
                )));
            }
        };
        record.postgres_major = binaries.major();
        // The passwords are on disk before the database that knows them.
        folder.save(&record)?;
        let server = Server {
            folder,
            binaries,
            user,
            durable: config.durable,
            max_connections: config.max_connections,
            starting: std::sync::Mutex::default(),
        };
        server.initialise(&record)?;
        let port = server.ensure_running(config.port.or(Some(record.port)), Duration::ZERO)?;
        if port != record.port {
            record.port = port;
            server.folder.save(&record)?;
        }
        Ok(Self {
            server: Arc::new(server),
            record,
            detached: config.detached,
            watchdog: None,
            _lock: lock,
        })
    }

    /// The URL of the service's database as its owner, who migrates it. It holds a password.
    pub fn admin_url(&self) -> String {
        self.admin_url_of(DATABASE)
    }

    /// The URL of another database of this server as the owner.
    pub fn admin_url_of(&self, database: &str) -> String {
        self.url(OWNER, &self.record.owner_password, database)
    }

    /// The URL of the service's database as the role that the service logs in as. It holds a password.
    ///
    /// The migrations must have made that role.
    pub async fn login_url(&self) -> Result<String, ClusterError> {
        self.login_url_of(DATABASE).await
    }

    /// The URL of another database of this server as the role that the service logs in as.
    pub async fn login_url_of(&self, database: &str) -> Result<String, ClusterError> {
        let doing = "give the role crm_login its password (migrate first)";
        let mut connection = self.connect("postgres").await?;
        // Letters and digits only, so there is nothing to quote; ALTER ROLE takes no parameters.
        let password = &self.record.login_password;
        let statement = format!("ALTER ROLE {LOGIN} PASSWORD '{password}'");
        execute(&mut connection, statement)
            .await
            .map_err(|source| ClusterError::Database { doing, source })?;
        Ok(self.url(LOGIN, password, database))
    }

    /// The data folder, with links resolved.
    pub fn data_dir(&self) -> &Path {
        self.server.folder.data_dir()
    }

    /// The TCP port on the loopback address.
    pub fn port(&self) -> u16 {
        self.record.port
    }

    /// The major version of PostgreSQL.
    pub fn postgres_major(&self) -> u32 {
        self.server.binaries.major()
    }

    /// The server's process, if it is alive.
    pub fn pid(&self) -> Option<i32> {
        self.server.running().map(|postmaster| postmaster.pid())
    }

    /// The server's log file.
    pub fn log(&self) -> PathBuf {
        self.server.folder.log()
    }

    /// Starts the server again if it has died. Its port stays the same unless someone has taken it.
    pub async fn revive(&mut self) -> Result<(), ClusterError> {
        let mut tries = 0;
        loop {
            let server = Arc::clone(&self.server);
            let port = self.record.port;
            let port = blocking(move || server.ensure_running(Some(port), DYING)).await?;
            if port != self.record.port {
                self.record.port = port;
                self.server.folder.save(&self.record)?;
            }
            // A server that is being killed is still in the process table for a moment.
            match self.connect("postgres").await {
                Err(ClusterError::Database {
                    source: sqlx::Error::Io(_),
                    ..
                }) if tries < 50 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                answer => return answer.map(|_| ()),
            }
        }
    }

    /// Stops the server: its clients may leave first, then they are asked to, then it goes.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        self.detached = true; // nothing is left to do on drop
        let server = Arc::clone(&self.server);
        let watchdog = self.watchdog.take();
        blocking(move || {
            drop(watchdog);
            server.stop(&[StopMode::Smart, StopMode::Fast, StopMode::Immediate])
        })
        .await
    }

    fn url(&self, role: &str, password: &str, database: &str) -> String {
        let port = self.record.port;
        let socket = self.server.folder.socket();
        let mut url = format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}");
        if Settings::has_socket(&socket) {
            url.push_str("?host=");
            url.push_str(&percent_encoded(&socket));
        }
        url
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, ClusterError> {
        PgConnection::connect(&self.admin_url_of(database))
            .await
            .map_err(|source| ClusterError::Database {
                doing: "take a connection",
                source,
            })
    }

    async fn ensure_database(&self) -> Result<(), ClusterError> {
        let mut connection = self.connect("postgres").await?;
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await
            .map_err(|source| ClusterError::Database {
                doing: "list its databases",
                source,
            })?;
        if !there {
            execute(&mut connection, format!("CREATE DATABASE {DATABASE}"))
                .await
                .map_err(|source| ClusterError::Database {
                    doing: "make the database crm_ai",
                    source,
                })?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Before the server stops, or it would be started again.
        drop(self.watchdog.take());
        if !self.detached
            && let Err(error) = self.server.stop(&[StopMode::Fast, StopMode::Immediate])
        {
            tracing::warn!(%error, "the private PostgreSQL server was not stopped");
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("data_dir", &self.data_dir())
            .field("port", &self.port())
            .field("detached", &self.detached)
            .finish_non_exhaustive()
    }
}

/// Refuses data of another major version, with the command that moves it over.
fn check_major(folder: &Folder, binaries: &Binaries, made_by: Option<u32>) -> Result<(), ClusterError> {
    let (Some(data), found) = (made_by, binaries.major()) else {
        return Ok(());
    };
    if data == found {
        return Ok(());
    }
    let bin = binaries.folder().display();
    let place = folder.data();
    let place = place.display();
    let upgrade = format!(
        "{bin}/initdb -U {OWNER} -D {place}.{found} && {bin}/pg_upgrade -U {OWNER} -b /usr/lib/postgresql/{data}/bin \
         -B {bin} -d {place} -D {place}.{found} && mv {place} {place}.{data} && mv {place}.{found} {place}"
    );
    Err(ClusterError::OtherMajor {
        data_dir: folder.data_dir().to_owned(),
        data,
        found,
        upgrade,
    })
}

/// Runs what waits for other programs where it holds up no task.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(std::io::Error::other)
        .on("wait for the work on", "the server")?
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(|_| ())
}

/// A path as the value of a URL's parameter.
fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
