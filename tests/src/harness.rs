//! A database for each test, cloned from a migrated template.
//!
//! The server is the one at `CRM_AI_TEST_DATABASE_URL`. `cargo nextest run`
//! starts it and sets the variable (`.config/nextest.toml`, `test-cluster`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test without its database can only stop"
)]

use std::{sync::Arc, time::Duration};

use crm_store::{
    Clock, Grant, MIGRATOR, Secrets, Store, StoreConfig, SystemClock, TenantStore,
    api_keys::{IssuedKey, NewApiKey},
    tenants::NewTenant,
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

/// Guards the making of the template; any number will do.
const TEMPLATE_LOCK: i64 = 0x6372_6d5f_7470_6c00;
/// The password of `crm_login` on servers for tests.
const LOGIN_PASSWORD: &str = "crm_login";
/// Seals the secrets of every test's store.
const SECRETS_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A migrated database of one test, dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    server: ServerUrl,
    name: String,
}

impl TestDb {
    /// Clones the template, which the first caller of all makes.
    pub async fn new() -> Self {
        let server = ServerUrl::from_environment();
        let template = prepare(&server.admin("postgres")).await;
        let name = format!("crm_t_{}", uuid::Uuid::now_v7().simple());
        let mut admin = connect(&server.admin("postgres")).await;
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server, name }
    }

    /// The database as its owner, who sees everything.
    pub fn owner_url(&self) -> String {
        self.server.admin(&self.name)
    }

    /// The database as the role that the service logs in as.
    pub fn login_url(&self) -> String {
        self.server.login(&self.name)
    }

    /// Connections as the owner, for a look behind the policies.
    pub async fn owner(&self) -> PgPool {
        PgPool::connect(&self.owner_url())
            .await
            .expect("the owner can connect")
    }

    /// The store as the service opens it, on the machine's clock.
    pub async fn store(&self) -> Store {
        self.store_at(Arc::new(SystemClock)).await
    }

    /// The store as the service opens it, on the clock of the test.
    pub async fn store_at(&self, clock: Arc<dyn Clock>) -> Store {
        Store::connect(&StoreConfig::new(self.login_url()), clock)
            .await
            .expect("the store opens")
            .with_secrets(Secrets::parse([SECRETS_KEY]).expect("a key"))
    }

    /// Makes a tenant and opens it as its first member, `admin@<slug>.test`.
    pub async fn tenant(&self, slug: &str) -> (TenantStore, Grant) {
        let store = self.store().await;
        self.tenant_in(&store, slug).await
    }

    /// Makes a tenant in an open store and opens it as its first member.
    pub async fn tenant_in(&self, store: &Store, slug: &str) -> (TenantStore, Grant) {
        let mut tx = store.system().await.expect("a transaction");
        let admin_email = format!("admin@{slug}.test");
        let new = NewTenant {
            slug: slug.to_owned(),
            name: format!("Tenant {slug}"),
            admin_email: admin_email.clone(),
            admin_name: Some("Ada Admin".to_owned()),
        };
        tx.tenants().create(&new).await.expect("a new tenant");
        tx.commit().await.expect("a commit");
        let grant = store
            .operate(slug, Some(&admin_email))
            .await
            .expect("a look-up")
            .expect("the member");
        (store.open(&grant), grant)
    }

    /// Makes an API key of a tenant that may do everything.
    pub async fn key(&self, tenant: &TenantStore) -> IssuedKey {
        let mut tx = tenant.begin().await.expect("a transaction");
        let new = NewApiKey {
            name: "test".to_owned(),
            scopes: vec!["*".to_owned()],
            role_id: None,
            expires_at: None,
        };
        let key = tx.keys().create(&new).await.expect("a key");
        tx.commit().await.expect("a commit");
        key
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.server.admin("postgres"), self.name.clone());
        // A runtime of its own: this one may be ending, and drop cannot wait.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut admin = connect(&url).await;
                run(&mut admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            });
        });
        let dropped = dropping.join().is_ok() || std::thread::panicking();
        assert!(dropped, "the database {} was not dropped", self.name);
    }
}

/// Makes the template on the server at `admin_url`, unless it is there. Returns its name.
pub async fn prepare(admin_url: &str) -> String {
    let template = format!("crm_tpl_{}", fingerprint());
    let mut admin = connect(admin_url).await;
    if exists(&mut admin, &template).await {
        return template;
    }
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut admin)
        .await
        .expect("the lock");
    // Another process may have made it while this one waited.
    if !exists(&mut admin, &template).await {
        let building = format!("{template}_building");
        run(
            &mut admin,
            format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"),
        )
        .await;
        run(&mut admin, format!("CREATE DATABASE {building}")).await;
        Store::migrate(&ServerUrl::parse(admin_url).admin(&building))
            .await
            .expect("the migrations run");
        run(
            &mut admin,
            format!("ALTER ROLE crm_login PASSWORD '{LOGIN_PASSWORD}'"),
        )
        .await;
        run(
            &mut admin,
            format!("ALTER DATABASE {building} RENAME TO {template}"),
        )
        .await;
    }
    // Ends the lock with the connection.
    admin.close().await.expect("a goodbye");
    template
}

/// Names a set of migrations by their contents.
fn fingerprint() -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for migration in MIGRATOR.iter() {
        for byte in migration
            .version
            .to_le_bytes()
            .iter()
            .chain(migration.checksum.iter())
        {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

async fn exists(admin: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(database)
        .fetch_one(admin)
        .await
        .expect("the list of databases")
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("the server for tests answers")
}

/// Statements about databases take no parameters; the names are made here.
async fn run(admin: &mut PgConnection, statement: String) {
    let shown = statement.clone();
    if let Err(error) = admin.execute(AssertSqlSafe(statement)).await {
        panic!("{shown}: {error}");
    }
}

/// How long a test waits for something at most: less than nextest waits for the test.
const PATIENCE: Duration = Duration::from_secs(150);
/// The pause between two looks. Whoever asks without one takes the machine away from those who work.
const PAUSE: Duration = Duration::from_millis(25);

/// Asks until there is an answer.
///
/// # Panics
/// If there is none in time; `what` is named then.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            ticks.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("{what}: not in time"))
}

/// Waits until a transaction of this database waits for an advisory lock or a table that another one holds.
pub async fn until_one_waits(owner: &PgPool) {
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('advisory', 'relation') \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("one waits for the other", async || {
        let asked: Result<i64, sqlx::Error> = sqlx::query_scalar(waiting).fetch_one(owner).await;
        let waiting = asked.unwrap_or_else(|error| panic!("the locks cannot be read: {error}"));
        (waiting > 0).then_some(())
    })
    .await;
}

/// A URL whose role and database can be changed.
#[derive(Debug, Clone)]
struct ServerUrl {
    /// `user:password`, perhaps empty.
    owner: String,
    /// `host:port`.
    place: String,
    /// From the question mark on, perhaps empty.
    options: String,
}

impl ServerUrl {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration; nextest's setup script sets this"
    )]
    fn from_environment() -> Self {
        let url = std::env::var("CRM_AI_TEST_DATABASE_URL").expect(
            "CRM_AI_TEST_DATABASE_URL is not set: run `cargo nextest run`, which starts a server, or name one",
        );
        Self::parse(&url)
    }

    fn parse(url: &str) -> Self {
        let (_, rest) = url.split_once("://").expect("a URL of Postgres");
        let (rest, options) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        let (owner, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        Self {
            owner: owner.to_owned(),
            place: place.to_owned(),
            options: options.to_owned(),
        }
    }

    fn admin(&self, database: &str) -> String {
        self.url(&self.owner, database)
    }

    fn login(&self, database: &str) -> String {
        self.url(&format!("crm_login:{LOGIN_PASSWORD}"), database)
    }

    fn url(&self, user: &str, database: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("postgres://{user}{at}{}/{database}{}", self.place, self.options)
    }
}

#[cfg(test)]
mod tests {
    use super::ServerUrl;

    #[test]
    fn a_url_keeps_its_options_and_changes_role_and_database() {
        let url = ServerUrl::parse("postgres://crm_owner:pw@127.0.0.1:5432/postgres?host=/run/x");
        assert_eq!(
            url.admin("a"),
            "postgres://crm_owner:pw@127.0.0.1:5432/a?host=/run/x"
        );
        assert_eq!(
            url.login("a"),
            "postgres://crm_login:crm_login@127.0.0.1:5432/a?host=/run/x"
        );
        assert_eq!(
            ServerUrl::parse("postgres://localhost").admin("a"),
            "postgres://localhost/a"
        );
    }
}
