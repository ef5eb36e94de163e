//! The private server: made, found again after every kind of end, and never shared by accident.

mod owners;
mod refusals;

use std::net::TcpListener;
use std::path::PathBuf;

use crm_store::cluster::{Cluster, ClusterConfig};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{Connection, PgConnection};

/// A data folder of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("crm-ai-cluster-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn config(&self) -> ClusterConfig {
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
        ClusterConfig {
            bin_dir: named("CRM_AI_POSTGRES_BIN"),
            cache_dir: named("CRM_AI_CACHE"),
            durable: false,
            watched: false,
            max_connections: 20,
            ..ClusterConfig::new(&self.0)
        }
    }

    async fn start(&self) -> Cluster {
        Cluster::start(self.config()).await.unwrap()
    }

    fn data(&self) -> PathBuf {
        self.0.join("postgres/data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn write_note(cluster: &Cluster, text: &str) {
    let mut connection = connect(&cluster.admin_url()).await;
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (text text)")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("INSERT INTO notes VALUES ($1)")
        .bind(text)
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn notes(cluster: &Cluster) -> Vec<String> {
    let mut connection = connect(&cluster.admin_url()).await;
    sqlx::query_scalar("SELECT text FROM notes ORDER BY text")
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

fn kill_now(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn keeps_its_data_and_port_over_a_stop() {
    let scratch = Scratch::new();
    let first = scratch.start().await;
    let port = first.port();
    write_note(&first, "kept").await;
    first.stop().await.unwrap();
    assert!(
        !scratch.data().join("postmaster.pid").exists(),
        "the server has stopped"
    );

    let second = scratch.start().await;
    assert_eq!(second.port(), port);
    assert_eq!(notes(&second).await, ["kept"]);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn dropping_it_stops_the_server_unless_it_is_detached() {
    let scratch = Scratch::new();
    let detached = Cluster::start(ClusterConfig {
        detached: true,
        ..scratch.config()
    })
    .await
    .unwrap();
    let pid = detached.pid().unwrap();
    drop(detached);

    let found = scratch.start().await;
    assert_eq!(
        found.pid(),
        Some(pid),
        "a server that runs is used, not started again"
    );
    drop(found);
    assert!(
        !scratch.data().join("postmaster.pid").exists(),
        "the server has stopped"
    );
}

#[tokio::test]
async fn recovers_after_its_server_is_killed() {
    let scratch = Scratch::new();
    let config = ClusterConfig {
        durable: true,
        ..scratch.config()
    };
    let cluster = Cluster::start(config.clone()).await.unwrap();
    write_note(&cluster, "committed").await;
    kill_now(cluster.pid().unwrap());
    drop(cluster);
    assert!(
        scratch.data().join("postmaster.pid").exists(),
        "the kill left the pid file behind"
    );

    let cluster = Cluster::start(config).await.unwrap();
    assert_eq!(notes(&cluster).await, ["committed"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn revives_a_killed_server_on_its_port() {
    let scratch = Scratch::new();
    let mut cluster = Cluster::start(ClusterConfig {
        durable: true,
        ..scratch.config()
    })
    .await
    .unwrap();
    write_note(&cluster, "committed").await;
    let url = cluster.admin_url();
    kill_now(cluster.pid().unwrap());
    cluster.revive().await.unwrap();
    assert_eq!(cluster.admin_url(), url);
    assert_eq!(notes(&cluster).await, ["committed"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_watched_server_comes_back_by_itself() {
    let scratch = Scratch::new();
    let config = ClusterConfig {
        durable: true,
        watched: true,
        ..scratch.config()
    };
    let cluster = Cluster::start(config).await.unwrap();
    write_note(&cluster, "committed").await;
    let killed = cluster.pid().unwrap();
    kill_now(killed);

    let url = cluster.admin_url();
    let back = async {
        while cluster.pid().is_none_or(|pid| pid == killed) || PgConnection::connect(&url).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(2), back)
        .await
        .expect("the server did not come back");
    assert_eq!(notes(&cluster).await, ["committed"]);
    cluster.stop().await.unwrap();
    assert!(
        !scratch.data().join("postmaster.pid").exists(),
        "a stopped server stays stopped"
    );
}

#[tokio::test]
async fn a_pid_file_with_a_strangers_number_is_stale() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    // This test's own process: alive, of the same user when that is not root, and not a server.
    let text = format!(
        "{}\n{}\n1\n1\n\n127.0.0.1\n\nready\n",
        std::process::id(),
        scratch.data().display()
    );
    std::fs::write(scratch.data().join("postmaster.pid"), &text).unwrap();
    let record = std::fs::read(scratch.0.join("cluster.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let lock = format!("postgres/socket/.s.PGSQL.{}.lock", record["port"]);
    std::fs::write(scratch.0.join(lock), &text).unwrap();

    let cluster = scratch.start().await;
    assert_ne!(cluster.pid(), i32::try_from(std::process::id()).ok());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn takes_another_port_when_its_own_is_taken() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let port = cluster.port();
    write_note(&cluster, "kept").await;
    cluster.stop().await.unwrap();

    let stranger = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let cluster = scratch.start().await;
    assert_ne!(cluster.port(), port);
    assert_eq!(notes(&cluster).await, ["kept"]);
    cluster.stop().await.unwrap();
    drop(stranger);
}

#[tokio::test]
async fn what_an_interrupted_first_start_left_is_made_again() {
    let scratch = Scratch::new();
    let unfinished = scratch.0.join("postgres/data.unfinished");
    std::fs::create_dir_all(unfinished.join("base")).unwrap();
    std::fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();

    let cluster = scratch.start().await;
    write_note(&cluster, "works").await;
    assert!(!unfinished.exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn other_settings_start_the_server_again() {
    let scratch = Scratch::new();
    let detached = Cluster::start(ClusterConfig {
        detached: true,
        ..scratch.config()
    })
    .await
    .unwrap();
    let pid = detached.pid();
    drop(detached);

    let cluster = Cluster::start(ClusterConfig {
        max_connections: 33,
        ..scratch.config()
    })
    .await
    .unwrap();
    assert_ne!(cluster.pid(), pid);
    let mut connection = connect(&cluster.admin_url()).await;
    let limit: String = sqlx::query_scalar("SHOW max_connections")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(limit, "33");
    connection.close().await.unwrap();
    cluster.stop().await.unwrap();
}
