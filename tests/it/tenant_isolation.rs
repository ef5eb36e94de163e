//! No tenant sees, changes or adds to another one's rows.
//!
//! The six traps of row-level security, one test each; a walk over every table
//! that Postgres has, so that a new one cannot forget its policy; every
//! tenant table tried from another tenant; and a `begin` that is cancelled.
//! All of it as `crm_login`, the role that the service logs in as.

mod cancelled_begin;
mod cross_tenant;
mod traps;
mod walk;

use crm_store::{Grant, TenantStore};
use crm_tests::harness::TestDb;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A database with two tenants.
struct World {
    db: TestDb,
    ours: TenantStore,
    theirs: TenantStore,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store().await;
        let (ours, _) = db.tenant_in(&store, "ours").await;
        let (theirs, _) = db.tenant_in(&store, "theirs").await;
        Self { db, ours, theirs }
    }

    async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.db.owner_url()).await.unwrap()
    }

    /// A bare connection as the role that the service logs in as.
    async fn login(&self) -> PgConnection {
        PgConnection::connect(&self.db.login_url()).await.unwrap()
    }
}

/// Opens on a bare connection what `TenantStore::begin` opens, as an actor of the given kind.
async fn enter(conn: &mut PgConnection, grant: &Grant, actor_kind: &str) {
    let (tenant, actor) = (grant.tenant(), grant.actor().id());
    execute(
        conn,
        format!(
            "BEGIN; SET LOCAL ROLE crm_app; SELECT set_config('app.tenant_id', '{tenant}', true), \
             set_config('app.actor_kind', '{actor_kind}', true), set_config('app.actor_id', '{actor}', true)"
        ),
    )
    .await;
}

async fn execute(conn: &mut PgConnection, statements: String) {
    let shown = statements.clone();
    if let Err(error) = conn.execute(AssertSqlSafe(statements)).await {
        panic!("{shown}: {error}");
    }
}

/// The code of the error that a statement fails with; `None` when it works. Leaves the transaction usable.
async fn refusal(conn: &mut PgConnection, statement: String) -> Option<String> {
    conn.execute("SAVEPOINT attempt").await.unwrap();
    let outcome = conn.execute(AssertSqlSafe(statement)).await;
    conn.execute("ROLLBACK TO SAVEPOINT attempt").await.unwrap();
    outcome
        .err()
        .map(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
}

async fn count(conn: &mut PgConnection, statement: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_one(conn)
        .await
        .unwrap()
}

/// Every table of ours that has a `tenant_id`.
async fn tenant_tables(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') \
           AND a.attname = 'tenant_id' AND NOT a.attisdropped ORDER BY 1",
    )
    .fetch_all(owner)
    .await
    .unwrap()
}

/// Insufficient privilege: no right to the table, or refused by a policy.
const DENIED: &str = "42501";
