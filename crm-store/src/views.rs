//! Saved views: how people look at lists.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{self, Object},
};

/// A view of the records of an object.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct View {
    /// The view.
    pub id: Uuid,
    /// The object, by name.
    pub object: String,
    /// Its name, once for each owner and object.
    pub name: String,
    /// Who made it: a user or a key.
    pub owner_id: Uuid,
    /// Whether everyone of the tenant sees it.
    pub is_shared: bool,
    /// The filters, as the list takes them: `{"status": {"eq": "open"}}`.
    pub filters: Value,
    /// The order, as the list takes it.
    pub sort: Option<String>,
    /// The words that are searched.
    pub q: Option<String>,
    /// The names of the columns.
    pub fields: Value,
    /// Counts the changes; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// What a view is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewView {
    /// The object, by name.
    pub object: String,
    /// Its name.
    pub name: String,
    /// Whether everyone of the tenant sees it.
    pub is_shared: bool,
    /// The filters.
    pub filters: Value,
    /// The order.
    pub sort: Option<String>,
    /// The words that are searched.
    pub q: Option<String>,
    /// The names of the columns.
    pub fields: Vec<String>,
}

macro_rules! columns {
    () => {
        "id, object, name, owner_id, is_shared, filters, sort, q, fields, version, created_at, updated_at"
    };
}

/// The views that the actor may see.
#[derive(Debug)]
pub struct Views<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Saved views.
    pub fn views(&mut self) -> Views<'_> {
        Views(self)
    }
}

impl Views<'_> {
    /// The actor's own views and those that others share, by name; of one object when it is given.
    pub async fn list(&mut self, object: Option<&str>) -> Result<Vec<View>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM saved_views WHERE $1::text IS NULL OR object = $1 ORDER BY object, name, id LIMIT 500"
        ))
        .bind(object)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// One view.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<View>, StoreError> {
        Ok(
            sqlx::query_as(concat!("SELECT ", columns!(), " FROM saved_views WHERE id = $1"))
                .bind(id)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// Saves a view of the actor.
    pub async fn create(&mut self, new: &NewView) -> Result<View, StoreError> {
        let object = check(new)?;
        let (grant, now) = (*self.0.grant(), self.0.now());
        Ok(sqlx::query_as(concat!(
            "INSERT INTO saved_views (tenant_id, id, object, name, owner_id, is_shared, filters, sort, q, fields, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(Uuid::now_v7())
        .bind(object.name)
        .bind(&new.name)
        .bind(grant.actor().id())
        .bind(new.is_shared)
        .bind(&new.filters)
        .bind(&new.sort)
        .bind(&new.q)
        .bind(sqlx::types::Json(&new.fields))
        .bind(now)
        .fetch_one(self.0.conn())
        .await?)
    }

    /// Replaces a view of the actor; with `expected`, only if nobody else did since.
    pub async fn update(
        &mut self,
        id: Uuid,
        new: &NewView,
        expected: Option<i64>,
    ) -> Result<View, StoreError> {
        let object = check(new)?;
        let now = self.0.now();
        let changed = sqlx::query_as(concat!(
            "UPDATE saved_views SET object = $3, name = $4, is_shared = $5, filters = $6, sort = $7, q = $8, fields = $9, \
                 version = version + 1, updated_at = $10 \
             WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(expected)
        .bind(object.name)
        .bind(&new.name)
        .bind(new.is_shared)
        .bind(&new.filters)
        .bind(&new.sort)
        .bind(&new.q)
        .bind(sqlx::types::Json(&new.fields))
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        match changed {
            Some(view) => Ok(view),
            None => Err(self.refusal(id, expected).await?),
        }
    }

    /// Removes a view of the actor.
    pub async fn delete(&mut self, id: Uuid) -> Result<(), StoreError> {
        let gone = sqlx::query("DELETE FROM saved_views WHERE id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        if gone.rows_affected() == 0 {
            return Err(self.refusal(id, None).await?);
        }
        Ok(())
    }

    /// Why a view was not changed: it is not there, somebody else's, or newer.
    async fn refusal(&mut self, id: Uuid, expected: Option<i64>) -> Result<StoreError, StoreError> {
        Ok(match self.get(id).await? {
            None => StoreError::NotFound { what: "view" },
            Some(view) if expected.is_some_and(|expected| expected != view.version) => StoreError::Stale {
                current: view.version,
            },
            Some(_) => StoreError::refused("this view belongs to somebody else; save one of your own"),
        })
    }
}

/// The object of a view, whose columns, filters and order must name its fields.
fn check(new: &NewView) -> Result<&'static Object, StoreError> {
    let object = catalog::object(&new.object)
        .filter(|object| object.rules().is_some())
        .ok_or_else(|| StoreError::invalid("object", "must be an object with records, such as lead"))?;
    let known = |place: &str, name: &str| match object.field(name) {
        Some(_) => Ok(()),
        None => Err(StoreError::invalid(
            place,
            format!("{name} is no field of a {}", object.name),
        )),
    };
    for field in &new.fields {
        known("fields", field)?;
    }
    let filters = new
        .filters
        .as_object()
        .ok_or_else(|| StoreError::invalid("filters", "must be an object of fields"))?;
    for field in filters.keys() {
        known("filters", field)?;
    }
    if let Some(sort) = &new.sort {
        known("sort", sort.trim_start_matches('-'))?;
    }
    Ok(object)
}
