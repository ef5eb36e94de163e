//! Tries to break the isolation of tenants on the database at hand, for `crm-ai doctor`.

use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::{
    Actor, Grant, Store, StoreError, TenantTx,
    ids::{JobId, TenantId},
};

/// One attempt to get at rows that are another tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What was tried.
    pub what: &'static str,
    /// Whether the database held.
    pub held: bool,
    /// What happened.
    pub detail: String,
}

/// Tables with a tenant that the service's role may read.
const TABLES: &str = "\
    SELECT format('%I', c.relname) FROM pg_class c \
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped \
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace \
      AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname";

impl Store {
    /// Attacks the database as the service's own role would, were it taken over
    /// or wrong. Everything that is tried is rolled back.
    pub async fn probe_isolation(&self) -> Result<Vec<Attempt>, StoreError> {
        Ok(vec![
            self.probe_role().await?,
            self.probe_without_tenant().await?,
            self.probe_as_stranger().await?,
            self.probe_as_neighbour().await?,
            self.probe_write().await?,
        ])
    }

    /// A role that skips policies, or may become one that does, makes all else worthless.
    async fn probe_role(&self) -> Result<Attempt, StoreError> {
        let mut conn = self.raw().await?;
        let roles: Vec<String> = sqlx::query_scalar(
            "SELECT rolname::text FROM pg_roles \
             WHERE (rolsuper OR rolbypassrls) AND pg_has_role(session_user, oid, 'MEMBER') ORDER BY rolname",
        )
        .fetch_all(&mut *conn)
        .await?;
        Ok(Attempt {
            what: "become a role that skips the policies",
            held: roles.is_empty(),
            detail: if roles.is_empty() {
                "there is none that the login may become".to_owned()
            } else {
                format!(
                    "the login may act as {}: give the service a role of its own",
                    roles.join(", ")
                )
            },
        })
    }

    async fn probe_without_tenant(&self) -> Result<Attempt, StoreError> {
        let mut conn = self.raw().await?;
        let read: Result<i64, sqlx::Error> = sqlx::query_scalar("SELECT count(*) FROM articles")
            .fetch_one(&mut *conn)
            .await;
        let what = "read a table without a tenant";
        match read {
            Ok(0) => Ok(Attempt {
                what,
                held: true,
                detail: "no row was shown".to_owned(),
            }),
            Ok(rows) => Ok(Attempt {
                what,
                held: false,
                detail: format!("{rows} rows were shown"),
            }),
            Err(error) if is_denied(&error) => Ok(Attempt {
                what,
                held: true,
                detail: "permission denied".to_owned(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn probe_as_stranger(&self) -> Result<Attempt, StoreError> {
        let mut tx = self.as_tenant(TenantId::new()).await?;
        let seen = tables_with(tx.conn(), "true").await?;
        Ok(read("read every table as a tenant that does not exist", seen))
    }

    async fn probe_as_neighbour(&self) -> Result<Attempt, StoreError> {
        let what = "read other tenants' rows as a tenant";
        let Some(tenant) = self.upkeep(None).await?.first().map(Grant::tenant) else {
            return Ok(Attempt {
                what,
                held: true,
                detail: "there is no tenant yet".to_owned(),
            });
        };
        let mut tx = self.as_tenant(tenant).await?;
        // A uuid of ours needs no quoting.
        let seen = tables_with(tx.conn(), &format!("tenant_id <> '{tenant}'")).await?;
        Ok(read(what, seen))
    }

    async fn probe_write(&self) -> Result<Attempt, StoreError> {
        let what = "write a row into another tenant";
        let victim = self
            .upkeep(None)
            .await?
            .first()
            .map_or_else(TenantId::new, Grant::tenant);
        let mut tx = self.as_tenant(TenantId::new()).await?;
        let now = tx.now();
        let written = sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             VALUES ($1, $2, 'probe', 'probe', $3, $3, $3)",
        )
        .bind(victim)
        .bind(JobId::new())
        .bind(now)
        .execute(tx.conn())
        .await;
        match written {
            Ok(_) => Ok(Attempt {
                what,
                held: false,
                detail: "it was written".to_owned(),
            }),
            Err(error) if is_denied(&error) => Ok(Attempt {
                what,
                held: true,
                detail: "refused by row-level security".to_owned(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn as_tenant(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        self.open(&Grant::mint(tenant, Actor::Job(JobId::from(Uuid::now_v7()))))
            .begin()
            .await
    }
}

fn read(what: &'static str, (tables, seen): (usize, Vec<String>)) -> Attempt {
    Attempt {
        what,
        held: seen.is_empty() && tables > 0,
        detail: match (tables, seen.is_empty()) {
            (0, _) => "no table can be read at all".to_owned(),
            (_, true) => format!("{tables} tables showed nothing"),
            (_, false) => format!("rows were shown of {}", seen.join(", ")),
        },
    }
}

/// How many tables there are, and which have a row that fits.
async fn tables_with(conn: &mut PgConnection, condition: &str) -> Result<(usize, Vec<String>), StoreError> {
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *conn).await?;
    let mut seen = Vec::new();
    for table in &tables {
        let statement = format!("SELECT EXISTS (SELECT FROM {table} WHERE {condition})");
        if sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_one(&mut *conn)
            .await?
        {
            seen.push(table.clone());
        }
    }
    Ok((tables.len(), seen))
}

fn is_denied(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .as_deref()
        == Some("42501")
}
