//! Records of every object: written, read, listed and searched by the catalogue, under the rules of roles.

mod crud;
mod cursors;
mod custom;
mod fields;
mod filters;
mod inputs;
mod owners;
mod parts;
mod search;
mod sharing;
mod upsert;

use crm_store::{
    FieldError, Grant, Store, StoreError, TenantStore,
    catalog::{self, Object},
    query::{Condition, Op},
    records::{Draft, ListQuery, Record, RecordPage, Row, Select},
};
use crm_tests::harness::TestDb;
use serde_json::{Map, Value as Json, json};
use sqlx::PgPool;
use uuid::Uuid;

/// A tenant with its administrator.
struct World {
    db: TestDb,
    store: Store,
    admin: TenantStore,
    grant: Grant,
    owner: PgPool,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store().await;
        let (admin, grant) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        Self {
            db,
            store,
            admin,
            grant,
            owner,
        }
    }

    fn tenant(&self) -> Uuid {
        self.grant.tenant().uuid()
    }

    /// A role with these permissions, below another one.
    async fn role(&self, name: &str, permissions: Json, above: Option<Uuid>) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, now(), now())",
        )
        .bind(self.tenant())
        .bind(id)
        .bind(name)
        .bind(above)
        .bind(permissions)
        .execute(&self.owner)
        .await
        .unwrap();
        id
    }

    /// A member with a role, and the tenant as they see it.
    async fn member(&self, name: &str, role: Uuid) -> (Uuid, TenantStore) {
        let id = Uuid::now_v7();
        let email = format!("{name}@acme.test");
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
            "INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, now(), now())",
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
}

fn body(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(members) => members,
        other => panic!("{other} is no body"),
    }
}

/// What a request with this body makes.
async fn try_create(store: &TenantStore, object: &'static Object, json: Json) -> Result<Record, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(object, &body(json), &access)?;
    let record = tx.records(object).create(draft).await?;
    tx.commit().await?;
    Ok(record)
}

async fn create(store: &TenantStore, object: &'static Object, json: Json) -> Record {
    let shown = json.to_string();
    match try_create(store, object, json).await {
        Ok(record) => record,
        Err(error) => panic!("{shown}: {error:?}"),
    }
}

async fn try_update(
    store: &TenantStore,
    record: &Record,
    json: Json,
    expected: Option<i64>,
) -> Result<Record, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let draft = Draft::from_json(record.object, &body(json), &access)?;
    let record = tx
        .records(record.object)
        .update(record.id, draft, expected)
        .await?;
    tx.commit().await?;
    Ok(record)
}

async fn update(store: &TenantStore, record: &Record, json: Json) -> Record {
    try_update(store, record, json, None).await.unwrap()
}

async fn get(store: &TenantStore, record: &Record) -> Option<Record> {
    let mut tx = store.begin().await.unwrap();
    tx.records(record.object)
        .get(record.id, &Select::default())
        .await
        .unwrap()
}

async fn try_list(
    store: &TenantStore,
    object: &'static Object,
    list: &ListQuery,
) -> Result<RecordPage, StoreError> {
    let mut tx = store.begin().await?;
    tx.records(object).list(list).await
}

async fn list(store: &TenantStore, object: &'static Object, list: &ListQuery) -> Vec<Record> {
    try_list(store, object, list).await.unwrap().records
}

fn where_(field: &str, op: Op, value: impl Into<Json>) -> ListQuery {
    ListQuery {
        filters: vec![Condition::new(field, op, value)],
        ..ListQuery::default()
    }
}

/// The pointers of the bad fields.
fn pointers(error: &StoreError) -> Vec<&str> {
    match error {
        StoreError::InvalidMany(errors) => errors.iter().map(|error| error.pointer.as_str()).collect(),
        StoreError::Invalid { field, .. } => vec![field],
        other => panic!("{other:?}"),
    }
}

/// The message about the only bad field.
fn message(error: &StoreError) -> &str {
    match error {
        StoreError::InvalidMany(errors) => match errors.as_slice() {
            [FieldError { message, .. }] => message,
            many => panic!("{many:?}"),
        },
        StoreError::Invalid { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn refused_fields(error: &StoreError) -> &[String] {
    match error {
        StoreError::Refused { fields, .. } => fields,
        other => panic!("{other:?}"),
    }
}
