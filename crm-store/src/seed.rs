//! Made-up data sets: a whole year of records at once, with their past.
//!
//! A data set is written as it is: with the ids, the times and the history that its generator gave it, so it takes a few
//! statements and no second look at each row. Only the service itself does that ([`Actor::Job`]), for tenants that show
//! the product. What follows from records is written once for all of them: an entry in the log for each object, and the
//! jobs that bring the index up to date, spread over minutes so that whatever people do meanwhile comes first.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::{
    Actor, StoreError, TenantTx,
    catalog::{Field, Object},
    changes::INDEX_RECORD,
    query,
};

/// Rows that go into one statement: enough to be quick, few enough to be small.
const BATCH: usize = 2_000;

/// Data sets of the tenant.
#[derive(Debug)]
pub struct Seeds<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Data sets of the tenant.
    pub fn seeds(&mut self) -> Seeds<'_> {
        Seeds(self)
    }
}

impl Seeds<'_> {
    /// Which edition of a data set the tenant has.
    pub async fn edition(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT edition FROM seeds WHERE name = $1")
            .bind(name)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// Writes down that the tenant has an edition of a data set. False when it had one already: then do not commit.
    pub async fn mark(&mut self, name: &str, edition: &str) -> Result<bool, StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let marked = sqlx::query(
            "INSERT INTO seeds (tenant_id, name, edition, loaded_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(tenant)
        .bind(name)
        .bind(edition)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Writes the rows of an object, keyed by the fields of the catalogue, money in whole minor units; what is there
    /// stays as it is. All rows have the same fields. Returns how many were written.
    pub async fn load(
        &mut self,
        object: &'static Object,
        rows: Vec<Map<String, Json>>,
    ) -> Result<u64, StoreError> {
        if !matches!(self.0.grant().actor(), Actor::Job(_)) {
            return Err(StoreError::Forbidden);
        }
        let Some(first) = rows.first() else { return Ok(0) };
        let fields = first
            .keys()
            .map(|name| {
                let field = object.field(name);
                field.ok_or_else(|| {
                    StoreError::invalid(name.clone(), format!("is no field of {}", object.plural))
                })
            })
            .collect::<Result<Vec<&'static Field>, _>>()?;
        let tenant = self.0.grant().tenant().uuid();
        let mut written = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch = rows
                .by_ref()
                .take(BATCH)
                .map(|row| Json::Object(columns(&fields, row)));
            let batch = Json::Array(batch.collect());
            written += query::seed(object, tenant, &fields, batch)
                .run(self.0.conn())
                .await?;
        }
        self.0.audit().record("seed", object.name, None, &[]).await?;
        Ok(written)
    }

    /// Tells cases which conversation is about them. Both refer to each other, so one side waits for the other.
    pub async fn link_cases(&mut self) -> Result<u64, StoreError> {
        let linked = sqlx::query(
            "UPDATE cases t SET conversation_id = c.id FROM conversations c \
             WHERE c.tenant_id = t.tenant_id AND c.case_id = t.id AND t.conversation_id IS NULL",
        )
        .execute(self.0.conn())
        .await?;
        Ok(linked.rows_affected())
    }

    /// Makes a queue of the data set the default one in place of the empty one that every tenant begins with, which is put
    /// away. One that has cases stays, and stays the default.
    pub async fn replace_default_queue(&mut self, queue: Uuid) -> Result<bool, StoreError> {
        let now = self.0.now();
        let gone = sqlx::query(
            "UPDATE queues q SET is_default = false, deleted_at = $2, version = version + 1, updated_at = $2 \
             WHERE q.is_default AND q.deleted_at IS NULL AND q.id <> $1 \
               AND NOT EXISTS (SELECT FROM cases c WHERE c.tenant_id = q.tenant_id AND c.queue_id = q.id)",
        )
        .bind(queue)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE queues SET is_default = true WHERE id = $1")
            .bind(queue)
            .execute(self.0.conn())
            .await?;
        Ok(true)
    }

    /// Has records indexed, so many a second from a moment on, in this order.
    pub async fn index(
        &mut self,
        keys: &[String],
        from: DateTime<Utc>,
        a_second: u32,
    ) -> Result<(), StoreError> {
        let pause = TimeDelta::seconds(1) / i32::try_from(a_second.max(1)).unwrap_or(i32::MAX);
        let times: Vec<DateTime<Utc>> = (0..).zip(keys).map(|(place, _)| from + pause * place).collect();
        self.0.jobs().enqueue_at(INDEX_RECORD, keys, &times).await
    }
}

/// A row keyed by columns; where the columns have the names of the fields it is the same row.
fn columns(fields: &[&'static Field], mut row: Map<String, Json>) -> Map<String, Json> {
    for field in fields {
        if field.column != field.name
            && let Some(value) = row.remove(field.name)
        {
            row.insert(field.column.to_owned(), value);
        }
    }
    row
}
