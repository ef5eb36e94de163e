//! The private server: made, found again after every kind of end, and never shared by accident.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crm_store::cluster::{Cluster, ClusterConfig, ClusterError};
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

/// The message with its causes, as a person would see it.
fn words(error: &ClusterError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
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
async fn a_second_user_of_the_folder_is_told_who_has_it() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(matches!(error, ClusterError::InUse { .. }), "{error}");
    assert!(
        words(&error).contains(&format!("in use by process {}", std::process::id())),
        "{}",
        words(&error)
    );
    cluster.stop().await.unwrap();
    scratch.start().await.stop().await.unwrap();
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
    tokio::time::timeout(std::time::Duration::from_secs(45), back)
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
async fn data_of_another_major_version_names_the_upgrade() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    std::fs::write(scratch.data().join("PG_VERSION"), "14\n").unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(
        matches!(error, ClusterError::OtherMajor { data: 14, .. }),
        "{error}"
    );
    let words = words(&error);
    assert!(
        words.contains("postgresql-14") && words.contains("pg_upgrade"),
        "{words}"
    );
}

#[tokio::test]
async fn a_folder_of_another_layout_names_the_version_that_wrote_it() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    let path = scratch.0.join("cluster.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    record["layout"] = 0.into();
    record["written_by"] = "0.0.7".into();
    std::fs::write(&path, record.to_string()).unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(
        matches!(
            error,
            ClusterError::OtherLayout {
                found: 0,
                expected: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(words(&error).contains("crm-ai 0.0.7"), "{}", words(&error));
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

#[tokio::test]
async fn a_lost_record_is_told_and_nothing_is_overwritten() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    let record = scratch.0.join("cluster.json");
    let aside = scratch.0.join("cluster.json.aside");
    std::fs::rename(&record, &aside).unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(matches!(error, ClusterError::Damaged { .. }), "{error}");
    assert!(!record.exists());
    std::fs::rename(&aside, &record).unwrap();
    scratch.start().await.stop().await.unwrap();
}

#[tokio::test]
async fn no_server_programs_says_how_to_get_them() {
    let scratch = Scratch::new();
    let config = ClusterConfig {
        bin_dir: Some(scratch.0.join("nowhere")),
        ..scratch.config()
    };
    let error = Cluster::start(config).await.unwrap_err();
    assert!(matches!(error, ClusterError::NoServer { .. }), "{error}");
    assert!(words(&error).contains("scripts/setup.sh"), "{}", words(&error));
}

#[tokio::test]
async fn the_service_logs_in_with_a_password_over_tcp() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let mut owner = connect(&cluster.admin_url()).await;
    sqlx::query("CREATE ROLE crm_login LOGIN")
        .execute(&mut owner)
        .await
        .unwrap();
    owner.close().await.unwrap();

    let url = cluster.login_url().await.unwrap();
    let mut by_socket = connect(&url).await;
    let who: String = sqlx::query_scalar("SELECT current_user")
        .fetch_one(&mut by_socket)
        .await
        .unwrap();
    assert_eq!(who, "crm_login");
    by_socket.close().await.unwrap();

    let tcp = url.split('?').next().unwrap();
    connect(tcp).await.close().await.unwrap();
    let mut wrong = tcp.to_owned();
    wrong.replace_range(
        "postgres://crm_login:".len().."postgres://crm_login:".len() + 1,
        "-",
    );
    assert!(
        PgConnection::connect(&wrong).await.is_err(),
        "a wrong password was let in"
    );
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_passwords_and_the_data_are_closed_to_others() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&scratch.0.join("cluster.json")), 0o600);
    assert_eq!(mode(&scratch.0.join("postgres")), 0o700);
    assert_eq!(mode(&scratch.data()), 0o700);
    assert_ne!(
        std::fs::metadata(scratch.data()).unwrap().uid(),
        0,
        "the data do not belong to root"
    );
    assert!(!scratch.0.join("postgres/password").exists());
    assert!(!format!("{cluster:?}").contains("password"));
    cluster.stop().await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_server_never_runs_as_root() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", cluster.pid().unwrap())).unwrap();
    let line = |name: &str| {
        status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    for id in line("Uid:")
        .split_whitespace()
        .skip(1)
        .chain(line("Gid:").split_whitespace().skip(1))
    {
        assert_ne!(id, "0", "{status}");
    }
    if nix::unistd::Uid::effective().is_root() {
        assert_eq!(line("Groups:").trim(), "Groups:", "none of root's groups is kept");
    }
    cluster.stop().await.unwrap();
}

/// What a person began, root goes on with as that person, so that the person can go on with it later.
#[tokio::test]
async fn root_runs_the_server_as_the_owner_of_the_data() {
    use std::os::unix::fs::{MetadataExt, chown};
    let scratch = Scratch::new();
    let server = scratch.0.join("postgres");
    std::fs::create_dir(&server).unwrap();
    let owner = if nix::unistd::Uid::effective().is_root() {
        let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
        chown(&server, Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw())).unwrap();
        nobody.uid.as_raw()
    } else {
        nix::unistd::Uid::effective().as_raw()
    };
    let cluster = scratch.start().await;
    write_note(&cluster, "works").await;
    assert_eq!(
        std::fs::metadata(scratch.data().join("PG_VERSION"))
            .unwrap()
            .uid(),
        owner
    );
    cluster.stop().await.unwrap();
}

/// Root's own folders are closed to the server's user, so its files go where it reaches them.
#[tokio::test]
async fn a_folder_closed_to_the_servers_user_works_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let closed = scratch.0.join("closed");
    let inside = closed.join("data");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    let config = || ClusterConfig {
        data_dir: inside.clone(),
        ..scratch.config()
    };

    let cluster = Cluster::start(config()).await.unwrap();
    write_note(&cluster, "kept").await;
    cluster.stop().await.unwrap();
    let cluster = Cluster::start(config()).await.unwrap();
    assert_eq!(notes(&cluster).await, ["kept"]);
    cluster.stop().await.unwrap();

    let place = inside.join("postgres").canonicalize().unwrap();
    if nix::unistd::Uid::effective().is_root() {
        assert!(place.starts_with("/var/lib/crm-ai"), "{}", place.display());
        // A folder that was removed and made again starts empty.
        std::fs::remove_dir_all(&inside).unwrap();
        let cluster = Cluster::start(config()).await.unwrap();
        let mut connection = connect(&cluster.admin_url()).await;
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_class WHERE relname = 'notes'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(left, 0);
        connection.close().await.unwrap();
        cluster.stop().await.unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        std::fs::remove_dir_all(place.with_extension("previous")).unwrap();
    } else {
        assert!(place.starts_with(&inside));
    }
}
