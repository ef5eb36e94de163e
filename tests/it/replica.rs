//! A copy of the database that Postgres keeps: questions go there, nothing is written there, and what is said of its age
//! is true.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use crm_store::{
    Clock as _, Store, StoreConfig, SystemClock, TenantStore,
    cluster::{Cluster, ClusterConfig},
    questions::{NewQuestion, Sharing},
    tenants::NewTenant,
};
use crm_tests::harness::until;
use crm_tools::{
    card::AnswerCard,
    semantic::{Spoken, answer_typed},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A data folder of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("crm-ai-replica-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    async fn start(&self) -> Cluster {
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let config = ClusterConfig {
            bin_dir: named("CRM_AI_POSTGRES_BIN"),
            cache_dir: named("CRM_AI_CACHE"),
            durable: false,
            watched: false,
            max_connections: 20,
            ..ClusterConfig::new(&self.0)
        };
        Cluster::start(config).await.unwrap()
    }

    fn data(&self) -> PathBuf {
        self.0.join("postgres/data")
    }

    /// The same cluster in another folder; it must not run.
    fn copied(&self) -> Self {
        let copy = Self::new();
        for part in ["cluster.json", "postgres"] {
            let from = self.0.join(part).canonicalize().unwrap();
            let done = Command::new("cp")
                .arg("-a")
                .arg(from)
                .arg(copy.0.join(part))
                .status();
            assert!(done.unwrap().success(), "{part} is copied");
        }
        copy
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

async fn run(url: &str, statement: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await
        .unwrap();
}

async fn says(url: &str, question: &str) -> bool {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(question.to_owned()))
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// A database with one tenant, and a copy of it that follows.
struct Pair {
    database: Cluster,
    copy: Cluster,
    login: String,
    _folders: [Scratch; 2],
}

impl Pair {
    async fn new() -> Self {
        let folder = Scratch::new();
        let database = folder.start().await;
        let admin = database.admin_url();
        Store::migrate(&admin).await.unwrap();
        let login = database.login_url().await.unwrap();
        let store = Store::connect(&StoreConfig::new(login), Arc::new(SystemClock))
            .await
            .unwrap();
        let mut tx = store.system().await.unwrap();
        let new = NewTenant {
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            admin_email: "admin@acme.test".to_owned(),
            admin_name: None,
        };
        tx.tenants().create(&new).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        for setting in ["wal_level = replica", "max_wal_senders = 4"] {
            run(&admin, &format!("ALTER SYSTEM SET {setting}")).await;
        }
        database.stop().await.unwrap();
        // What was written before is nothing that a copy can start from.
        folder.start().await.stop().await.unwrap();
        let other = folder.copied();
        let database = folder.start().await;
        let login = database.login_url().await.unwrap();
        append(
            &folder.data().join("pg_hba.conf"),
            "host replication all 127.0.0.1/32 scram-sha-256\n",
        );
        run(&database.admin_url(), "SELECT pg_reload_conf()").await;
        append(
            &other.data().join("postgresql.auto.conf"),
            &format!(
                "primary_conninfo = 'host=127.0.0.1 port={} user=crm_owner password={}'\n",
                database.port(),
                password(&database.admin_url()),
            ),
        );
        append(&other.data().join("standby.signal"), "");
        let copy = other.start().await;
        Self {
            database,
            copy,
            login,
            _folders: [folder, other],
        }
    }

    /// The URL of the copy as the role that the service logs in as: its passwords are those of the database.
    fn read_url(&self) -> String {
        let url = self.copy.admin_url();
        let (_, place) = url.split_once('@').unwrap();
        format!("postgres://crm_login:{}@{place}", password(&self.login))
    }

    async fn tenant(&self, most: Duration) -> (Store, TenantStore) {
        let config = StoreConfig {
            read_url: Some(self.read_url()),
            read_max_lag: most,
            ..StoreConfig::new(self.login.clone())
        };
        let store = Store::connect(&config, Arc::new(SystemClock)).await.unwrap();
        let grant = store.operate("acme", Some("admin@acme.test")).await.unwrap();
        let tenant = store.open(&grant.unwrap());
        (store, tenant)
    }

    async fn write(&self, name: &str) {
        let statement = format!(
            "INSERT INTO accounts (tenant_id, id, name, created_at, updated_at) \
             SELECT id, gen_random_uuid(), '{name}', now(), now() FROM tenants"
        );
        run(&self.database.admin_url(), &statement).await;
    }
}

fn password(url: &str) -> String {
    let role = url.trim_start_matches("postgres://").split('@').next().unwrap();
    role.split_once(':').unwrap().1.to_owned()
}

async fn asked(tenant: &TenantStore) -> AnswerCard {
    let query = json!({"entity": "accounts", "measures": ["count"]});
    let query = serde_json::from_value(query).unwrap();
    answer_typed(tenant, &query, &Spoken::default()).await.unwrap()
}

fn counted(card: &AnswerCard) -> i64 {
    card.table.as_ref().unwrap().records
}

#[tokio::test]
async fn questions_are_read_on_the_copy_and_say_how_old_it_is() {
    let pair = Pair::new().await;
    let (store, tenant) = pair.tenant(Duration::from_hours(1)).await;
    let (_, strict) = pair.tenant(Duration::ZERO).await;
    let copy = pair.copy.admin_url();
    pair.write("First").await;
    until("the copy has the first account", async || {
        let there = "SELECT count(*) = 1 AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') FROM accounts";
        says(&copy, there).await.then_some(())
    })
    .await;
    assert_eq!(counted(&asked(&tenant).await), 1);
    let found = store.check_replica().await.unwrap().unwrap();
    assert!(
        found.is_replica && found.is_same && found.lag.is_some(),
        "{found:?}"
    );

    // What the copy has got and has not replayed is not there yet, and the card says so.
    run(&copy, "SELECT pg_wal_replay_pause()").await;
    until("the copy pauses", async || {
        let paused = says(&copy, "SELECT pg_get_wal_replay_pause_state() = 'paused'").await;
        paused.then_some(())
    })
    .await;
    pair.write("Second").await;
    until("the copy has heard of the second account", async || {
        let heard = says(
            &copy,
            "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()",
        )
        .await;
        heard.then_some(())
    })
    .await;
    let mut tx = tenant.begin_question().await.unwrap();
    assert!(tx.read_as_of() < tx.now(), "it knows how far it is behind");
    let new = NewQuestion {
        name: "Accounts".to_owned(),
        question: None,
        query: json!({}),
        is_pinned: false,
        alert: None,
        sharing: Sharing::Private,
    };
    let refused = tx.questions().create(&new).await.unwrap_err();
    assert!(format!("{refused:?}").contains("25006"), "{refused:?}");
    drop(tx);
    let before = SystemClock.now();
    let card = asked(&tenant).await;
    assert_eq!(counted(&card), 1);
    assert!(card.as_of < before, "{} is before {before}", card.as_of);

    // Whoever may not be asked, because he is too far behind, is not asked.
    assert_eq!(counted(&asked(&strict).await), 2);
    run(&copy, "SELECT pg_wal_replay_resume()").await;
    until("the copy has caught up", async || {
        (counted(&asked(&tenant).await) == 2).then_some(())
    })
    .await;

    pair.write("Third").await;
    drop(pair.copy);
    assert_eq!(counted(&asked(&tenant).await), 3, "the database itself answers");
    assert!(store.check_replica().await.is_err());
}

#[tokio::test]
async fn a_database_that_is_no_copy_of_this_one_is_told_from_one() {
    let (one, other) = (
        crm_tests::harness::TestDb::new().await,
        crm_tests::harness::TestDb::new().await,
    );
    let config = StoreConfig {
        read_url: Some(other.login_url()),
        ..StoreConfig::new(one.login_url())
    };
    let store = Store::connect(&config, Arc::new(SystemClock)).await.unwrap();
    let found = store.check_replica().await.unwrap().unwrap();
    assert!(!found.is_replica && !found.is_same, "{found:?}");
    assert!(one.store().await.check_replica().await.unwrap().is_none());
}
