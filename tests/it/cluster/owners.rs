//! Who the server runs as, and who may see and reach its data.

use std::path::Path;

use crm_store::cluster::{Cluster, ClusterConfig};
use sqlx::{Connection, PgConnection};

use super::{Scratch, connect, notes, write_note};

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
    wrong.replace_range("postgres://crm_login:".len()..="postgres://crm_login:".len(), "-");
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
