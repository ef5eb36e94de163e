//! What objects do by themselves: stages, cases with clocks, quotes, conversion, merging, timelines, moods.

mod aliases;
mod cases;
mod convert;
mod deals;
mod handover;
mod logged;
mod merge;
mod moods;
mod quotes;
mod timeline;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use crm_store::{
    FixedClock, Grant, Store, StoreError, TenantStore,
    catalog::{self, Object},
    records::{Draft, Record, Select},
};
use crm_tests::harness::TestDb;
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use uuid::Uuid;

/// Friday, 9 January 2026, ten in the morning for a tenant whose time zone is UTC.
const FRIDAY: &str = "2026-01-09T10:00:00Z";

/// A tenant with its administrator, on a clock of the test.
struct World {
    _db: TestDb,
    store: Store,
    clock: Arc<FixedClock>,
    admin: TenantStore,
    grant: Grant,
    owner: PgPool,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(at(FRIDAY)));
        let store = db.store_at(Arc::clone(&clock) as Arc<dyn crm_store::Clock>).await;
        let (admin, grant) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        Self {
            _db: db,
            store,
            clock,
            admin,
            grant,
            owner,
        }
    }

    fn tenant(&self) -> Uuid {
        self.grant.tenant().uuid()
    }

    /// The administrator's id.
    fn me(&self) -> Uuid {
        self.grant.actor().id()
    }

    fn pass(&self, minutes: i64) {
        self.clock.advance(chrono::Duration::minutes(minutes));
    }

    async fn set_tenant(&self, column: &str, value: Json) {
        let sql = match column {
            "business_hours" => "UPDATE tenants SET business_hours = $2 WHERE id = $1",
            _ => "UPDATE tenants SET timezone = $2 #>> '{}' WHERE id = $1",
        };
        sqlx::query(sql)
            .bind(self.tenant())
            .bind(value)
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// A member with a role of these permissions, and the tenant as they see it.
    async fn member(&self, name: &str, permissions: Json) -> (Uuid, TenantStore) {
        let (role, id) = (Uuid::now_v7(), Uuid::now_v7());
        let email = format!("{name}@acme.test");
        sqlx::query(
            "INSERT INTO roles (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())",
        )
        .bind(self.tenant())
        .bind(role)
        .bind(format!("role of {name}"))
        .bind(permissions)
        .execute(&self.owner)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())",
        )
        .bind(id)
        .bind(&email)
        .bind(name)
        .execute(&self.owner)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())",
        )
        .bind(self.tenant())
        .bind(Uuid::now_v7())
        .bind(id)
        .bind(role)
        .execute(&self.owner)
        .await
        .unwrap();
        let grant = self.store.operate("acme", Some(&email)).await.unwrap().unwrap();
        (id, self.store.open(&grant))
    }

    /// The tenant as a job of the worker sees it.
    async fn job(&self) -> TenantStore {
        let grant = self.store.operate("acme", None).await.unwrap().unwrap();
        self.store.open(&grant)
    }

    async fn create(&self, object: &'static Object, body: Json) -> Record {
        create(&self.admin, object, body).await
    }

    async fn update(&self, record: &Record, body: Json) -> Record {
        match try_update(&self.admin, record, body.clone()).await {
            Ok(record) => record,
            Err(error) => panic!("{body}: {error:?}"),
        }
    }

    async fn refused(&self, record: &Record, body: Json) -> String {
        words(&try_update(&self.admin, record, body).await.unwrap_err())
    }

    async fn get(&self, record: &Record) -> Record {
        let mut tx = self.admin.begin().await.unwrap();
        let select = Select {
            deleted: true,
            ..Select::default()
        };
        tx.records(record.object)
            .get(record.id, &select)
            .await
            .unwrap()
            .unwrap()
    }

    /// How many rows a statement about one record counts, behind all policies.
    async fn count(&self, sql: &'static str, id: Uuid) -> i64 {
        sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(&self.owner)
            .await
            .unwrap()
    }
}

async fn try_create(store: &TenantStore, object: &'static Object, body: Json) -> Result<Record, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(object, body.as_object().unwrap(), &access)?;
    let record = tx.records(object).create(draft).await?;
    tx.commit().await?;
    Ok(record)
}

async fn create(store: &TenantStore, object: &'static Object, body: Json) -> Record {
    match try_create(store, object, body.clone()).await {
        Ok(record) => record,
        Err(error) => panic!("{body}: {error:?}"),
    }
}

async fn try_update(store: &TenantStore, record: &Record, body: Json) -> Result<Record, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(record.object, body.as_object().unwrap(), &access)?;
    let record = tx.records(record.object).update(record.id, draft, None).await?;
    tx.commit().await?;
    Ok(record)
}

/// What is wrong, field by field.
fn words(error: &StoreError) -> String {
    match error {
        StoreError::InvalidMany(errors) => errors
            .iter()
            .map(|error| format!("{}: {}", error.pointer, error.message))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn money(record: &Record, field: &str) -> Json {
    record.get(field).to_json()["amount"].clone()
}
