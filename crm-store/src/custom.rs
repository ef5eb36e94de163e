//! The fields that a tenant adds to its records: one JSON Schema for the `custom` field of each object.
//!
//! An object without a schema takes any object of custom fields. Patterns are matched without backtracking and
//! references lead nowhere outside of the schema, so that a tenant's schema cannot stall or reach anything.

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use jsonschema::{PatternOptions, Validator};
use lru::LruCache;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    FieldError, StoreError, TenantTx,
    catalog::Object,
    records::{Action, Value, Write},
};

/// How many compiled schemas a process remembers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// Compiled schemas by revision. A revision's words never change, so nothing here goes stale.
static COMPILED: LazyLock<Mutex<LruCache<Uuid, Arc<Validator>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

/// What a tenant says about the custom fields of an object.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct CustomSchema {
    /// The object, by name.
    pub object: String,
    /// The JSON Schema of `custom`.
    pub schema: Json,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// The tenant's schemas.
#[derive(Debug)]
pub struct CustomSchemas<'t>(&'t mut TenantTx);

impl TenantTx {
    /// What the tenant says about custom fields.
    pub fn custom_schemas(&mut self) -> CustomSchemas<'_> {
        CustomSchemas(self)
    }
}

impl CustomSchemas<'_> {
    /// All of them, by object.
    pub async fn list(&mut self) -> Result<Vec<CustomSchema>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT object, schema, version, created_at, updated_at FROM custom_schemas ORDER BY object",
        )
        .fetch_all(self.0.conn())
        .await?)
    }

    /// The schema of an object.
    pub async fn get(&mut self, object: &Object) -> Result<Option<CustomSchema>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT object, schema, version, created_at, updated_at FROM custom_schemas WHERE object = $1",
        )
        .bind(object.name)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Sets the schema of an object. It holds for what is written from now on; records that do not follow it stay.
    pub async fn set(
        &mut self,
        object: &Object,
        schema: &Json,
        expected: Option<i64>,
    ) -> Result<CustomSchema, StoreError> {
        self.require().await?;
        if object.field("custom").is_none() {
            let what = object.plural.replace('_', " ");
            return Err(StoreError::invalid(
                "object",
                format!("{what} have no custom fields"),
            ));
        }
        compile(schema).map_err(|error| StoreError::InvalidMany(vec![error]))?;
        self.fresh(object, expected).await?;
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let stored = sqlx::query_as(
            "INSERT INTO custom_schemas AS c (tenant_id, object, schema, revision, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (tenant_id, object) DO UPDATE SET schema = excluded.schema, \
                 revision = excluded.revision, version = c.version + 1, updated_at = excluded.updated_at \
             RETURNING object, schema, version, created_at, updated_at",
        )
        .bind(tenant)
        .bind(object.name)
        .bind(schema)
        .bind(Uuid::now_v7())
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.0
            .audit()
            .record("set_custom_schema", object.name, None, &["schema"])
            .await?;
        Ok(stored)
    }

    /// Takes the schema of an object away: any custom fields are fine again.
    pub async fn delete(&mut self, object: &Object, expected: Option<i64>) -> Result<bool, StoreError> {
        self.require().await?;
        self.fresh(object, expected).await?;
        let gone = sqlx::query("DELETE FROM custom_schemas WHERE object = $1")
            .bind(object.name)
            .execute(self.0.conn())
            .await?;
        let gone = gone.rows_affected() > 0;
        if gone {
            self.0
                .audit()
                .record("delete_custom_schema", object.name, None, &["schema"])
                .await?;
        }
        Ok(gone)
    }

    async fn require(&mut self) -> Result<(), StoreError> {
        self.0.access().await?.require_area("catalog")
    }

    async fn fresh(&mut self, object: &Object, expected: Option<i64>) -> Result<(), StoreError> {
        let current: Option<i64> =
            sqlx::query_scalar("SELECT version FROM custom_schemas WHERE object = $1 FOR UPDATE")
                .bind(object.name)
                .fetch_optional(self.0.conn())
                .await?;
        match (expected, current) {
            (Some(expected), Some(current)) if expected != current => Err(StoreError::Stale { current }),
            // It was read before, and is gone now.
            (Some(_), None) => Err(StoreError::Stale { current: 0 }),
            _ => Ok(()),
        }
    }
}

/// Notes in the drafts what the tenant's schema does not allow: two statements at most, however many there are.
pub(crate) async fn check(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
) -> Result<(), StoreError> {
    let concerned = |write: &Write| write.action == Action::Create || write.changes("custom");
    if object.field("custom").is_none() || !writes.iter().any(concerned) {
        return Ok(());
    }
    let Some(validator) = validator(tx, object).await? else {
        return Ok(());
    };
    for write in writes.iter_mut().filter(|write| concerned(write)) {
        let Value::Json(custom) = write.will_be("custom").clone() else {
            continue;
        };
        for error in validator.iter_errors(&custom) {
            write.draft.refuse_inside(FieldError {
                pointer: format!("/custom{}", error.instance_path()),
                message: error.to_string(),
            });
        }
    }
    Ok(())
}

async fn validator(tx: &mut TenantTx, object: &'static Object) -> Result<Option<Arc<Validator>>, StoreError> {
    let revision: Option<Uuid> = sqlx::query_scalar("SELECT revision FROM custom_schemas WHERE object = $1")
        .bind(object.name)
        .fetch_optional(tx.conn())
        .await?;
    let Some(revision) = revision else {
        return Ok(None);
    };
    let known = COMPILED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&revision)
        .cloned();
    if known.is_some() {
        return Ok(known);
    }
    let (revision, schema): (Uuid, Json) =
        sqlx::query_as("SELECT revision, schema FROM custom_schemas WHERE object = $1")
            .bind(object.name)
            .fetch_one(tx.conn())
            .await?;
    let compiled = compile(&schema)
        .map(Arc::new)
        .map_err(|error| StoreError::Corrupt {
            what: format!("the custom schema of {}: {}", object.name, error.message),
        })?;
    COMPILED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .put(revision, Arc::clone(&compiled));
    Ok(Some(compiled))
}

/// Reads a schema; an error says where in it and what is wrong.
fn compile(schema: &Json) -> Result<Validator, FieldError> {
    if schema.get("type").and_then(Json::as_str) != Some("object") {
        return Err(FieldError {
            pointer: "/schema/type".to_owned(),
            message: "must be \"object\": this is the JSON Schema of all custom fields together".to_owned(),
        });
    }
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| FieldError {
            pointer: format!("/schema{}", error.instance_path()),
            message: format!("is no JSON Schema that can be used: {error}"),
        })
}
